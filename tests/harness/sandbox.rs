//! The sandbox of a scene: folders, a port, accounts, and the command that starts httpd there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::identity::Accounts;
use super::port::Port;
use super::process::Identity;
use super::remains;
use super::requirements::{Capability, is_not_run, require};

/// Runs "$@" where the copies of the account files lie over the real ones, for this process tree alone; other
/// mounts come before it.
const PRIVATELY: &str = "mount --bind \"$1\" /etc/passwd && mount --bind \"$2\" /etc/group && shift 2 && \
                         exec \"$@\"";

/// Writes a file that may be executed. Another process does it: were it open for writing in this one, a child that
/// another test forks meanwhile would hold it open too, and to execute it would fail with ETXTBSY.
pub(crate) fn install(path: &Path, contents: &[u8], mode: u32) {
    let mut install = Command::new("install");
    install.arg("-m").arg(format!("{mode:o}")).arg("/dev/stdin").arg(path).stdin(Stdio::piped());
    let mut install = install.spawn().expect("install");
    let mut stdin = install.stdin.take().expect("its standard input");
    std::io::Write::write_all(&mut stdin, contents).expect("what is to be installed");
    drop(stdin);
    assert!(install.wait().expect("install").success(), "install {}", path.display());
}

/// The folders of one scene. They are removed when dropped; those of the last scenes that failed are kept.
pub(crate) struct Sandbox {
    /// The folder of the scene, which contains all others.
    pub(crate) base: PathBuf,
    /// The ServerRoot, outside the jail.
    pub(crate) server: PathBuf,
    /// The jail.
    pub(crate) jail: PathBuf,
    /// The port.
    pub(crate) port: Port,
    accounts: Option<Accounts>,
    mounts: String,
    guard: Option<tempfile::TempDir>,
}

impl Sandbox {
    /// Creates the folders; the jail is at `jail`, counted from the base.
    pub(crate) fn build(jail: &str) -> Sandbox {
        let guard = super::folders::create();
        let base = guard.path().to_owned();
        let server = base.join("server");
        for folder in ["logs", "run", "conf"] {
            make_folder(&server.join(folder));
        }
        let jail = base.join(jail);
        make_folder(&jail);
        let accounts = Some(Accounts::write(&server.join("conf")));
        let (port, mounts) = (Port::reserve(), String::new());
        Sandbox { base, server, jail, port, accounts, mounts, guard: Some(guard) }
    }

    /// Puts the scene's own places into a text: `{jail}`, `{server}`, `{base}`, `{port}`.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{jail}", &self.jail.to_string_lossy())
            .replace("{server}", &self.server.to_string_lossy())
            .replace("{base}", &self.base.to_string_lossy())
            .replace("{port}", &self.port.number.to_string())
    }

    /// Writes a file into the jail, with its folders.
    pub(crate) fn write(&self, inside: &str, contents: &[u8], mode: u32) {
        let path = self.jail.join(inside.trim_start_matches('/'));
        make_folder(path.parent().expect("a folder"));
        install(&path, contents, mode);
    }

    /// Creates a folder in the jail that the run-as user may write to.
    pub(crate) fn writable(&self, inside: &str) {
        let path = self.jail.join(inside.trim_start_matches('/'));
        make_folder(&path);
        let (uid, gid) = (super::identity::UID, super::identity::GID);
        std::os::unix::fs::chown(&path, Some(uid), Some(gid)).expect("its owner");
    }

    /// Creates the jail's own host path true inside it, as administrators do by hand: a link to `/`.
    pub(crate) fn link_to_itself(&self) {
        let inside = self.jail.strip_prefix("/").expect("an absolute path");
        let link = self.jail.join(inside);
        make_folder(link.parent().expect("a folder"));
        symlink("/", link).expect("the link");
    }

    /// Lets this httpd, and nobody else, find a suexec program at this path; `beside` is a folder next to it
    /// that must stay what it is.
    pub(crate) fn provide_suexec(&mut self, program: &Path, beside: &Path) {
        let over = program.parent().expect("a folder").to_owned();
        let cover = self.base.join("suexec");
        let kept = cover.join(beside.strip_prefix(&over).expect("a folder beside suexec"));
        make_folder(&kept);
        let mine = cover.join(program.file_name().expect("a name"));
        fs::write(&mine, "#!/bin/false\n").expect("a program");
        // httpd asks for the set-user-id bit; a script with it is harmless, the kernel ignores it there.
        fs::set_permissions(&mine, Permissions::from_mode(0o4755)).expect("its mode");
        let [beside, kept, cover, over] = [beside, &kept, &cover, &over].map(Path::display);
        self.mounts = format!(
            "mount --bind \"{beside}\" \"{kept}\" && mount --rbind \"{cover}\" \"{over}\" && "
        );
    }

    /// Uses the accounts and the mounts of this machine: nothing private is mounted, so this works without
    /// CAP_SYS_ADMIN.
    pub(crate) fn use_own_accounts(&mut self) {
        self.accounts = None;
    }

    /// The configuration file.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.server.join("conf/httpd.conf")
    }

    /// The error log.
    pub(crate) fn error_log(&self) -> PathBuf {
        self.server.join("logs/error.log")
    }

    /// The file for messages of httpd before it has an error log.
    pub(crate) fn stderr(&self) -> PathBuf {
        self.server.join("logs/stderr")
    }

    /// That file, opened for a command to write to.
    pub(crate) fn stderr_file(&self) -> fs::File {
        fs::File::create(self.stderr()).expect("a file for stderr")
    }

    /// The file with the parent's number.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.server.join("run/httpd.pid")
    }

    /// Lets a user who is not root write logs and the pid file.
    pub(crate) fn give_to(&self, uid: u32) {
        for folder in ["logs", "run"] {
            let path = self.server.join(folder);
            std::os::unix::fs::chown(path, Some(uid), Some(uid)).expect("its owner");
        }
    }

    /// An httpd command with the scene's configuration, among the scene's accounts, in a process group of its
    /// own (httpd signals its whole group), ending with the test. Of this machine's environment it has the PATH
    /// only, as a service has: `SSL_CERT_FILE`, for one, would hide that children find no authorities.
    pub(crate) fn httpd(&self, program: &Path, uid: Option<u32>) -> Command {
        let mut command = self.launcher();
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.args(["--pdeathsig", "TERM"]);
        if let Some(uid) = uid {
            let id = uid.to_string();
            command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
        }
        command.arg(program).arg("-d").arg(&self.server).arg("-f").arg(self.configuration());
        command.stdin(Stdio::null()).process_group(0);
        command
    }

    /// The setpriv command that runs httpd, among the scene's accounts if it has some.
    fn launcher(&self) -> Command {
        let Some(accounts) = &self.accounts else { return Command::new("setpriv") };
        require(Capability::SysAdmin);
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c"]);
        command.arg(format!("{}{PRIVATELY}", self.mounts)).arg("sh");
        command.arg(&accounts.passwd).arg(&accounts.group).arg("setpriv");
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !std::thread::panicking() || is_not_run() {
            return remains::unmount(&self.base);
        }
        remains::remove(&self.base, Identity::of(&self.jail));
        eprintln!(
            "the scene is kept, if it is one of the last that failed: {}",
            self.base.display()
        );
        // Debian 13's tempfile (3.15) has no TempDir::keep yet.
        std::mem::forget(self.guard.take());
        super::folders::keep(&self.base);
    }
}

/// Creates a folder and those above it, as root makes them: mode 0755 whatever the umask.
pub(crate) fn make_folder(path: &Path) {
    if path.is_dir() {
        return;
    }
    if let Some(parent) = path.parent() {
        make_folder(parent);
    }
    fs::create_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("its mode");
}
