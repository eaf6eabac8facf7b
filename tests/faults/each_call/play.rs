//! A start, requests, a graceful restart and a stop with a call that goes wrong, and what came of it.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use super::call::{Call, Fault, Moment};
use super::claims::{Judged, Outside, processes};
use super::scene::{self, Scene};
use crate::attacks::{Outsider, compiled};
use crate::harness::tools::Host;
use crate::harness::{Process, Server, until, within};

/// The time limit of a step. The module waits up to ten seconds for each of its own trials.
const LIMIT: Duration = Duration::from_secs(60);
/// The same without the module, which then waits for nothing.
const LIMIT_WITHOUT: Duration = Duration::from_secs(10);
/// The same under strace, which makes everything slow.
const TRACED: Duration = Duration::from_secs(120);
/// How long a server that says it serves may leave everybody without an answer.
const QUIET: Duration = Duration::from_secs(15);
/// As long as a child may need from its birth to its entry, on a busy machine.
const A_MOMENT: Duration = Duration::from_secs(4);
/// What httpd says when it serves, and each time it does so again.
const SERVES: &str = "resuming normal operations";

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Until the first answer.
    Start,
    /// Until a child answers that was born after the signal.
    Restart,
    /// Until the parent has ended.
    Stop,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// When it was asked to.
    Stopped,
    /// By itself, in this step.
    Ended(Step),
    /// When it was asked to, but in this step nobody answered.
    Mute(Step),
    /// Not at all: this step was not done in time.
    Hung(Step),
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Play {
    /// The end.
    pub(crate) end: End,
    /// What a server that serves is, other than it says.
    pub(crate) fault: Option<String>,
    /// All that was logged.
    pub(crate) log: String,
    /// The signal that ended the parent, if one did.
    pub(crate) signal: Option<i32>,
}

/// Plays the scene, jailed or for comparison not.
pub(crate) fn play(scene: Scene, jailed: bool, fault: &Fault, outside: &Outside) -> Play {
    let site = scene.site(jailed, Some(fault));
    let accomplice = (jailed && scene == Scene::Link).then(|| {
        let socket = site.sandbox.jail.join("htdocs/accomplice");
        let accomplice = Outsider::running(&compiled("accomplice", &["-static"]), &socket);
        until("the accomplice listens", || socket.exists().then_some(()));
        accomplice
    });
    let mut server = site.start_unchecked();
    let host = Host::of(&server);
    let mut others = vec![host.process()];
    others.extend(accomplice.iter().map(|one| Process { pid: one.pid() }));
    let judged = Judged { server: &server, host: &host, others: &others, outside, scene, fault };
    let mut wrong = None;
    let mut judge = |answers: bool| {
        if jailed && wrong.is_none() {
            let mut last = Ok(());
            within(A_MOMENT, || {
                last = judged.verdict(answers);
                last.as_ref().ok().copied()
            });
            wrong = last.err();
        }
    };
    let limit = if jailed { LIMIT } else { LIMIT_WITHOUT };
    let end = Steps { server: &server, limit, quiet: QUIET }.all(&mut judge);
    let log = server.error_log();
    // Whatever is left, whether its parent could signal it or not.
    processes(&server, &others).iter().for_each(|one| one.signal("KILL"));
    let signal = server.end_status().and_then(|status| status.signal());
    drop(host);
    server.stop();
    Play { end, fault: wrong, log, signal }
}

struct Steps<'a> {
    server: &'a Server,
    /// How long each step may take.
    limit: Duration,
    /// How long a server that says it serves may leave everybody without an answer.
    quiet: Duration,
}

impl Steps<'_> {
    /// All steps. `judge` is called when the server serves; its word is whether somebody answers.
    fn all(&self, judge: &mut dyn FnMut(bool)) -> End {
        let end = self.serve(judge);
        if !matches!(end, End::Stopped | End::Mute(_)) {
            return end;
        }
        if matches!(end, End::Mute(_)) {
            judge(false);
        }
        self.server.parent().signal("TERM");
        match within(self.limit, || (!self.server.parent().is_alive()).then_some(())) {
            Some(()) => end,
            None => End::Hung(Step::Stop),
        }
    }

    fn serve(&self, judge: &mut dyn FnMut(bool)) -> End {
        let first = match self.done(Step::Start, 1, |_| true) {
            Ok(first) => first,
            Err(end) => return end,
        };
        judge(true);
        let mut before = self.server.born();
        before.push(first);
        let resumed = self.server.log_count(SERVES) + 1;
        self.server.parent().signal("USR1");
        if let Err(end) = self.done(Step::Restart, resumed, |one| !before.contains(&one)) {
            return end;
        }
        judge(true);
        End::Stopped
    }

    /// The process that answers in the end, one of those that `is` lets pass, unless the server ends meanwhile or
    /// nobody answers in time: not for long after httpd has said this many times that it serves.
    fn done(&self, step: Step, says: usize, is: impl Fn(Process) -> bool) -> Result<Process, End> {
        let mut said = None;
        let seen = within(self.limit, || {
            let answer = answering(self.server).filter(|&one| is(one)).map(Ok);
            if answer.is_some() || !self.server.parent().is_alive() {
                return answer.or(Some(Err(End::Ended(step))));
            }
            if said.is_none() && self.server.log_count(SERVES) >= says {
                said = Some(Instant::now());
            }
            said.filter(|since| since.elapsed() > self.quiet).map(|_| Err(End::Mute(step)))
        });
        seen.unwrap_or(Err(End::Hung(step)))
    }
}

/// The process that answers.
fn answering(server: &Server) -> Option<Process> {
    let reply = server.try_get("/ways", Duration::from_secs(2))?;
    let pid = reply.body.lines().find_map(|line| line.strip_prefix("pid="))?.parse().ok()?;
    Some(Process { pid })
}

/// Every call that this kind of server makes from the moment on, as strace sees it, in all of its processes.
pub(crate) fn made_by(scene: Scene, jailed: bool, from: Moment) -> Vec<Call> {
    let server = scene::traced(scene.site(jailed, None), from).start_unchecked();
    let host = Host::of(&server);
    let mut pages = |_| {
        // A program is a part of it.
        let _ = server.try_get(scene.program(), TRACED);
        let _ = server.try_get("/state?auto", TRACED);
    };
    let end = Steps { server: &server, limit: TRACED, quiet: TRACED }.all(&mut pages);
    assert_eq!(end, End::Stopped, "under strace: {}", server.error_log());
    let trace = server.site.sandbox.server.join("logs/trace");
    // strace ends after the last process that it follows.
    let size = || std::fs::metadata(&trace).map_or(0, |facts| facts.len());
    let mut before = 0;
    until("the end of the trace", || {
        let is_whole = size() == std::mem::replace(&mut before, size());
        std::thread::sleep(Duration::from_millis(200));
        is_whole.then_some(())
    });
    let text = String::from_utf8_lossy(&std::fs::read(&trace).expect("a trace")).into_owned();
    drop(host);
    server.stop();
    of_trace(&text, from)
}

/// The calls after the one that tests/shims/one_call.c makes at the moment, which installs a filter, of the process that
/// made it and of all that began later; at an entry of that process only, up to the first request.
fn of_trace(text: &str, from: Moment) -> Vec<Call> {
    const ARMS: &str = "prctl(0x16,";
    const WAITS: [&str; 4] = ["accept4(", "poll(", "epoll_wait(", "ppoll("];
    let (mut armed, mut others) = (BTreeSet::new(), BTreeSet::new());
    let mut calls = BTreeSet::new();
    for line in text.lines() {
        let Some((pid, line)) = line.split_once(' ') else { continue };
        let line = line.trim_start();
        let is_later = from != Moment::Entry && !armed.is_empty() && !others.contains(pid);
        if line.starts_with(ARMS) {
            others.remove(pid);
            armed.insert(pid);
        } else if from == Moment::Entry && WAITS.iter().any(|call| line.starts_with(call)) {
            armed.remove(pid);
        } else if armed.contains(pid) || is_later {
            armed.insert(pid);
            calls.extend(Call::of_trace(line));
        } else {
            others.insert(pid);
        }
    }
    calls.into_iter().collect()
}
