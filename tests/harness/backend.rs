//! Services outside the jail that a jailed server talks to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::poll::until;
use super::port::Port;
use super::site::Site;

/// A PHP-FPM outside; ended when dropped.
pub(crate) struct Fpm {
    master: Child,
    /// Its port, when it listens on one.
    port: Option<Port>,
}

impl Fpm {
    /// One that listens on a port of its own.
    pub(crate) fn on_a_port(folder: &Path) -> Fpm {
        let port = Port::reserve();
        let listen = format!("127.0.0.1:{}", port.number);
        Fpm::start(folder, &listen, Some(port))
    }

    /// One that listens on this socket.
    pub(crate) fn on_a_socket(folder: &Path, socket: &Path) -> Fpm {
        Fpm::start(folder, &socket.display().to_string(), None)
    }

    /// The number of its port.
    pub(crate) fn port(&self) -> u16 {
        self.port.as_ref().expect("a port").number
    }

    fn start(folder: &Path, listen: &str, port: Option<Port>) -> Fpm {
        let settings = folder.join("fpm.conf");
        let log = folder.join("fpm.log");
        // That of one before would tell of its readiness.
        let _ = fs::remove_file(&log);
        let text = format!(
            "[global]\nerror_log = {}\ndaemonize = no\n[www]\nuser = www-data\ngroup = www-data\n\
             listen = {listen}\nlisten.mode = 0666\npm = static\npm.max_children = 1\n",
            log.display()
        );
        fs::write(&settings, text).expect("the settings of PHP-FPM");
        // Not by the whole path: a process with the scene's folder in its command line would be ended with httpd.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(program()).args(["-n", "-y", "fpm.conf"]);
        command.current_dir(folder);
        let master = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let fpm = Fpm { master: master.spawn().expect("PHP-FPM"), port };
        let text = || fs::read_to_string(&log).unwrap_or_default();
        until("PHP-FPM", || text().contains("ready to handle connections").then_some(()));
        fpm
    }
}

impl Drop for Fpm {
    fn drop(&mut self) {
        super::process::Process { pid: self.master.id() }.signal("TERM");
        let _ = self.master.wait();
    }
}

fn program() -> PathBuf {
    let folders = ["/usr/sbin", "/usr/local/sbin"].into_iter().flat_map(fs::read_dir).flatten();
    let is_fpm = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("php-fpm"))
    };
    let mut found = folders.flatten().map(|entry| entry.path()).filter(is_fpm);
    found.next().expect("PHP-FPM: tools/install-deps test installs it")
}

impl Site {
    /// Loads PHP.
    pub(crate) fn with_php(self) -> Site {
        let found = self.apache.php();
        let found = found.expect("PHP for httpd: tools/install-deps test installs it");
        super::php::with_own_settings(self)
            .config(&format!("LoadModule php_module \"{}\"", found.display()))
            .config("<FilesMatch \"\\.php$\">\nSetHandler application/x-httpd-php\n</FilesMatch>")
    }

    /// Another httpd, not jailed, that this one may talk to: a page that says where it is from.
    pub(crate) fn backend() -> super::server::Server {
        let site = Site::new(super::apache::Mpm::Event).jail(super::site::Jail::None);
        site.file("htdocs/page.html", "from the backend").start()
    }
}
