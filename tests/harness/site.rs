//! The description of a scene: httpd, jail, content and configuration.

use std::process::Stdio;
use std::time::Duration;

use super::apache::{Apache, Mpm};
use super::identity::{self, UID};
use super::outcome::{self, Outcome};
use super::poll::{PATIENCE, within};
use super::process::Process;
use super::reply;
use super::sandbox::Sandbox;
use super::server::Server;

/// The module that puts the children into the jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jail {
    /// The module under test.
    Module,
    /// httpd's own mod_unixd, for comparison.
    Unixd,
    /// None: the children stay outside.
    None,
}

impl Jail {
    /// The module, unless `MOD_CHROOT_REFERENCE=unixd` puts the reference to the same tests.
    fn under_test() -> Jail {
        match std::env::var("MOD_CHROOT_REFERENCE") {
            Ok(name) if name == "unixd" => Jail::Unixd,
            Ok(name) => panic!("MOD_CHROOT_REFERENCE={name}: only unixd is known"),
            Err(_) => Jail::Module,
        }
    }
}

/// Where the module is loaded, where that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// Before every other module.
    First,
    /// After every other module.
    Last,
}

/// The builder of a scene.
pub(crate) struct Site {
    pub(super) apache: Apache,
    pub(crate) mpm: Mpm,
    pub(super) jail: Jail,
    pub(super) loaded: Loaded,
    pub(super) modules: Vec<String>,
    pub(super) extra: String,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) uid: u32,
    pub(super) chroot: Option<String>,
    pub(super) document_root: Option<String>,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) run_as: Option<u32>,
    pub(super) allowed: Vec<String>,
    pub(super) expected: Vec<String>,
    /// The folders of the scene, which are there from the beginning.
    pub(crate) sandbox: Sandbox,
}

impl Site {
    /// A jail at `{base}/jail` with an empty `/htdocs`, the module under test, and nothing else.
    pub(crate) fn new(mpm: Mpm) -> Site {
        Site::with_jail_at(mpm, "jail")
    }

    /// Creates such a scene with the jail at `jail`, relative to `{base}`.
    pub(crate) fn with_jail_at(mpm: Mpm, jail: &str) -> Site {
        let site = Site {
            apache: Apache::installed().clone(),
            mpm,
            jail: Jail::under_test(),
            loaded: Loaded::Last,
            modules: Vec::new(),
            extra: String::new(),
            user: identity::USER.to_owned(),
            group: identity::USER.to_owned(),
            uid: UID,
            chroot: Some("\"{jail}\"".to_owned()),
            document_root: Some("{inside}/htdocs".to_owned()),
            arguments: Vec::new(),
            environment: Vec::new(),
            run_as: None,
            allowed: Vec::new(),
            expected: Vec::new(),
            sandbox: Sandbox::build(jail),
        };
        super::runner::with_runner(site.file("htdocs/index.html", "hello from inside"))
    }

    /// Another httpd than the installed one.
    pub(crate) fn httpd(mut self, apache: &Apache) -> Site {
        self.apache = apache.clone();
        self
    }

    /// Sets the module that puts the children into the jail.
    pub(crate) fn jail(mut self, jail: Jail) -> Site {
        self.jail = jail;
        self
    }

    /// Loads the module under test before or after the others.
    pub(crate) fn loaded(mut self, place: Loaded) -> Site {
        self.loaded = place;
        self
    }

    /// Loads modules of httpd, by their short names.
    pub(crate) fn modules(mut self, names: &[&str]) -> Site {
        self.modules.extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Puts a file into the jail.
    pub(crate) fn file(self, inside: &str, contents: &str) -> Site {
        self.sandbox.write(inside, contents.as_bytes(), 0o644);
        self
    }

    /// Puts a copy of a program into the jail.
    pub(crate) fn program(self, inside: &str, program: &std::path::Path) -> Site {
        let bytes = std::fs::read(program).expect("the program");
        self.sandbox.write(inside, &bytes, 0o755);
        self
    }

    /// Puts a file into the ServerRoot, outside the jail; places are filled in.
    pub(crate) fn server_file(self, name: &str, contents: &str) -> Site {
        let path = self.sandbox.server.join(name);
        std::fs::write(path, self.sandbox.fill(contents)).expect("a file in the ServerRoot");
        self
    }

    /// Creates a folder in the jail that the run-as user may write to.
    pub(crate) fn writable(self, inside: &str) -> Site {
        self.sandbox.writable(inside);
        self
    }

    /// Creates the jail's host path true inside it by a link to `/`.
    pub(crate) fn linked_to_itself(self) -> Site {
        self.sandbox.link_to_itself();
        self
    }

    /// Adds configuration; `{jail}`, `{server}`, `{base}`, `{port}` and `{inside}` (the jail as a child
    /// sees it: empty when jailed) are filled in.
    pub(crate) fn config(mut self, text: &str) -> Site {
        self.extra.push_str(text);
        self.extra.push('\n');
        self
    }

    /// Sets the arguments of `ChrootDir`.
    pub(crate) fn chroot(mut self, argument: &str) -> Site {
        self.chroot = Some(argument.to_owned());
        self
    }

    /// Neither `ChrootDir` nor `DocumentRoot` are written for the scene: it writes its own.
    pub(crate) fn bare(mut self) -> Site {
        self.chroot = None;
        self.document_root = None;
        self
    }

    /// Sets the arguments of `User` and `Group`, and the uid that they stand for.
    pub(crate) fn user(mut self, user: &str, group: &str, uid: u32) -> Site {
        (self.user, self.group, self.uid) = (format!("\"{user}\""), format!("\"{group}\""), uid);
        self
    }

    /// Runs as a user that this machine has, among its own accounts and mounts.
    pub(crate) fn own_user(mut self, user: &str, group: &str, uid: u32) -> Site {
        self.sandbox.use_own_accounts();
        self.user(user, group, uid)
    }

    /// Starts httpd with one more argument.
    pub(crate) fn argument(mut self, argument: &str) -> Site {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts httpd with an environment variable.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Site {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts httpd as a user who is not root.
    pub(crate) fn started_by(mut self, uid: u32) -> Site {
        self.sandbox.give_to(uid);
        self.run_as = Some(uid);
        self
    }

    /// Lets httpd find a suexec program.
    pub(crate) fn with_suexec(mut self) -> Site {
        self.sandbox.provide_suexec(&self.apache.suexec(), &self.apache.modules);
        self
    }

    /// Warnings with these words may be logged.
    pub(crate) fn allow_log(mut self, words: &str) -> Site {
        self.allowed.push(words.to_owned());
        self
    }

    /// A line with these words must be logged.
    pub(crate) fn expect_log(mut self, words: &str) -> Site {
        self.expected.push(words.to_owned());
        self
    }

    /// Starts httpd in the foreground, and wait until it serves and is what the scene says it is.
    pub(crate) fn start(self) -> Server {
        Server::foreground(self)
    }

    /// Starts httpd in the foreground without asking what becomes of it.
    pub(crate) fn start_unchecked(self) -> Server {
        Server::unchecked(self)
    }

    /// Starts httpd as a daemon (`-k start`), and wait until it serves.
    pub(crate) fn start_daemon(self) -> Server {
        Server::daemon(self)
    }

    /// Runs `httpd -t`.
    pub(crate) fn configtest(&self) -> Outcome {
        self.write_configuration();
        outcome::run(self.command().arg("-t"))
    }

    /// Runs `httpd -t -D DUMP_CHROOT`: its standard output alone, while stderr goes to the scene's file.
    pub(crate) fn dump(&self) -> Outcome {
        self.write_configuration();
        let mut command = self.command();
        outcome::run(command.stderr(self.sandbox.stderr_file()).args(["-t", "-DDUMP_CHROOT"]))
    }

    /// Runs httpd with an argument that makes it print something and end (`-S`).
    pub(crate) fn runs_with(&self, argument: &str) -> Outcome {
        self.write_configuration();
        outcome::run(self.command().arg(argument))
    }

    /// Starts httpd where it must refuse to serve: wait until it has ended by itself, asking all the while.
    pub(crate) fn refuses(&self) -> Outcome {
        self.write_configuration();
        let mut command = self.command();
        command.args(self.foreground()).stdout(Stdio::null()).stderr(self.sandbox.stderr_file());
        let mut child = command.spawn().expect("unshare");
        let parent = Process { pid: child.id() };
        let port = self.sandbox.port.number;
        let met = within(PATIENCE, || {
            let served = reply::ask(port, "/", Duration::from_millis(100)).map(Err);
            served.or_else(|| child.try_wait().expect("the state of httpd").map(Ok))
        });
        let texts = [self.sandbox.stderr(), self.sandbox.error_log()]
            .map(|file| std::fs::read_to_string(file).unwrap_or_default());
        super::server::end_all(&self.sandbox, parent);
        match met {
            Some(Ok(status)) => Outcome { status: status.code(), output: texts.concat() },
            Some(Err(reply)) => panic!("served: {reply:?}\n{}", texts.concat()),
            None => panic!("httpd neither serves nor ends\n{}", texts.concat()),
        }
    }

    /// The httpd command of the scene, without a word about what to do.
    pub(super) fn command(&self) -> std::process::Command {
        let mut command = self.sandbox.httpd(&self.apache.program, self.run_as);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        if self.jail == Jail::Unixd {
            // mod_unixd leaves httpd's check that the DocumentRoot, an inside path, exists on the host.
            command.arg("-T");
        }
        command
    }

    /// Whether httpd is started with `-X`.
    pub(super) fn is_one_process(&self) -> bool {
        self.arguments.iter().any(|word| word == "-X")
    }

    /// The argument that keeps httpd in the foreground; `-X` does that as well.
    pub(super) fn foreground(&self) -> Option<&'static str> {
        (!self.is_one_process()).then_some("-DFOREGROUND")
    }
}
