//! A pair of servers with one configuration and the same content, one jailed and one not: both must give the same
//! answers.

use super::client::{Answer, Ask};
use super::server::Server;
use super::site::{Jail, Site};

/// The two servers of a comparison.
pub(crate) struct Pair {
    /// The server in the jail.
    pub(crate) jailed: Server,
    /// The server without a jail, the reference.
    pub(crate) free: Server,
}

/// Messages of httpd about requests that it refuses, at levels that tests must declare.
const REFUSALS: [&str; 16] = [
    "AH00035", // no search permission
    "AH00036", // a path below a file
    "AH00037", // a symbolic link that is not followed
    "AH00127", // a path that cannot be mapped to a file
    "AH00687", // no variant is acceptable
    "AH01276", // no index
    "AH01617", // a wrong password
    "AH01618", // no such user
    "AH01630", // denied
    "AH01631", // not the right user
    "AH01264", // no such script
    "AH02811", // the same
    "attempt to invoke directory as script",
    "AH10244",                           // an invalid path
    "AH10430",                           // %2f
    "Invalid command 'NoSuchDirective'", // in a .htaccess
];

impl Pair {
    /// Starts `site` twice, once in its jail; only that configuration has the lines `more`.
    pub(crate) fn start(site: Site, more: &str) -> Pair {
        let site = REFUSALS.into_iter().fold(site, Site::allow_log);
        let mut free = Site::new(site.mpm).jail(Jail::None);
        let places = [("{jail}", &site.sandbox.jail), ("{base}", &site.sandbox.base)];
        let of_jailed = |text: &str| {
            let shown = places.map(|(name, path)| (name, path.display().to_string()));
            shown.iter().fold(text.to_owned(), |text, (name, path)| text.replace(name, path))
        };
        free.modules.clone_from(&site.modules);
        free.allowed.clone_from(&site.allowed);
        free.extra = of_jailed(&site.extra);
        let written = site.document_root.clone().filter(|path| !path.starts_with("{inside}"));
        let document_root = written.unwrap_or_else(|| "{jail}/htdocs".to_owned());
        free.document_root = Some(of_jailed(&document_root));
        let mut jailed = site.config(more);
        jailed.document_root = Some(document_root);
        Pair { free: free.start(), jailed: jailed.start() }
    }

    /// Sends a request to both, and describes the difference of the answers, if there is one.
    pub(crate) fn differ(&self, ask: &Ask) -> Option<String> {
        let [jailed, free] = [&self.jailed, &self.free].map(|server| plain(server, ask));
        (jailed != free).then(|| format!("{ask:?}\n  jailed: {jailed:?}\n  free:   {free:?}"))
    }

    /// Asserts that both give the same answer to every request.
    #[track_caller]
    pub(crate) fn agree_on(&self, asks: &[Ask]) {
        let differences: Vec<String> = asks.iter().filter_map(|ask| self.differ(ask)).collect();
        assert!(
            differences.is_empty(),
            "{} of {} answers differ:\n{}\n{}",
            differences.len(),
            asks.len(),
            differences.join("\n"),
            self.jailed.error_log()
        );
    }

    /// Asserts that both give the same answer, with this status.
    #[track_caller]
    pub(crate) fn both(&self, status: u16, ask: &Ask) -> Answer {
        self.agree_on(std::slice::from_ref(ask));
        ask.of(&self.jailed).is(status, &self.jailed)
    }

    /// Stops both, and checks both error logs.
    pub(crate) fn stop(self) {
        self.jailed.stop();
        self.free.stop();
    }
}

/// Lines in which a CGI program describes itself, and which must differ: numbers, and the kernel's names of directories.
const OWN: [&str; 4] = ["pid=", "ppid=", "root=", "cwd="];

/// Returns the answer without the parts that must differ: the time, the server's own port, and the order of methods.
fn plain(server: &Server, ask: &Ask) -> Answer {
    let mut answer = ask.of(server);
    let port = format!(":{}", server.site.sandbox.port.number);
    // The answer of this program differs in length too.
    let is_program = ask.is_for("/cgi-bin/inside");
    answer.headers.retain(|(name, _)| name != "date" && !(is_program && name == "content-length"));
    for (name, value) in &mut answer.headers {
        *value = value.replace(&port, ":PORT");
        if let Some(strong) = value.strip_prefix("W/") {
            // Weak is what was changed in the second of the request.
            *value = strong.to_owned();
        }
        if name == "allow" {
            let mut methods: Vec<_> = value.split(',').collect();
            methods.sort_unstable();
            *value = methods.join(",");
        }
    }
    answer.body = answer.body.replace(&port, ":PORT");
    let own = |line: &&str| OWN.iter().any(|key| line.starts_with(key));
    answer.body = answer.body.lines().filter(|line| !own(line)).collect::<Vec<_>>().join("\n");
    answer
}
