//! The running server of the demo, and the user that its children run as.

use std::process::Command;
use std::sync::OnceLock;

use crate::harness::client::{Answer, get};
use crate::harness::port::Port;
use crate::harness::{Apache, Identity, Process, Server, outcome};
use crate::report::Report;
use crate::scene::{Prepared, Way};

/// The number of CAP_SYS_PTRACE.
const SYS_PTRACE: u32 = 19;

/// A user that Apache may run as.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
}

impl User {
    /// The user that this system has for Apache.
    pub(crate) fn of_apache() -> &'static User {
        static FOUND: OnceLock<User> = OnceLock::new();
        FOUND.get_or_init(|| {
            let known = ["www-data", "apache", "wwwrun", "http", "nobody"];
            let found = known.into_iter().find(|name| id("-u", name).is_some());
            let name = found.expect("a user www-data, apache, wwwrun, http or nobody");
            let ask = |option| id(option, name).expect("an answer of id");
            let number = |option| ask(option).parse().expect("a number");
            User {
                name: name.to_owned(),
                group: ask("-gn"),
                uid: number("-u"),
                gid: number("-g"),
                groups: ask("-G").split(' ').flat_map(str::parse).collect(),
            }
        })
    }
}

fn id(option: &str, name: &str) -> Option<String> {
    let output = Command::new("id").args([option, name]).output().expect("id");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The jailed server.
pub(crate) struct Show {
    pub(crate) server: Server,
    pub(crate) way: Way,
    pub(crate) is_threaded: bool,
    /// Whether the kernel shows this process the roots and the descriptors of other users' processes.
    pub(crate) sees_roots: bool,
    tls: Port,
}

impl Show {
    /// Introduces the server, and starts it.
    pub(crate) fn open(prepared: Prepared, report: &Report) -> Show {
        let Prepared { site, mpm, tls, way, picture } = prepared;
        let sees_roots = sees_other_roots();
        let user = User::of_apache();
        let who = format!("started as root, children as {} (uid {})", user.name, user.uid);
        report.heading(&format!("{}, MPM {}, {who}", version(), mpm.name()));
        let jail = Identity::of(&site.sandbox.jail).expect("the jail");
        report.note(&format!("jail     {} ({})", site.sandbox.jail.display(), words(jail)));
        let outside = site.sandbox.server.display();
        report.note(&format!("outside  {outside}: configuration, key, logs, pid file, sockets"));
        report.heading("Where proofs are seen from");
        report.note("visitor  an answer of the server to a visitor");
        report.note("inside   a CGI program that the server runs for a visitor");
        report.note("outside  this program, as root of the host, in /proc and in the file system");
        if way == Way::Link {
            report.note("No private mounts here (no CAP_SYS_ADMIN?): this shows ChrootFixRoot link, not a view.");
        }
        if !sees_roots {
            report.note("No CAP_SYS_PTRACE here: the kernel does not show roots and descriptors of other users'");
            report.note("processes to this program. In the tables they are \"-\"; inside and visitor prove them.");
        }
        report.heading("The configuration before the start (httpd -t -D DUMP_CHROOT)");
        picture.lines().for_each(|line| report.note(line));
        Show { server: site.start(), way, is_threaded: mpm.is_threaded(), sees_roots, tls }
    }

    /// The port without TLS.
    pub(crate) fn port(&self) -> u16 {
        self.server.site.sandbox.port.number
    }

    /// The port with TLS.
    pub(crate) fn tls_port(&self) -> u16 {
        self.tls.number
    }

    /// The answer of the CGI program to a query.
    pub(crate) fn ask_inside(&self, query: &str) -> Answer {
        get(&format!("/cgi-bin/{query}")).of(&self.server).is(200, &self.server)
    }
}

/// Device and inode, as this program prints them.
pub(crate) fn words(identity: Identity) -> String {
    format!("device:inode {}:{}", identity.device, identity.inode)
}

fn sees_other_roots() -> bool {
    let field = Process { pid: std::process::id() }.status_field("CapEff");
    u64::from_str_radix(&field, 16).is_ok_and(|set| set >> SYS_PTRACE & 1 == 1)
}

/// The version of httpd, as it says it.
fn version() -> String {
    let said = outcome::run(Command::new(&Apache::installed().program).arg("-v")).output;
    let line = said.lines().find_map(|line| line.strip_prefix("Server version: "));
    line.unwrap_or("Apache").to_owned()
}
