//! A server and its twin without a jail under the same traffic, while an administrator works on both: they are restarted,
//! reloaded with a changed configuration and with wrong ones, their logs are rotated, children are killed, a file that they
//! provide is replaced, a service on a Unix socket is restarted. Not more requests fail in the jail than without one, no
//! process is outside at any moment, and nothing grows.
//!
//! `MOD_CHROOT_SOAK` is the number of seconds; without it some rounds are played. `tools/soak` plays for half an hour.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::harness::client::{ask, get};
    use crate::harness::pair::Pair;
    use crate::harness::process_counts::ProcessCounts;
    use crate::harness::{Identity, Mpm, Server, Site, on_every_mpm, promise, until};
    use crate::soak_services::{Services, ask_echo};

    /// Without `MOD_CHROOT_SOAK`: every act of the administrator several times.
    const SHORT: Duration = Duration::from_secs(30);
    /// Growth of the parent's memory beyond that of the twin's, in KiB. The follower of host paths keeps some state.
    const ROOM: u64 = 1024;

    /// Kinds of acts.
    const ACTS: usize = 7;
    /// Lines with which no server starts.
    const WRONG: [&str; 3] = ["NoSuchDirective", "ChrootDir \"/no/such/folder\"", "<Directory />"];

    /// Beginning and end of a request, or of an act that ends requests: a child is killed, or the service is restarted.
    type Period = (Instant, Instant);
    /// A failed request: when, of which client, and why.
    type Failure = (Period, &'static str, String);

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
                let begin = Instant::now();
                let result = request();
                self.record(client, (begin, Instant::now()), result);
                thread::sleep(Duration::from_millis(20));
            }
        }

        fn record(&self, client: &'static str, period: Period, result: Result<(), String>) {
            match result {
                Ok(()) => *self.answers.lock().unwrap().entry(client).or_default() += 1,
                Err(cause) => self.failures.lock().unwrap().push((period, client, cause)),
            }
        }

        /// Failures of requests during which no child was killed and no service restarted, as words.
        fn unexplained(&self, ends: &[Period]) -> Vec<String> {
            let is_excused =
                |(begin, end): Period| ends.iter().any(|act| begin <= act.1 && act.0 <= end);
            let failures = self.failures.lock().unwrap();
            let left = failures.iter().filter(|(period, ..)| !is_excused(*period));
            left.map(|(_, client, cause)| format!("{client}: {cause}")).collect()
        }

        fn describe(&self, unexplained: &[String]) -> String {
            let answers = self.answers.lock().unwrap();
            let failures = self.failures.lock().unwrap().len();
            format!("{answers:?}; {failures} failures, {} not explained", unexplained.len())
        }
    }

    /// Ends the clients of both servers when it is dropped, so also after an assertion that fails.
    struct EndOfTraffic<'a>([&'a Traffic; 2]);

    impl Drop for EndOfTraffic<'_> {
        fn drop(&mut self) {
            self.0.iter().for_each(|traffic| traffic.is_over.store(true, SeqCst));
        }
    }

    /// The clients of `server`, each with its name and its request.
    fn requests(server: &Server, data: &Path) -> Vec<(&'static str, Request)> {
        let port = server.site.sandbox.port.number;
        let read = read_of(data);
        let upload = vec![b'u'; 300_000];
        let mut all: Vec<(&'static str, Request)> = vec![
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
            ("http2", Box::new(move || fetch(&["--http2"], &format!("http://127.0.0.1:{port}")))),
            ("tls", Box::new(move || fetch(&["--insecure"], &format!("https://127.0.0.2:{port}")))),
            ("web socket", Box::new(move || ask_echo(port))),
            ("service", Box::new(move || answers(port, &get("/service/x"), "from the service"))),
        ];
        if server.site.mpm == Mpm::Prefork {
            let page: Request = Box::new(move || answers(port, &get("/page.php"), "PHP "));
            all.push(("php", page));
        }
        all
    }

    type Request = Box<dyn Fn() -> Result<(), String> + Send>;

    fn answers(port: u16, ask: &crate::harness::client::Ask, words: &str) -> Result<(), String> {
        let answer = ask.at(port)?;
        if answer.status == 200 && answer.body.contains(words) {
            return Ok(());
        }
        Err(format!("{} {:?}", answer.status, answer.body))
    }

    /// The page, by curl. Prefork answers HTTP/2 with HTTP/1.1.
    fn fetch(options: &[&str], base: &str) -> Result<(), String> {
        let mut curl = Command::new("curl");
        curl.args(["-q", "--silent", "--show-error", "--max-time", "20"]).args(options);
        let output = curl.arg(format!("{base}/index.html")).output().expect("curl");
        let body = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && body.contains("hello from inside") {
            return Ok(());
        }
        Err(format!("{body}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Acts of an administrator, on both servers in turn.
    struct Administrator {
        data: PathBuf,
        services: Services,
        ends: Vec<Period>,
        rounds: usize,
    }

    impl Administrator {
        fn act(&mut self, number: usize, pair: &mut Pair) {
            self.rounds = number / ACTS;
            match number % ACTS {
                0 => both(pair, Server::graceful),
                1 => both(pair, |server| refuse_configuration(server, self.rounds)),
                2 => self.replace_data(pair),
                3 => both(pair, rotate_logs),
                4 => self.kill_a_child(pair),
                5 => {
                    let begin = Instant::now();
                    self.services.restart();
                    self.ends.push((begin, Instant::now()));
                }
                _ => both(pair, |server| change_configuration(server, self.rounds)),
            }
        }

        /// By rename, as editors and package managers do it. The one of the last round was seen meanwhile.
        fn replace_data(&mut self, pair: &Pair) {
            for server in [&pair.jailed, &pair.free] {
                let answer = get(&read_of(&self.data)).of(server);
                let version = format!("version {}\n", self.rounds);
                assert!(answer.body.contains(&version), "not {version}: {answer:?}");
            }
            write_data(&self.data, self.rounds + 1);
        }

        /// Another one each time.
        fn kill_a_child(&mut self, pair: &Pair) {
            let children = [&pair.jailed, &pair.free].map(|server| {
                let all = server.born();
                all[self.rounds % all.len()]
            });
            let begin = Instant::now();
            children.iter().for_each(|child| child.signal("KILL"));
            let is_over = || children.iter().all(|child| !child.is_alive()).then_some(());
            until("the end of killed children", is_over);
            self.ends.push((begin, Instant::now()));
        }
    }

    fn both(pair: &mut Pair, act: impl Fn(&mut Server)) {
        act(&mut pair.jailed);
        act(&mut pair.free);
    }

    /// The running server continues with what it has.
    fn refuse_configuration(server: &mut Server, round: usize) {
        let wrong = format!("\n{}\n", WRONG[round % WRONG.len()]);
        server.edit_configuration(|text| text + &wrong);
        server.control("graceful").fails();
        server.edit_configuration(|text| text.replace(&wrong, ""));
    }

    /// The line has an effect as soon as the server has read it.
    fn change_configuration(server: &mut Server, round: usize) {
        let [old, new] = [round, round + 1].map(|round| format!("Redirect gone /round-{round}\n"));
        server.edit_configuration(|text| text.replace(&old, &new));
        server.control("graceful").exits(0);
        let page = get(&format!("/round-{}", round + 1));
        let port = server.site.sandbox.port.number;
        let has_read = || page.at(port).is_ok_and(|answer| answer.status == 410);
        until("the changed configuration", || has_read().then_some(()));
    }

    fn rotate_logs(server: &mut Server) {
        let log = server.site.sandbox.server.join("logs/access_log");
        fs::rename(&log, log.with_extension("1")).expect("a rotated log");
        server.graceful();
        let is_written = || fs::metadata(&log).is_ok_and(|new| new.len() > 0).then_some(());
        until("a line in the new log", is_written);
    }

    fn read_of(data: &Path) -> String {
        format!("/cgi-bin/inside?read={}", data.display())
    }

    fn write_data(file: &Path, number: usize) {
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
    fn scene(mpm: Mpm) -> (Pair, PathBuf, Services) {
        let site = Site::new(mpm).with_host_paths();
        // Room for every client, and for children that still serve when the server is restarted.
        let site = if mpm.is_threaded() {
            let site = site.modules(&["http2"]).config("Protocols h2c http/1.1");
            site.config("ServerLimit 12\nMaxRequestWorkers 48")
        } else {
            site.config("ServerLimit 30\nMaxRequestWorkers 30")
        };
        let site = site
            .config("CustomLog \"{server}/logs/access_log\" \"%r %>s\"")
            .config("Redirect gone /round-0")
            // A child that is killed.
            .allow_log("AH00052")
            .allow_log("AH00051")
            .allow_log("AH01215")
            // The program answers without reading what is uploaded.
            .allow_log("AH02651")
            .allow_log("CHR731")
            // On a very busy machine: a process that follows the host is slow to end, and httpd finds it later.
            .allow_log("a child process waits in the kernel")
            .allow_log("AH00291")
            // The certificate, and the service while it is restarted.
            .allow_log("AH01906")
            .allow_log("AH01873")
            .allow_log("AH00898")
            .allow_log("AH02454")
            .allow_log("AH00957")
            .allow_log("AH00959")
            .allow_log("AH01114")
            .allow_log("AH01102")
            .allow_log("AH01110");
        let services = Services::start(&site.sandbox.server.join("service"));
        let site = services.add_to(site);
        let folder = site.sandbox.server.join("shared");
        fs::create_dir(&folder).expect("a folder");
        let data = folder.join("data");
        write_data(&data, 0);
        let provide = format!("ChrootProvide \"{}\"", data.display());
        (Pair::start(site, &provide), data, services)
    }

    on_every_mpm! {
        fn a_jailed_server_stands_what_its_twin_stands(mpm: Mpm) {
            let (mut pair, data, services) = scene(mpm);
            let host = Identity::of("/".as_ref()).expect("the host's root");
            let (jailed, free) = (Traffic::new(), Traffic::new());
            let clients = [(requests(&pair.jailed, &data), &jailed), (requests(&pair.free, &data), &free)];
            let mut administrator = Administrator { data, services, ends: Vec::new(), rounds: 0 };
            let expected = clients[0].0.len();
            let (before, outside) = thread::scope(|scope| {
                let all = clients.into_iter().flat_map(|(client, traffic)| {
                    client.into_iter().map(move |(name, request)| (name, request, traffic))
                });
                for (name, request, traffic) in all {
                    scope.spawn(move || traffic.send(name, request));
                }
                let _end = EndOfTraffic([&jailed, &free]);
                work(&mut administrator, &mut pair, host)
            });
            assert_eq!(outside, None, "{}", pair.jailed.error_log());
            let kinds: Vec<_> = jailed.answers.lock().unwrap().keys().copied().collect();
            assert_eq!(kinds.len(), expected, "a client has no answer: {kinds:?}");
            let causes = [&jailed, &free].map(|traffic| traffic.unexplained(&administrator.ends));
            assert!(
                causes[0].len() <= causes[1].len(),
                "jailed: {:#?}\nwithout a jail: {:#?}\n{}",
                causes[0],
                causes[1],
                pair.jailed.error_log()
            );
            promise::everyone_is_jailed(&pair.jailed);
            let grown = nothing_grew(&mut pair, before);
            eprintln!("{}, {} rounds of acts", mpm.name(), administrator.rounds + 1);
            let places = [("in the jail", &jailed), ("without a jail", &free)];
            for ((name, traffic), (causes, grown)) in places.iter().zip(causes.iter().zip(grown)) {
                eprintln!("{name}: {}; {} KiB more", traffic.describe(causes), grown);
            }
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
    /// twin's did: by so many KiB.
    fn nothing_grew(pair: &mut Pair, before: [ProcessCounts; 2]) -> [u64; 2] {
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
        [grown, usual]
    }
}
