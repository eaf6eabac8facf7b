//! A running httpd of a scene.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::log::Log;
use super::outcome::{self, Outcome};
use super::poll::{PATIENCE, until, within};
use super::process::{Identity, Process};
use super::remains;
use super::reply::{self, Reply};
use super::runner::{self, Runner};
use super::sandbox::Sandbox;
use super::site::{Jail, Site};

const RESUMED: &str = "resuming normal operations";

/// A running httpd; ended, with everything it started, when dropped.
pub(crate) struct Server {
    /// The scene it plays.
    pub(crate) site: Site,
    pub(super) parent: Process,
    log: Log,
    child: Option<Child>,
    stopped: bool,
}

impl Server {
    /// Starts in the foreground, and wait until it serves.
    pub(super) fn foreground(site: Site) -> Server {
        let mut server = Server::unchecked(site);
        server.is_what_was_asked_for();
        server
    }

    /// Starts in the foreground.
    pub(super) fn unchecked(site: Site) -> Server {
        site.write_configuration();
        let mut command = site.command();
        command.args(site.foreground()).stdout(Stdio::null()).stderr(site.sandbox.stderr_file());
        let child = command.spawn().expect("unshare");
        let parent = Process { pid: child.id() };
        Server::watch(site, parent, Some(child))
    }

    /// Starts by `-k start`.
    pub(super) fn daemon(site: Site) -> Server {
        site.write_configuration();
        let mut command = site.command();
        command.args(["-k", "start"]).stdout(Stdio::null()).stderr(site.sandbox.stderr_file());
        let status = command.status().expect("unshare");
        let file = site.sandbox.pid_file();
        let number = || fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        let pid = status.success().then(|| within(PATIENCE, number)).flatten();
        let log = || fs::read_to_string(site.sandbox.error_log()).unwrap_or_default();
        let pid = pid.unwrap_or_else(|| panic!("-k start: {status}\n{}", log()));
        let mut server = Server::watch(site, Process { pid }, None);
        server.is_what_was_asked_for();
        server
    }

    fn watch(mut site: Site, parent: Process, child: Option<Child>) -> Server {
        let files = vec![site.sandbox.stderr(), site.sandbox.error_log()];
        let (allowed, expected) =
            (std::mem::take(&mut site.allowed), std::mem::take(&mut site.expected));
        let log = Log::new(files, allowed, expected);
        Server { site, parent, log, child, stopped: false }
    }

    /// The MPM, the module and the uid are those of the scene: a promise kept by another server is none.
    fn is_what_was_asked_for(&mut self) {
        self.wait_until_serving();
        if self.site.is_one_process() {
            // Such a server says nothing about its MPM, and has no children.
            return;
        }
        let tag = format!("[mpm_{}:notice]", self.site.mpm.name());
        let log = self.error_log();
        assert!(log.lines().any(|line| line.contains(&tag) && line.contains(RESUMED)), "{log}");
        let jailed = self.site.jail == Jail::Module && self.site.chroot.is_some();
        assert!(!jailed || log.contains("CHR901"), "no CHR901 in\n{log}");
        let uids = [self.site.uid; 4];
        for child in self.children() {
            assert_eq!(child.uids(), uids, "{child:?}\n{log}");
        }
    }

    /// Asks for a page over a fresh connection.
    pub(crate) fn get(&self, path: &str) -> Reply {
        let patience = PATIENCE * Runner::slowness();
        let reply = reply::ask(self.site.sandbox.port.number, path, patience);
        reply.unwrap_or_else(|| panic!("no answer for {path}\n{}", self.error_log()))
    }

    /// Asks once and briefly.
    pub(crate) fn try_get(&self, path: &str, patience: Duration) -> Option<Reply> {
        reply::ask(self.site.sandbox.port.number, path, patience)
    }

    /// Waits until requests are answered, which is true, or httpd has ended.
    pub(crate) fn serves_or_ends(&mut self) -> bool {
        let serves = within(PATIENCE, || {
            let answer = self.try_get("/", Duration::from_secs(2)).map(|_| true);
            answer.or_else(|| self.ended().then_some(false))
        });
        serves.unwrap_or_else(|| panic!("httpd neither serves nor ends\n{}", self.error_log()))
    }

    /// Waits until requests are answered.
    pub(crate) fn wait_until_serving(&mut self) {
        assert!(self.serves_or_ends(), "httpd does not serve\n{}", self.error_log());
        if !self.site.is_one_process() {
            until("httpd says that it serves", || self.error_log().contains(RESUMED).then_some(()));
        }
    }

    /// The parent.
    pub(crate) fn parent(&self) -> Process {
        self.parent
    }

    /// The processes that the parent started and that still run, root or not.
    pub(crate) fn born(&self) -> Vec<Process> {
        let born = Process::all().into_iter().filter(|one| one.parent() == Some(self.parent));
        born.filter(|one| one.is_alive()).collect()
    }

    /// The processes that the parent started and that still run, once all of them have given up root.
    pub(crate) fn children(&self) -> Vec<Process> {
        let is_root = |one: &Process| one.uids().contains(&0) && one.is_alive();
        let settled = || {
            let children = self.born();
            (!children.is_empty() && !children.iter().any(is_root)).then_some(children)
        };
        until("children, all without root", settled)
    }

    /// Every process of this server but the parent: its children and what they started.
    pub(crate) fn all_processes(&self) -> Vec<Process> {
        let mut found = self.children();
        let mut next = 0;
        while let Some(one) = found.get(next).copied() {
            let born = Process::all().into_iter().filter(|other| other.parent() == Some(one));
            found.extend(born.filter(|other| other.is_alive()));
            next += 1;
        }
        found
    }

    /// The identity of the jail, as the host sees it.
    pub(crate) fn jail(&self) -> Identity {
        Identity::of(&self.site.sandbox.jail).expect("the jail")
    }

    /// Everything httpd wrote, to stderr and to the error log.
    pub(crate) fn error_log(&self) -> String {
        self.log.text()
    }

    /// Waits until a line with these words is logged; it is then declared.
    pub(crate) fn expect_log(&mut self, words: &str) {
        until(words, || self.log.text().contains(words).then_some(()));
        self.log.allow(words);
    }

    /// How many lines of the log hold the words.
    pub(crate) fn log_count(&self, words: &str) -> usize {
        self.log.count(words)
    }

    /// Warnings with these words may be logged.
    pub(crate) fn allow_log(&mut self, words: &str) {
        self.log.allow(words);
    }

    /// Lines of the log that break the contract so far.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.log.violations()
    }

    /// Graceful restart, until it has happened.
    pub(crate) fn graceful(&mut self) {
        self.resumes_after(|parent| parent.signal("USR1"));
    }

    /// Restart, until it has happened.
    pub(crate) fn restart(&mut self) {
        self.resumes_after(|parent| parent.signal("HUP"));
    }

    /// Does what makes httpd restart, and wait until it has.
    pub(crate) fn resumes_after(&mut self, act: impl FnOnce(Process)) {
        let before = self.log.count(RESUMED);
        act(self.parent);
        until("httpd resumes", || (self.log.count(RESUMED) > before).then_some(()));
        self.wait_until_serving();
    }

    /// Runs `httpd -k WORD` for this server, as an administrator does.
    pub(crate) fn control(&self, word: &str) -> Outcome {
        outcome::run(self.site.command().args(["-k", word]))
    }

    /// Writes the configuration file anew, from the present one.
    pub(crate) fn edit_configuration(&self, edit: impl FnOnce(String) -> String) {
        let file = self.site.sandbox.configuration();
        let text = fs::read_to_string(&file).expect("the configuration file");
        fs::write(&file, edit(text)).expect("the configuration file");
    }

    /// Stops gracefully, and check the error log.
    pub(crate) fn graceful_stop(mut self) {
        self.finish("WINCH");
    }

    /// Stops, and check the error log.
    pub(crate) fn stop(mut self) {
        self.finish("TERM");
    }

    /// Waits until httpd has ended by itself, and see that nobody answers any more.
    pub(crate) fn wait_until_dead(&mut self) {
        until("httpd ends", || self.ended().then_some(()));
        let answer = self.try_get("/", Duration::from_millis(200));
        assert_eq!(answer, None, "served after its end");
    }

    /// How the parent has ended, if it was started in the foreground and has.
    pub(crate) fn end_status(&mut self) -> Option<std::process::ExitStatus> {
        self.child.as_mut().and_then(|one| one.try_wait().ok().flatten())
    }

    fn ended(&mut self) -> bool {
        let reaped =
            self.child.as_mut().is_some_and(|one| one.try_wait().is_ok_and(|end| end.is_some()));
        reaped || !self.parent.is_alive()
    }

    fn finish(&mut self, signal: &str) {
        self.stopped = true;
        let memory = remains::shared_memory(self.parent);
        if !self.ended() {
            self.parent.signal(signal);
        }
        let ended = within(PATIENCE, || self.ended().then_some(()));
        end_all(&self.site.sandbox, self.parent);
        remains::remove_shared_memory(&memory);
        if std::thread::panicking() {
            eprintln!("the error log:\n{}", self.error_log());
            return;
        }
        assert_eq!(ended, Some(()), "httpd does not end on SIG{signal}\n{}", self.error_log());
        let mut violations = self.violations();
        violations.extend(runner::reports(&self.site.sandbox).1);
        let text = violations.join("\n");
        assert!(violations.is_empty(), "the error log breaks the contract:\n{text}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.stopped {
            self.finish("TERM");
        }
        if let Some(child) = &mut self.child {
            // end_all() left nothing to wait for but the exit status.
            let _ = child.wait();
        }
    }
}

/// Ends the processes that are left of a scene's server.
pub(super) fn end_all(sandbox: &Sandbox, parent: Process) {
    // Applications may need a moment to notice that their server is gone.
    let time = if parent.is_alive() { Duration::ZERO } else { Duration::from_secs(2) };
    remains::end_processes(&sandbox.base, Identity::of(&sandbox.jail), time);
}
