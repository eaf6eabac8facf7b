//! A file server that does not answer keeps nobody waiting: neither a start, if it is none of the server's business, nor the parent
//! that follows the host.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::launch::program;
    use crate::harness::poll::until;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::tools::{Host, ask_program};
    use crate::harness::{Mpm, Server, Site};

    fn replace(path: &Path, make: impl FnOnce(&Path)) {
        let draft = path.with_extension("draft");
        make(&draft);
        fs::rename(draft, path).expect("a rename");
    }

    fn read(server: &Server, name: &str) -> String {
        let path = server.site.sandbox.base.join(name);
        ask_program(server, &format!("read={}", path.display())).body
    }

    /// One path must not delay the others.
    #[test]
    fn other_paths_are_followed_while_one_leads_to_a_file_server_that_does_not_answer() {
        require(Capability::SysAdmin);
        let site = Site::new(Mpm::Event)
            .with_host_paths()
            .config("ChrootProvide \"{base}/one\" \"{base}/two\"");
        let at = |name: &str| site.sandbox.base.join(name);
        let (one, two, far) = (at("one"), at("two"), at("far"));
        fs::create_dir(&far).expect("a folder");
        fs::write(&one, "the first").expect("a file");
        fs::write(&two, "the first").expect("a file");
        let mut server = site.with_silence(&far, 0, 120).start();
        replace(&one, |draft| symlink(far.join("file"), draft).expect("a link"));
        replace(&two, |draft| fs::write(draft, "the second").expect("a file"));
        until("the second", || read(&server, "two").contains("the second").then_some(()));
        server.expect_log("CHR733: ChrootDir");
        assert!(server.log_count("leads to a file system that may not answer") > 0);
        get("/").of(&server).is(200, &server);
        server.stop();
    }

    /// Each file system is asked by itself: the later paths lie on another one, which is asked after it.
    #[test]
    fn a_file_server_that_is_mounted_late_delays_other_paths_for_seconds_only() {
        require(Capability::SysAdmin);
        let site = Site::new(Mpm::Event)
            .with_host_paths()
            .after("mount -t tmpfs none \"{base}/own\"\necho the first >\"{base}/own/three\"")
            .on_a_host()
            .config("ChrootProvide \"{base}/far/data\" \"{base}/own/three\" \"{base}/two\"");
        let at = |name: &str| site.sandbox.base.join(name);
        ["far", "own"].into_iter().for_each(|it| fs::create_dir(at(it)).expect("a folder"));
        ["far/data", "two"]
            .into_iter()
            .for_each(|it| fs::write(at(it), "the first").expect("a file"));
        let deaf = program(&site, "deaf_fuse");
        let mut server = site.start();
        let (host, base) = (Host::of(&server), server.site.sandbox.base.clone());
        host.shell(&format!("DEAF_HERE=1 {} {}/far 60 /bin/true", deaf.display(), base.display()));
        replace(&base.join("two"), |draft| fs::write(draft, "the second").expect("a file"));
        let own = base.join("own");
        host.shell(&format!("cd {}; echo the second >draft; mv draft three", own.display()));
        for name in ["two", "own/three"] {
            until(name, || read(&server, name).contains("the second").then_some(()));
        }
        server.expect_log("CHR733: ChrootDir");
        assert_eq!(server.log_count("leads to a file system that may not answer"), 1);
        drop(host);
        server.stop();
    }

    #[test]
    fn a_start_asks_no_file_server_that_is_mounted_at_the_top_of_the_host() {
        require(Capability::SysAdmin);
        let site = Site::new(Mpm::Event).with_host_paths();
        let server = site.with_silence(Path::new("/mnt"), 0, 120).start();
        let listed = ask_program(&server, "list=/").body;
        assert!(listed.lines().any(|line| line == "mnt"), "{listed}");
        server.stop();
    }
}
