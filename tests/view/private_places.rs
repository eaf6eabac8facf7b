//! Sockets and folders below `/tmp` that the configuration names are shown in the private `/tmp` at the same path. Everybody
//! can make files in the `/tmp` of the host, and children in their own: neither decides what is shown, or keeps it away.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::JoinHandle;
    use std::time::Duration;

    use crate::harness::client::get;
    use crate::harness::poll::until;
    use crate::harness::tools::{ask_program, inside};
    use crate::harness::{Mpm, Server, Site, on_every_mpm, programs};

    const PROXY: &str = "ProxyPass /first \"unix:/tmp/first.sock|http://first/\" retry=0\n\
        ProxyPass /late \"unix:/tmp/late.sock|http://late/\" retry=0\n\
        ProxyPass /deep \"unix:/var/tmp/app/deep.sock|http://deep/\" retry=0";

    /// A site on a host whose `/tmp` is the folder `tmp` of the sandbox, and `/var/tmp` the folder `var-tmp`.
    fn site(mpm: Mpm) -> Site {
        with_own_tmp(Site::new(mpm).with_host_paths())
    }

    fn with_own_tmp(site: Site) -> Site {
        for name in ["tmp", "var-tmp"] {
            let folder = site.sandbox.base.join(name);
            fs::create_dir(&folder).expect("a folder");
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).expect("a mode");
        }
        site.after("mount --bind {base}/tmp /tmp; mount --bind {base}/var-tmp /var/tmp")
            .config("LogLevel chroot:info")
    }

    fn proxy(mpm: Mpm) -> Site {
        site(mpm).modules(&["proxy", "proxy_http"]).config(PROXY)
    }

    /// A service with a socket, which answers each request with the same text.
    struct Service {
        socket: PathBuf,
        has_ended: Arc<AtomicBool>,
        thread: Option<JoinHandle<()>>,
    }

    impl Service {
        fn start(socket: PathBuf, text: &'static str) -> Service {
            let listener = UnixListener::bind(&socket).expect("a socket");
            fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).expect("a mode");
            chown(&socket, Some(4711), None).expect("an owner");
            listener.set_nonblocking(true).expect("a socket that does not wait");
            let has_ended = Arc::new(AtomicBool::new(false));
            let ends = Arc::clone(&has_ended);
            let answer = move || answer_until(&ends, &listener, text);
            Service { socket, has_ended, thread: Some(std::thread::spawn(answer)) }
        }
    }

    fn answer_until(ends: &AtomicBool, listener: &UnixListener, text: &str) {
        while !ends.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => answer(stream, text),
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn answer(mut stream: UnixStream, text: &str) {
        stream.set_nonblocking(false).expect("a connection that waits");
        let _ = stream.read(&mut [0; 4096]);
        let length = text.len();
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
        );
    }

    /// The socket goes, as it does when a service is stopped.
    impl Drop for Service {
        fn drop(&mut self) {
            self.has_ended.store(true, Ordering::Relaxed);
            self.thread.take().map(JoinHandle::join);
            let _ = fs::remove_file(&self.socket);
        }
    }

    fn in_tmp(server: &Server, name: &str) -> PathBuf {
        server.site.sandbox.base.join("tmp").join(name)
    }

    fn names(server: &Server, folder: &str) -> Vec<String> {
        let answer = ask_program(server, &format!("list={folder}"));
        answer.body.lines().filter(|line| !line.contains('=')).map(str::to_owned).collect()
    }

    #[track_caller]
    fn soon_answers(server: &Server, path: &str, text: &str) {
        until(text, || get(path).of(server).body.contains(text).then_some(()));
    }

    on_every_mpm! {
        fn a_socket_in_tmp_answers_when_it_is_there_made_anew_or_late(mpm: Mpm) {
            let site = proxy(mpm).expect_log("CHR743");
            let base = site.sandbox.base.clone();
            fs::create_dir(base.join("var-tmp/app")).expect("a folder");
            fs::write(base.join("tmp/of-others"), "not for the jail").expect("a file");
            let first = Service::start(base.join("tmp/first.sock"), "from the first");
            let deep = Service::start(base.join("var-tmp/app/deep.sock"), "from the deep");
            let mut server = site.start();
            server.allow_log("AH");
            assert_eq!(get("/first").of(&server).is(200, &server).body, "from the first");
            assert_eq!(get("/deep").of(&server).is(200, &server).body, "from the deep");
            assert_eq!(names(&server, "/tmp"), ["app", "first.sock"], "nothing else of the host");
            let own = server.children();
            drop(first);
            let _first = Service::start(base.join("tmp/first.sock"), "from the second");
            let late = Service::start(base.join("tmp/late.sock"), "from the late");
            soon_answers(&server, "/first", "from the second");
            soon_answers(&server, "/late", "from the late");
            assert!(own.iter().all(|child| child.is_alive()), "the same children");
            server.graceful();
            assert_eq!(get("/late").of(&server).is(200, &server).body, "from the late");
            drop((late, deep));
            until("the sockets to go", || {
                let gone = !names(&server, "/tmp").contains(&"late.sock".to_owned());
                (gone && names(&server, "/var/tmp/app").is_empty()).then_some(())
            });
            server.stop();
        }
    }

    /// The dump, the status page and the children agree.
    #[test]
    fn the_dump_and_the_status_page_list_what_is_shown_in_tmp() {
        let page = "<Location /state>\nSetHandler server-status\n</Location>";
        let site = proxy(Mpm::Event).modules(&["status"]).config(page).expect_log("CHR743");
        let _service = Service::start(site.sandbox.base.join("tmp/first.sock"), "from the first");
        let dump = site.dump();
        dump.says("/tmp/first.sock (read-only, sockets)").says("/tmp (private, tmp)").exits(0);
        site.configtest().does_not_say("/tmp/first.sock\" does not").exits(0);
        let server = site.start();
        let status = get("/state?auto").of(&server).is(200, &server).body;
        assert!(status.contains("/tmp/first.sock (read-only)"), "{status}");
        assert_eq!(get("/first").of(&server).is(200, &server).body, "from the first");
        server.stop();
    }

    /// A child could leave files where a socket will be, to keep it away or to answer in its name.
    #[test]
    fn a_child_can_neither_take_the_place_of_a_socket_nor_remove_one() {
        let site = proxy(Mpm::Event).expect_log("CHR743");
        let base = site.sandbox.base.clone();
        let _first = Service::start(base.join("tmp/first.sock"), "from the first");
        let mut server = site.start();
        server.allow_log("AH");
        assert_eq!(ask_program(&server, "mkdir=/tmp/late.sock").value("mkdir"), "done");
        assert_eq!(ask_program(&server, "write=/tmp/late.sock/file").value("write"), "done");
        assert_ne!(ask_program(&server, "remove=/tmp/first.sock").value("remove"), "done");
        let _late = Service::start(base.join("tmp/late.sock"), "from the late");
        soon_answers(&server, "/late", "from the late");
        let aside = names(&server, "/tmp").into_iter().find(|name| name.contains("-aside-"));
        let aside = aside.expect("what the child has made");
        assert_eq!(names(&server, &format!("/tmp/{aside}")), ["file"]);
        server.graceful();
        assert_ne!(ask_program(&server, "remove=/tmp/late.sock").value("remove"), "done");
        assert_eq!(get("/late").of(&server).is(200, &server).body, "from the late");
        server.stop();
    }

    #[test]
    fn the_place_of_a_path_that_is_not_provided_any_more_is_free_again() {
        let site =
            site(Mpm::Event).config("ChrootProvide /tmp/list /tmp/deep/list").expect_log("CHR743");
        let base = site.sandbox.base.clone();
        fs::create_dir(base.join("tmp/deep")).expect("a folder");
        for name in ["tmp/list", "tmp/deep/list"] {
            fs::write(base.join(name), "of the host").expect("a file");
        }
        let mut server = site.start();
        for path in ["/tmp/list", "/tmp/deep/list"] {
            assert!(ask_program(&server, &format!("read={path}")).body.contains("of the host"));
            assert_eq!(
                ask_program(&server, &format!("write={path}")).value("write"),
                "Read-only file system"
            );
        }
        assert_eq!(ask_program(&server, "write=/tmp/deep/own").value("write"), "Permission denied");
        server
            .edit_configuration(|text| text.replace("ChrootProvide /tmp/list /tmp/deep/list", ""));
        server.graceful();
        assert_eq!(names(&server, "/tmp"), [""; 0]);
        assert_eq!(ask_program(&server, "write=/tmp/list").value("write"), "done");
        assert_eq!(fs::read_to_string(base.join("tmp/list")).expect("it"), "of the host");
        server.stop();
    }

    /// Any user of the host may make the name first.
    #[test]
    fn nothing_that_another_user_has_put_in_tmp_leads_elsewhere() {
        let site = site(Mpm::Event).config("ChrootProvide /tmp/data \"rw:/tmp/store\"");
        let base = site.sandbox.base.clone();
        fs::write(base.join("private"), "of others").expect("a file");
        symlink(base.join("private"), base.join("tmp/data")).expect("a link");
        lchown(base.join("tmp/data"), Some(4711), None).expect("an owner");
        fs::create_dir(base.join("tmp/store")).expect("a folder");
        chown(base.join("tmp/store"), Some(4711), None).expect("an owner");
        site.configtest()
            .says("CHR742: ChrootProvide")
            .says("symbolic link \"/tmp/data\" of uid 4711");
        let mut server = site.expect_log("CHR742").start();
        assert_eq!(names(&server, "/tmp"), [""; 0]);
        let data = in_tmp(&server, "data");
        let replace = |make: &dyn Fn(&Path)| {
            fs::remove_file(&data).expect("it goes");
            make(&data);
        };
        let read = |server: &Server| ask_program(server, "read=/tmp/data").body;
        replace(&|data| fs::write(data, "harmless").expect("a file"));
        until("the file", || read(&server).contains("harmless").then_some(()));
        replace(&|data| fs::hard_link(base.join("private"), data).expect("another name"));
        server.expect_log("CHR733: ChrootDir");
        until("the message", || (server.log_count("it has 2 names") > 0).then_some(()));
        assert!(!read(&server).contains("of others"));
        server.graceful();
        assert!(!read(&server).contains("of others"));
        fs::set_permissions(base.join("tmp"), fs::Permissions::from_mode(0o777)).expect("a mode");
        replace(&|data| fs::write(data, "harmless").expect("a file"));
        server.graceful();
        assert!(server.log_count("chmod o+t") > 0);
        assert_eq!(names(&server, "/tmp"), [""; 0]);
        server.stop();
    }

    on_every_mpm! {
        /// mod_cgid's socket is root's work, before the daemon enters; mod_fcgid's programs make theirs inside.
        fn sockets_of_httpds_own_daemons_may_be_in_tmp(mpm: Mpm) {
            let site = Site::new(mpm).modules(&["alias", "cgid", "fcgid"]).document_root("{jail}/htdocs");
            let site = site.program("cgi-bin/inside", inside()).program("app/witness", programs::fastcgi());
            let site = with_own_tmp(site).config(
                "ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"\nScriptSock /tmp/cgisock\nFcgidIPCDir /tmp/ipc\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"\n\
                 Alias /app/ \"{jail}/app/\"\n\
                 <Directory \"{jail}/app\">\nOptions +ExecCGI\nSetHandler fcgid-script\n</Directory>",
            );
            let mut server = site.start();
            for _ in 0..2 {
                get("/app/witness").of(&server).is(200, &server);
                let found = names(&server, "/tmp");
                assert!(found.iter().any(|name| name.starts_with("cgisock.")), "{found:?}");
                assert!(found.contains(&"ipc".to_owned()), "{found:?}");
                server.graceful();
            }
            server.stop();
        }
    }
}
