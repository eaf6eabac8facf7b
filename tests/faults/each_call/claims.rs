//! What a server says of itself, held against what the kernel says of its processes.

use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::call::Fault;
use super::scene::{Scene, has_keys};
use crate::attacks::Outsider;
use crate::harness::identity::{GID, GROUPS, UID};
use crate::harness::promise::{self, Verdict};
use crate::harness::tools::Host;
use crate::harness::{Identity, Process, Reply, Server};

/// How long one answer may take.
const BRIEFLY: Duration = Duration::from_secs(5);

/// Outside, for whom an attack inside is meant.
pub(crate) struct Outside {
    victim: Outsider,
    socket: String,
    has_keys: bool,
    _listening: UnixListener,
}

impl Outside {
    /// A process of the children's user, and an abstract socket.
    pub(crate) fn start() -> Outside {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let socket = format!("mod_chroot-each-call-{}-{number}", std::process::id());
        let address = SocketAddr::from_abstract_name(&socket).expect("a name");
        let listening = UnixListener::bind_addr(&address).expect("a socket");
        let victim = Outsider::start();
        Outside { victim, socket, has_keys: has_keys(), _listening: listening }
    }
}

/// A server under judgement.
pub(crate) struct Judged<'a> {
    /// It.
    pub(crate) server: &'a Server,
    /// The host that it was started on.
    pub(crate) host: &'a Host,
    /// Processes in its folder that are none of its own.
    pub(crate) others: &'a [Process],
    /// Who could be attacked.
    pub(crate) outside: &'a Outside,
    /// What kind of server it is.
    pub(crate) scene: Scene,
    /// What goes wrong in it.
    pub(crate) fault: &'a Fault,
}

/// What is said of one measure in CHR911, which attack it shuts, and the calls that the attack itself needs.
const ATTACKS: [(&str, &str, &[&str]); 7] = [
    ("tracing", "trace", &["ptrace"]),
    ("signals", "send_signal", &["kill"]),
    ("abstract sockets", "abstract_socket", &["socket", "connect"]),
    ("files", "sent_directory", &["socket", "connect", "recvmsg", "recvfrom", "openat", "read"]),
    ("TCP ports to bind", "a_port_of_its_own", &["socket", "bind"]),
    ("session keyring of its own", "inherited_key", &[]),
    ("system call filter", "renice_other", &["setpriority"]),
];

impl Judged<'_> {
    /// Every process of the server but the parent is jailed, and everything that is said is so; what only an answer
    /// shows is asked for if there are `answers`.
    pub(crate) fn verdict(&self, answers: bool) -> Verdict {
        let log = self.server.error_log();
        let measures = measures(&log)?;
        let mut judged = Vec::new();
        for one in processes(self.server, self.others) {
            if self.is_parent_outside(one) {
                continue;
            }
            let verdict = self.is_as_said(one, &log, &measures);
            if one.is_alive() {
                verdict?;
                judged.push(one);
            }
        }
        if !answers {
            return Ok(());
        }
        self.answers_from(&judged)?;
        self.is_proved_on_its_page()?;
        self.answers_by_a_program(&judged)?;
        measures.iter().try_for_each(|measure| self.is_shut(measure))
    }

    /// The parent is where it belongs: root, and outside.
    fn is_parent_outside(&self, one: Process) -> bool {
        let host = Identity::of(Path::new("/"));
        one == self.server.parent() && one.root() == host && one.uids() == [0; 4]
    }

    fn is_as_said(&self, one: Process, log: &str, measures: &[String]) -> Verdict {
        promise::is_inside(self.server, one)?;
        promise::works_inside(self.server, one)?;
        promise::has_no_capability(one)?;
        promise::holds_no_directory(one)?;
        promise::runs_as(one, UID, GID, &self.groups(log)?)?;
        self.has_the_way_that_was_said(one, log)?;
        measures.iter().try_for_each(|measure| is_in_force(one, measure))
    }

    /// The groups that are said. A C library that cannot read the group file says nothing, and knows fewer; there must
    /// be none that the user has not.
    fn groups(&self, log: &str) -> Result<Vec<u32>, String> {
        let Some(said) = last(log, "CHR901") else { return Ok(GROUPS.to_vec()) };
        let ids = format!("with uid {UID}, gid {GID}, groups ");
        let Some((_, groups)) = said.split_once(&ids) else { return Err(said.to_owned()) };
        let groups: Vec<u32> =
            groups.split(',').filter_map(|word| word.trim().parse().ok()).collect();
        let is_known = !groups.is_empty() && groups.iter().all(|group| GROUPS.contains(group));
        if is_known { Ok(groups) } else { Err(said.to_owned()) }
    }

    /// With a view the mount namespace is not that of the host, and the host has no mount of it. With a link the root
    /// is the jail itself.
    fn has_the_way_that_was_said(&self, one: Process, log: &str) -> Verdict {
        let Some(said) = last(log, "CHR903") else { return Ok(()) };
        let jail = &self.server.site.sandbox.jail;
        if !said.contains("ChrootFixRoot \"view\"") {
            let is_so = one.root() == Identity::of(jail);
            return if is_so { Ok(()) } else { Err(format!("the root of {one:?}: not the jail")) };
        }
        let namespace = |process: Process| fs::read_link(process.path("ns/mnt")).ok();
        if namespace(one) == namespace(self.host.process()) {
            return Err(format!("{one:?} is in the host's mount namespace"));
        }
        match self.host.mounts().into_iter().find(|line| line.contains(" mod_chroot")) {
            Some(line) => Err(format!("mounted on the host: {line}")),
            None => Ok(()),
        }
    }

    fn ask(&self, path: &str) -> Option<Reply> {
        self.server.try_get(path, BRIEFLY).filter(|reply| reply.status == 200)
    }

    /// Who answers is one of those that were judged.
    fn answers_from(&self, judged: &[Process]) -> Verdict {
        let Some(reply) = self.ask("/ways") else { return Err("no answer".to_owned()) };
        let one = promise::named_by(&reply, "pid");
        if judged.contains(&one) || !one.is_alive() {
            return Ok(());
        }
        Err(format!("{one:?} answers, which is none of {judged:?}"))
    }

    /// What mod_status shows is what the kernel shows of that child.
    fn is_proved_on_its_page(&self) -> Verdict {
        let Some(reply) = self.ask("/state?auto") else { return Ok(()) };
        let lines = || reply.body.lines().filter_map(|line| line.split_once(": "));
        let told = |key: &str| lines().find(|(name, _)| *name == key).map(|(_, value)| value);
        let Some(proved) = told("ChrootProved") else { return Err("a page without us".into()) };
        if proved != "yes" {
            return Err(format!("ChrootProved: {proved}"));
        }
        let child = told("ChrootChild").and_then(|pid| pid.parse().ok());
        let child = Process { pid: child.ok_or("a page without a child")? };
        for (key, good, field, wanted) in [
            ("ChrootBoundingSet", "empty", "CapBnd", "0000000000000000"),
            ("ChrootNoNewPrivs", "yes", "NoNewPrivs", "1"),
            ("ChrootCapabilities", "none", "CapPrm", "0000000000000000"),
        ] {
            let seen = child.status_field(field);
            if !seen.is_empty() && (told(key) == Some(good)) != (seen == wanted) {
                return Err(format!("{key}: {:?}, and the kernel says {seen}", told(key)));
            }
        }
        Ok(())
    }

    /// What a program tells, if one can be started.
    fn answers_by_a_program(&self, judged: &[Process]) -> Verdict {
        let Some(reply) = self.ask(self.scene.program()) else { return Ok(()) };
        // One that was judged may have ended since.
        let root = judged.iter().find_map(|one| one.root());
        let root = root.map(|root| format!("{}:{}", root.device, root.inode)).unwrap_or_default();
        let wanted = [("root", root.as_str()), ("passwd", "hidden"), ("uid", "4242")];
        // A call that goes wrong in the program makes it tell what is not so.
        let is_so = |(key, wanted): &(&str, &str)| value(&reply, key) == *wanted;
        let is_misled = ["newfstatat", "stat", "access", "faccessat", "faccessat2", "getuid"];
        if self.fault.concerns(&is_misled) || wanted.iter().all(is_so) {
            return Ok(());
        }
        Err(format!("a program tells {reply:?}, not {wanted:?}; judged: {judged:?}"))
    }

    /// The attack that a measure shuts is tried by the child that answers.
    fn is_shut(&self, measure: &str) -> Verdict {
        let Some((_, attack, needs)) = ATTACKS.iter().find(|(known, ..)| *known == measure) else {
            return Ok(());
        };
        if self.fault.concerns(needs) {
            return Ok(());
        }
        let argument = match *attack {
            "trace" | "send_signal" | "renice_other" => self.outside.victim.pid().to_string(),
            "abstract_socket" => self.outside.socket.clone(),
            "inherited_key" if !self.outside.has_keys => return Ok(()),
            "inherited_key" => "mod_chroot-secret".to_owned(),
            _ => self.server.site.sandbox.fill("{jail}/htdocs/accomplice"),
        };
        let Some(reply) = self.ask(&format!("/ways?{attack}:{argument}")) else {
            return Err(format!("no answer to {attack}"));
        };
        if value(&reply, "answer") == "shut" {
            return Ok(());
        }
        Err(format!("said to be in force: {measure}; {attack} is out: {reply:?}"))
    }
}

/// What the kernel shows of a measure from outside.
fn is_in_force(one: Process, measure: &str) -> Verdict {
    let shows = |field: &str, wanted: &str| {
        let seen = one.status_field(field);
        let fault = || format!("said to be in force: {measure}; {field} of {one:?} is {seen}");
        if seen == wanted { Ok(()) } else { Err(fault()) }
    };
    match measure {
        "no_new_privs" => shows("NoNewPrivs", "1"),
        "empty capability bounding set" => shows("CapBnd", "0000000000000000"),
        "refusal of tracers" => {
            // What may be traced has its files in /proc itself; a program that was started may be again.
            let owner = fs::metadata(one.path("environ")).map_or(0, |facts| facts.uid());
            let is_program = !one.command_line().contains("httpd.conf");
            let fault = || format!("said to be in force: {measure}; {one:?} may be traced");
            if owner == 0 || is_program { Ok(()) } else { Err(fault()) }
        }
        _ => Ok(()),
    }
}

/// Every process of the scene but `others`, the parent among them.
pub(crate) fn processes(server: &Server, others: &[Process]) -> Vec<Process> {
    let base = server.site.sandbox.base.display().to_string();
    let all = Process::all().into_iter().filter(|one| !others.contains(one));
    let born: Vec<_> = all.map(|one| (one, one.parent())).collect();
    let named = born.iter().map(|(one, _)| *one).filter(|one| one.command_line().contains(&base));
    let mut found: Vec<_> = [server.parent()].into_iter().chain(named).collect();
    let mut next = 0;
    while let Some(one) = found.get(next).copied() {
        found.extend(
            born.iter().filter(|(_, parent)| *parent == Some(one)).map(|(child, _)| *child),
        );
        next += 1;
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|one| one.is_alive());
    found
}

/// The measures that CHR911 says are in force, the parts of the domain one by one. A server that says nothing claims
/// all that does not depend on the kernel.
fn measures(log: &str) -> Result<Vec<String>, String> {
    let Some(said) = last(log, "CHR911") else {
        return Ok(["no_new_privs", "empty capability bounding set"].map(str::to_owned).to_vec());
    };
    let (_, said) = said.split_once("children have: ").ok_or_else(|| said.to_owned())?;
    let in_force = said.split("; absent: ").next().unwrap_or_default();
    let mut found = Vec::new();
    for measure in in_force.split("; ").filter(|&measure| measure != "nothing") {
        match measure.strip_prefix("Landlock domain (ABI ").and_then(|it| it.split_once(": ")) {
            Some((_, parts)) => {
                found.extend(parts.trim_end_matches(')').split(", ").map(str::to_owned));
            }
            None => found.push(measure.to_owned()),
        }
    }
    match found.iter().find(|measure| !is_known(measure)) {
        Some(unknown) => Err(format!("CHR911 claims {unknown:?}, which nobody here checks")),
        None => Ok(found),
    }
}

fn is_known(measure: &str) -> bool {
    let by_proc = ["no_new_privs", "empty capability bounding set", "refusal of tracers"];
    // Of the daemon and its programs: tests/jail/hardening.rs shows that.
    let of_daemon = "signals of mod_cgid's daemon and its programs";
    by_proc.contains(&measure)
        || measure == of_daemon
        || ATTACKS.iter().any(|(known, ..)| *known == measure)
}

/// The value of a `key=value` line; nothing if there is no such line.
fn value<'a>(reply: &'a Reply, key: &str) -> &'a str {
    let mut lines = reply.body.lines().filter_map(|line| line.split_once('='));
    lines.find(|(name, _)| *name == key).map_or("", |(_, value)| value)
}

/// The last line with this id.
pub(crate) fn last<'a>(log: &'a str, id: &str) -> Option<&'a str> {
    log.lines().rev().find(|line| line.contains(&format!("{id}: ")))
}
