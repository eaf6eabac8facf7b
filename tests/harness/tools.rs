//! Tools for tests of views and of other modules: a CGI program that carries out the query, and a host to watch.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::client::{Answer, get};
use super::poll::until;
use super::process::Process;
use super::server::Server;
use super::site::Site;

/// The static CGI program of tests/programs/inside.c.
pub(crate) fn inside() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/inside.c");
        let mut hasher = DefaultHasher::new();
        fs::read(&source).expect("the source").hash(&mut hasher);
        let target = super::programs::scratch();
        let built = target.join(format!("inside-{:016x}", hasher.finish()));
        if !built.is_file() {
            // Made under a name of its own, then moved: another test may be building the same.
            let draft = tempfile::Builder::new().tempfile_in(target);
            let draft = draft.expect("a draft").into_temp_path();
            let mut compiler = Command::new("cc");
            compiler.args(["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
            let status = compiler.arg(&draft).arg(&source).status().expect("cc");
            assert!(status.success(), "cc {}: {status}", source.display());
            draft.persist(&built).expect("a program");
        }
        built
    })
}

impl Site {
    /// Host paths are written: the DocumentRoot and the program at `/cgi-bin/inside` (mod_cgi) are named as
    /// the host names them, and nothing is prepared for the jail.
    pub(crate) fn with_host_paths(mut self) -> Site {
        self.document_root = Some("{jail}/htdocs".to_owned());
        self.modules(&["alias", "cgi"])
            .program("cgi-bin/inside", inside())
            .config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"")
    }

    /// The DocumentRoot is written so.
    pub(crate) fn document_root(mut self, path: &str) -> Site {
        self.document_root = Some(path.to_owned());
        self
    }

    /// The jail is called by another name, in every line of the configuration.
    pub(crate) fn named_through(mut self, jail: &str) -> Site {
        self.extra = self.extra.replace("{jail}", jail);
        self.chroot = Some(format!("\"{jail}\""));
        self.document_root = Some(format!("{jail}/htdocs"));
        self
    }

    /// Runs shell commands in the mount namespace of httpd before httpd starts.
    pub(crate) fn after(self, words: &str) -> Site {
        let script = |number: u32| self.sandbox.server.join(format!("conf/before-{number}"));
        let free = (0..).map(script).find(|script| !script.exists());
        let script = free.expect("a number");
        let words = self.sandbox.fill(words);
        fs::write(&script, format!("set -e\n{words}\nexec \"$@\"\n")).expect("a script");
        self.through(&format!("sh \"{}\"", script.display()))
    }

    /// Starts httpd on a host whose mounts are shared, as systemd makes them, and which goes on without httpd:
    /// [`host`] is a process of it.
    pub(crate) fn on_a_host(self) -> Site {
        // A process of its own session and of init, so that httpd knows nothing of it.
        self.after(
            "mount --make-rshared /\n\
             (exec setsid sh -c 'echo $$ >\"{server}/run/host.new\"; mv \"{server}/run/host.new\" \
             \"{server}/run/host\"; exec tail -f \"{server}/conf/passwd\"' >/dev/null 2>&1 &)",
        )
    }
}

/// Asks the program in the jail, which carries out `query`, for its answer.
#[track_caller]
pub(crate) fn ask_program(server: &Server, query: &str) -> Answer {
    get(&format!("/cgi-bin/inside?{query}")).of(server).is(200, server)
}

/// A process of the host that httpd was started on.
pub(crate) struct Host(Process);

impl Host {
    /// That of a server started [`Site::on_a_host`].
    pub(crate) fn of(server: &Server) -> Host {
        let file = server.site.sandbox.server.join("run/host");
        let number = || fs::read_to_string(&file).ok()?.trim().parse().ok();
        Host(Process { pid: until("a host", number) })
    }

    /// A process of it.
    pub(crate) fn process(&self) -> Process {
        self.0
    }

    /// Its mount table.
    pub(crate) fn mounts(&self) -> Vec<String> {
        mounts_of(self.0)
    }

    /// Does something on the host.
    pub(crate) fn shell(&self, words: &str) {
        let mut command = Command::new("nsenter");
        let status = command
            .args(["--mount", "--target", &self.0.pid.to_string(), "sh", "-ec", words])
            .status();
        assert!(status.expect("nsenter").success(), "{words}");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.0.signal("KILL");
    }
}

impl Server {
    /// Ends httpd, and leave the scene as it is.
    pub(crate) fn end(&mut self) {
        let everybody = self.all_processes();
        self.parent().signal("TERM");
        self.wait_until_dead();
        let gone = || everybody.iter().all(|one| !one.is_alive()).then_some(());
        until("the end of all processes", gone);
    }
}

/// The mount table of a process, empty when it is gone.
pub(crate) fn mounts_of(process: Process) -> Vec<String> {
    let table = fs::read_to_string(process.path("mountinfo")).unwrap_or_default();
    table.lines().map(str::to_owned).collect()
}

/// A FIFO that anybody may read from: what opens it waits until somebody writes.
pub(crate) fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").args(["-m", "644"]).arg(path).status();
    assert!(made.expect("mkfifo").success(), "{}", path.display());
}

/// Every file below a folder with its kind, mode, owner, size, times and what a link says: two of these are equal
/// when nothing was written in between.
pub(crate) fn inventory(folder: &Path) -> Vec<String> {
    let mut command = Command::new("find");
    command.arg(folder).args(["-printf", "%p %y %m %U:%G %s %T@ %C@ %i %l\n"]);
    let listed = command.output().expect("find");
    assert!(listed.status.success(), "{listed:?}");
    let mut lines: Vec<String> =
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
