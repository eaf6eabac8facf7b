//! The parts of the table: which calls go wrong in which server.

use super::call::{Answer, Call, Fault, Moment};
use super::play::made_by;
use super::scene::Scene;

/// One part of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Each call, from before the first configuration is checked.
    Start(Scene),
    /// Each call that a child makes before it serves, in the children only.
    Entry,
    /// What is done and what asks whether it was done, both at once.
    Pairs,
}

/// One row: three faults, one for each column.
pub(crate) struct Row {
    /// What goes wrong, for readers.
    pub(crate) name: String,
    /// In the order of the columns.
    pub(crate) faults: [Fault; 3],
}

/// Calls after which no process goes on: nobody who refuses these expects anything to work.
const NEVER: [&str; 3] = ["exit", "exit_group", "rt_sigreturn"];

/// Calls that are left to the whole table. Most are httpd's own, with sockets, signals and memory, and the module makes
/// none of them or makes them as every program does. The rest are made to see that the filter of calls refuses them.
const LEFT_OUT: [&str; 52] = [
    "accept4",
    "add_key",
    "arch_prctl",
    "bind",
    "brk",
    "chmod",
    "connect",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "execve",
    "getsockname",
    "getsockopt",
    "ioprio_set",
    "kcmp",
    "listen",
    "madvise",
    "migrate_pages",
    "mmap",
    "move_pages",
    "mprotect",
    "munmap",
    "pidfd_getfd",
    "pread64",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "pwritev",
    "recvmsg",
    "rename",
    "request_key",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "sched_setaffinity",
    "sched_setattr",
    "sched_setparam",
    "sched_setscheduler",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "setpriority",
    "setsockopt",
    "shutdown",
    "socket",
    "sysinfo",
    "times",
    "unlink",
    "writev",
];

/// What is lied about, and what tells whether it was done.
const PAIRS: [(&str, &str); 13] = [
    ("prctl(PR_CAPBSET_DROP)", "prctl(PR_CAPBSET_READ)"),
    ("prctl(PR_SET_NO_NEW_PRIVS)", "prctl(PR_GET_NO_NEW_PRIVS)"),
    ("prctl(PR_SET_DUMPABLE)", "prctl(PR_GET_DUMPABLE)"),
    ("keyctl(KEYCTL_JOIN_SESSION_KEYRING)", "keyctl(KEYCTL_GET_KEYRING_ID)"),
    ("landlock_restrict_self", "landlock_create_ruleset(LANDLOCK_CREATE_RULESET_VERSION)"),
    ("capset", "capget"),
    ("setuid", "getresuid"),
    ("setgid", "getresgid"),
    ("setgroups", "getgroups"),
    ("unshare", "readlink"),
    ("close", "getdents64"),
    ("wait4", "kill"),
    ("poll", "wait4"),
];

impl Part {
    /// All of them, in the order of the document.
    pub(crate) const ALL: [Part; 6] = [
        Part::Start(Scene::View),
        Part::Entry,
        Part::Pairs,
        Part::Start(Scene::Link),
        Part::Start(Scene::Worker),
        Part::Start(Scene::Event),
    ];

    /// The server.
    pub(crate) fn scene(self) -> Scene {
        match self {
            Part::Start(scene) => scene,
            Part::Entry | Part::Pairs => Scene::View,
        }
    }

    /// The heading in the document.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Part::Start(Scene::View) => "By default",
            Part::Entry => "By default, in the children only",
            Part::Pairs => "What is done and what proves it, both at once",
            Part::Start(Scene::Link) => "With a link, copies and full hardening",
            Part::Start(Scene::Worker) => "With worker and mod_cgid",
            Part::Start(Scene::Event) => "With event and mod_fcgid",
        }
    }

    /// What the part is about, below the heading.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Part::Start(Scene::View) => {
                "prefork and mod_cgi, every directive as it is by default, in a view. The call goes wrong from before \
                 the first configuration is checked, in all processes."
            }
            Part::Entry => {
                "The same server. The call goes wrong in each child that is to enter, and in nothing before: what the \
                 parent has tried worked."
            }
            Part::Pairs => {
                "The same server, from before the first configuration is checked. The first call is lied about (0, and \
                 nothing is done); the columns are for the second, which would tell."
            }
            Part::Start(Scene::Link) => {
                "prefork and mod_cgi, `ChrootFixRoot link`, `ChrootHarden full`, `ChrootProvide dns timezone tmp \
                 devices`."
            }
            Part::Start(Scene::Worker) => "worker and mod_cgid, in a view.",
            Part::Start(Scene::Event) => "event and mod_fcgid, in a view.",
        }
    }

    /// The rows, as the calls that a server makes here have it: all of them if `whole`, else what no other part has,
    /// without what is httpd's own.
    pub(crate) fn rows(self, whole: bool) -> Vec<Row> {
        let is_meant = |call: &Call| whole || !LEFT_OUT.contains(&call.name.as_str());
        let single = |mut calls: Vec<Call>, from: Moment| {
            calls.retain(is_meant);
            calls.into_iter().map(|call| Row::of(&call.to_string(), &[], &call, from)).collect()
        };
        match self {
            Part::Start(scene) => {
                let mut calls = self.calls();
                if scene != Scene::View && !whole {
                    let known = Part::Start(Scene::View).calls();
                    calls.retain(|call| !known.contains(call));
                }
                single(calls, Moment::Configuration)
            }
            Part::Entry => single(self.calls(), Moment::Entry),
            Part::Pairs => PAIRS.iter().filter_map(|(lied, asked)| pair(lied, asked)).collect(),
        }
    }

    /// The calls that a server of this part makes, as strace sees them.
    fn calls(self) -> Vec<Call> {
        let from = if self == Part::Entry { Moment::Entry } else { Moment::Configuration };
        let mut calls = made_by(self.scene(), true, from);
        calls.retain(|call| !NEVER.contains(&call.name.as_str()));
        // All operations of a call at once, too.
        let whole = |call: &Call| Call { operation: None, ..call.clone() };
        calls.extend(calls.iter().map(whole).collect::<Vec<_>>());
        calls.sort_unstable();
        calls.dedup();
        calls
    }
}

impl Row {
    fn of(name: &str, also: &[(Call, Answer)], call: &Call, from: Moment) -> Row {
        let fault = |answer| {
            let calls = also.iter().cloned().chain([(call.clone(), answer)]).collect();
            Fault { calls, from }
        };
        Row { name: name.to_owned(), faults: Answer::ALL.map(fault) }
    }
}

fn pair(lied: &str, asked: &str) -> Option<Row> {
    let calls = [lied, asked].map(|name| Call::named(name).filter(|call| call.number().is_some()));
    let [Some(lied), Some(asked)] = calls else { return None };
    let name = format!("{lied}, {asked}");
    Some(Row::of(&name, &[(lied, Answer::Lie)], &asked, Moment::Configuration))
}
