//! A server and its twin without a jail under the same traffic, while an administrator works on both: they are restarted,
//! reloaded with a configuration that is wrong, their logs are rotated, children are killed, a file that they provide is
//! replaced. No request fails in the jail for a reason that the twin does not know, nobody is outside at any moment, and
//! nothing grows.
//!
//! `MOD_CHROOT_SOAK` is the number of seconds; without it some rounds are played. `tools/soak` plays for half an hour.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::process::Command;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::harness::client::{ask, get};
    use crate::harness::pair::Pair;
    use crate::harness::process_counts::ProcessCounts;
    use crate::harness::{Identity, Mpm, Server, Site, on_every_mpm, promise, until};

    /// Without `MOD_CHROOT_SOAK`: every act of the administrator several times.
    const SHORT: Duration = Duration::from_secs(30);
    /// A request is excused if a child was killed this long before its end: it may have been answering.
    const AFTERMATH: Duration = Duration::from_secs(3);
    /// Growth of the parent's memory beyond that of the twin's, in KiB. The follower of host paths keeps some state.
    const ROOM: u64 = 1024;

    /// Kinds of acts.
    const ACTS: usize = 6;

    /// A failed request: when, of which client, and why.
    type Failure = (Instant, &'static str, String);

    /// The clients of one server, until the end.
    struct Traffic {
        is_over: AtomicBool,
        answers: Mutex<BTreeMap<&'static str, usize>>,
        failures: Mutex<Vec<Failure>>,
    }

    impl Traffic {
        fn new() -> Traffic {
            let (answers, failures) = Default::default();
            Traffic { is_over: AtomicBool::new(false), answers, failures }
        }

        /// Sends requests one after the other. `request` returns the reason if one fails.
        fn send(&self, client: &'static str, request: impl Fn() -> Result<(), String>) {
            while !self.is_over.load(SeqCst) {
                let result = request();
                self.record(client, result);
                thread::sleep(Duration::from_millis(20));
            }
        }

        fn record(&self, client: &'static str, result: Result<(), String>) {
            match result {
                Ok(()) => *self.answers.lock().unwrap().entry(client).or_default() += 1,
                Err(cause) => self.failures.lock().unwrap().push((Instant::now(), client, cause)),
            }
        }

        /// Failures that no killed child explains, as words.
        fn unexplained(&self, kills: &[Instant]) -> Vec<String> {
            let is_excused = |at: &Instant| {
                kills.iter().any(|kill| at >= kill && at.duration_since(*kill) < AFTERMATH)
            };
            let failures = self.failures.lock().unwrap();
            let left = failures.iter().filter(|(at, ..)| !is_excused(at));
            left.map(|(_, client, cause)| format!("{client}: {cause}")).collect()
        }
    }

    /// The clients of `server`, each with its name and its request.
    fn requests(server: &Server, data: &std::path::Path) -> Vec<(&'static str, Request)> {
        let port = server.site.sandbox.port.number;
        let read = format!("/cgi-bin/inside?read={}", data.display());
        let upload = vec![b'u'; 300_000];
        vec![
            ("page", Box::new(move || answers(port, &get("/index.html"), "hello from inside"))),
            ("program", Box::new(move || answers(port, &get("/cgi-bin/inside?env"), "cwd="))),
            ("provided file", Box::new(move || answers(port, &get(&read), "read=done"))),
            (
                "upload",
                Box::new(move || {
                    let upload = ask("POST", "/cgi-bin/inside?env").chunked(&upload);
                    answers(port, &upload, "cwd=")
                }),
            ),
            ("http2", Box::new(move || http2(port))),
        ]
    }

    type Request = Box<dyn Fn() -> Result<(), String> + Send>;

    fn answers(port: u16, ask: &crate::harness::client::Ask, words: &str) -> Result<(), String> {
        let answer = ask.at(port)?;
        if answer.status == 200 && answer.body.contains(words) {
            return Ok(());
        }
        Err(format!("{} {:?}", answer.status, answer.body))
    }

    /// By prior knowledge; prefork answers with HTTP/1.1.
    fn http2(port: u16) -> Result<(), String> {
        let page = format!("http://127.0.0.1:{port}/index.html");
        let mut curl = Command::new("curl");
        curl.args(["-q", "--silent", "--show-error", "--max-time", "20", "--http2", &page]);
        let output = curl.output().expect("curl");
        let body = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && body.contains("hello from inside") {
            return Ok(());
        }
        Err(format!("{body}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Acts of an administrator, on both servers in turn.
    struct Administrator {
        data: PathBuf,
        kills: Vec<Instant>,
        written: usize,
    }

    impl Administrator {
        fn act(&mut self, number: usize, pair: &mut Pair) {
            match number % ACTS {
                0 => both(pair, Server::graceful),
                1 => both(pair, refuse_configuration),
                2 => self.replace_data(),
                3 => both(pair, rotate_logs),
                4 => self.kill_a_child(pair),
                _ => both(pair, |server| {
                    let outcome = server.control("graceful");
                    outcome.exits(0);
                }),
            }
        }

        /// By rename, as editors and package managers do it.
        fn replace_data(&mut self) {
            self.written += 1;
            write_data(&self.data, self.written);
        }

        fn kill_a_child(&mut self, pair: &Pair) {
            let children = [&pair.jailed, &pair.free].map(|server| server.born().first().copied());
            self.kills.push(Instant::now());
            children.into_iter().flatten().for_each(|child| child.signal("KILL"));
        }
    }

    fn both(pair: &mut Pair, act: impl Fn(&mut Server)) {
        act(&mut pair.jailed);
        act(&mut pair.free);
    }

    /// The running server goes on with what it has.
    fn refuse_configuration(server: &mut Server) {
        server.edit_configuration(|text| text + "\nNoSuchDirective\n");
        server.control("graceful").fails();
        server.edit_configuration(|text| text.replace("\nNoSuchDirective\n", ""));
    }

    fn rotate_logs(server: &mut Server) {
        let log = server.site.sandbox.server.join("logs/access_log");
        if log.exists() {
            fs::rename(&log, log.with_extension("1")).expect("a rotated log");
        }
        server.graceful();
    }

    fn write_data(file: &std::path::Path, number: usize) {
        let draft = file.with_extension("draft");
        fs::write(&draft, format!("version {number}\n")).expect("a draft");
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o644)).expect("its mode");
        fs::rename(&draft, file).expect("the data");
    }

    /// No process of the run-as user has the host's root directory.
    fn is_anybody_outside(server: &Server, host: Identity) -> Option<String> {
        let is_outside = |one: &crate::harness::Process| {
            one.uids().iter().any(|uid| *uid != 0) && one.root() == Some(host)
        };
        let outside = server.all_processes().into_iter().find(is_outside);
        outside.map(|one| format!("{one:?} is outside: {}", one.command_line()))
    }

    fn time() -> Duration {
        match std::env::var("MOD_CHROOT_SOAK") {
            Ok(seconds) => Duration::from_secs(seconds.parse().expect("a number of seconds")),
            Err(_) => SHORT,
        }
    }

    /// A pair of servers and a file of the host that both read.
    fn scene(mpm: Mpm) -> (Pair, PathBuf) {
        let site = Site::new(mpm).with_host_paths().modules(if mpm.is_threaded() {
            &["http2"]
        } else {
            &[]
        });
        let lines = if mpm.is_threaded() { "Protocols h2c http/1.1" } else { "" };
        let site = site
            .config(&format!("{lines}\nCustomLog \"{{server}}/logs/access_log\" \"%r %>s\""))
            // A child that is killed.
            .allow_log("AH00052")
            .allow_log("AH00051")
            .allow_log("AH01215")
            // The program answers without reading what is uploaded.
            .allow_log("AH02651")
            .allow_log("CHR731");
        let folder = site.sandbox.server.join("shared");
        fs::create_dir(&folder).expect("a folder");
        let data = folder.join("data");
        write_data(&data, 0);
        let provide = format!("ChrootProvide \"{}\"", data.display());
        (Pair::start(site, &provide), data)
    }

    on_every_mpm! {
        fn a_jailed_server_stands_what_its_twin_stands(mpm: Mpm) {
            let (mut pair, data) = scene(mpm);
            let host = Identity::of("/".as_ref()).expect("the host's root");
            let (jailed, free) = (Traffic::new(), Traffic::new());
            let clients = [(requests(&pair.jailed, &data), &jailed), (requests(&pair.free, &data), &free)];
            let mut administrator = Administrator { data, kills: Vec::new(), written: 0 };
            let (before, outside) = thread::scope(|scope| {
                let all = clients.into_iter().flat_map(|(client, traffic)| {
                    client.into_iter().map(move |(name, request)| (name, request, traffic))
                });
                for (name, request, traffic) in all {
                    scope.spawn(move || traffic.send(name, request));
                }
                let seen = work(&mut administrator, &mut pair, host);
                [&jailed, &free].iter().for_each(|traffic| traffic.is_over.store(true, SeqCst));
                seen
            });
            assert_eq!(outside, None, "{}", pair.jailed.error_log());
            let kinds: Vec<_> = jailed.answers.lock().unwrap().keys().copied().collect();
            assert_eq!(kinds.len(), 5, "a client has no answer: {kinds:?}");
            let causes = [&jailed, &free].map(|traffic| traffic.unexplained(&administrator.kills));
            assert!(
                causes[0].len() <= causes[1].len(),
                "jailed: {:#?}\nwithout a jail: {:#?}\n{}",
                causes[0],
                causes[1],
                pair.jailed.error_log()
            );
            promise::everyone_is_jailed(&pair.jailed);
            nothing_grew(&mut pair, before);
            eprintln!("{}: jailed {:?}, without a jail {:?}", mpm.name(), jailed.answers, free.answers);
            pair.stop();
        }
    }

    /// The administrator's acts, until time is over: the counts after the first round, and the first process outside.
    fn work(
        administrator: &mut Administrator,
        pair: &mut Pair,
        host: Identity,
    ) -> ([ProcessCounts; 2], Option<String>) {
        let end = Instant::now() + time();
        let (mut before, mut outside) = (None, None);
        for number in 0.. {
            if number == ACTS {
                before = Some([&pair.jailed, &pair.free].map(ProcessCounts::of));
            }
            if Instant::now() > end && number > ACTS {
                break;
            }
            administrator.act(number, pair);
            for _ in 0..3 {
                outside = outside.or_else(|| is_anybody_outside(&pair.jailed, host));
                thread::sleep(Duration::from_millis(100));
            }
        }
        (before.expect("a round"), outside)
    }

    /// Descriptors, mappings, mounts and ended children of the parent are what they were, and its memory grew as the
    /// twin's did.
    fn nothing_grew(pair: &mut Pair, before: [ProcessCounts; 2]) {
        both(pair, Server::graceful);
        let after = [&pair.jailed, &pair.free].map(|server| {
            until("rest", || {
                let counts = ProcessCounts::of(server);
                (counts.zombies == 0).then_some(counts)
            })
        });
        let [grown, usual] =
            [0, 1].map(|at| after[at].resident.saturating_sub(before[at].resident));
        assert!(grown <= usual + ROOM, "{grown} KiB instead of {usual}: {before:?} {after:?}");
        assert_eq!(before[0].descriptors, after[0].descriptors, "{before:?} {after:?}");
        assert_eq!(before[0].module, after[0].module, "{before:?} {after:?}");
        assert!(after[0].mounts <= before[0].mounts + 5, "{before:?} {after:?}");
    }
}
