//! Promise 12: nothing stays open in a child that leads out of its jail, whatever kind of thing it is. What may stay
//! open is a list of kinds, and a list of descriptors that is not complete is refused.

#[cfg(test)]
mod tests {
    use crate::attacks::{Carrier, module, started_by};
    use crate::harness::{Mpm, Process, Server, Site, fixtures, on_every_mpm, promise};
    use std::collections::BTreeSet;
    use std::path::Path;

    const LEADING: std::ops::RangeInclusive<u32> = 98..=119;
    const TERMINAL: u32 = 120;
    const HARMLESS: std::ops::RangeInclusive<u32> = 150..=161;

    fn open_in(process: Process) -> BTreeSet<u32> {
        let folder = std::fs::read_dir(process.path("fd"));
        let names = folder.into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).collect()
    }

    /// What the module has opened is open in the parent, and what leads somewhere is not in this process.
    #[track_caller]
    fn holds_only_harmless(server: &Server, process: Process) {
        let (parent, open) = (open_in(server.parent()), open_in(process));
        let leading: Vec<_> = LEADING.filter(|fd| parent.contains(fd)).collect();
        assert!(leading.len() >= 14, "too few to prove anything: {leading:?}");
        // Their numbers are not free: a module that still writes to one must not write to a connection.
        let link = |fd: &u32| process.path(&format!("fd/{fd}")).read_link().unwrap_or_default();
        let left: Vec<_> = leading.iter().filter(|fd| link(fd) != Path::new("/dev/null")).collect();
        assert!(left.is_empty(), "{process:?} holds {left:?}\n{}", server.error_log());
        let gone: Vec<_> =
            HARMLESS.filter(|fd| parent.contains(fd) && !open.contains(fd)).collect();
        assert!(gone.is_empty(), "{process:?} has lost {gone:?}\n{}", server.error_log());
        let terminal = process.path(&format!("fd/{TERMINAL}")).read_link().unwrap_or_default();
        assert_eq!(terminal, Path::new("/dev/null"), "{process:?}");
    }

    on_every_mpm! {
        fn what_leads_out_is_closed_and_the_rest_is_left_alone(mpm: Mpm) {
            let site = Site::new(mpm).config(&module("hold")).config("LogLevel chroot:info");
            let site = site.allow_log("CHR308");
            let mut server = site.start();
            for _ in 0..2 {
                server.children().into_iter().for_each(|child| holds_only_harmless(&server, child));
                assert_eq!(server.get("/index.html").body, "hello from inside");
                server.graceful();
            }
            let log = server.error_log();
            let line = log.lines().find(|line| line.contains("CHR308")).expect("the message");
            // It may be a log.
            let is_warning = line.contains("[chroot:warn]");
            assert_eq!(is_warning, line.contains("98 (a file of an unknown file system"), "{line}");
            for kind in
                ["99 (a message queue)", "100 (a directory)", "103 (a namespace)", "109 (a raw socket)"]
            {
                assert!(line.contains(kind), "no {kind} in {line}");
            }
            server.stop();
        }
    }

    /// They start programs, which inherit what they hold.
    #[test]
    fn daemons_hold_as_little() {
        let server =
            fixtures::with_cgi(Mpm::Event).config(&module("hold")).allow_log("CHR308").start();
        let daemon = promise::named_by(&server.get("/cgi-bin/witness"), "ppid");
        holds_only_harmless(&server, daemon);
        server.stop();
        let server =
            fixtures::with_fcgid(Mpm::Worker).config(&module("hold")).allow_log("CHR308").start();
        let reply = server.get("/app/witness");
        holds_only_harmless(&server, promise::named_by(&reply, "ppid"));
        server.stop();
    }

    /// A site that is started by these lines, in a mount namespace of its own.
    fn after(carrier: Carrier, lines: &str) -> Site {
        let site = carrier.scene("auto").config("ChrootPreflight off");
        let inner = started_by(&site, &site.sandbox.fill(lines));
        let words =
            format!("unshare --mount --propagation private \"{}\"", inner.program.display());
        // The launcher's own program follows as the first argument, and is not used.
        site.through(&format!("sh -c 'shift; exec {words} \"$@\"' sh"))
    }

    #[track_caller]
    fn no_directory_is_found(site: Site) {
        let server = site.start();
        let other = std::fs::read_to_string(server.site.sandbox.server.join("other"));
        let reply = Carrier::Cgi.ask(&server, "inherited_directory");
        assert_eq!(reply.value("answer"), "shut", "{reply:?}\n{}", server.error_log());
        assert!(reply.value("reason").contains("no open directory"), "{reply:?}");
        server.stop();
        if let Some(pid) = other.ok().and_then(|pid| pid.trim().parse().ok()) {
            Process { pid }.signal("KILL");
        }
    }

    const LEAK: &str = "bash -c 'exec 900</; ulimit -n 512; exec \"$@\"' bash HTTPD \"$@\"";

    #[test]
    fn without_procfs_a_directory_above_the_limit_is_closed() {
        no_directory_is_found(after(Carrier::Cgi, &format!("umount -l /proc\nexec {LEAK}")));
    }

    /// The processes of another namespace are all that this procfs shows.
    #[test]
    fn a_procfs_in_which_the_server_is_not_changes_nothing() {
        let inner =
            "unshare --pid --fork --kill-child sh -c \"mount -t proc proc /proc; exec sleep 60\"";
        let other = format!("setsid --fork sh -c 'echo $$ >{{server}}/other; exec {inner}'");
        let wait = "for i in $(seq 100); do [ -e /proc/self ] || break; sleep 0.1; done";
        let lines = format!("{other}\n{wait}\n[ ! -e /proc/self ] || exit 9\nexec {LEAK}");
        no_directory_is_found(after(Carrier::Cgi, &lines));
    }

    #[test]
    fn without_procfs_and_without_close_range_nothing_is_served() {
        let deny = crate::harness::programs::shim("deny");
        let deny = format!("DENY={} LD_PRELOAD={}", libc::SYS_close_range, deny.display());
        let lines = format!("umount -l /proc\nexec env {deny} {LEAK}");
        // Already the first process that tries something refuses to begin with descriptors that it cannot close.
        after(Carrier::Cgi, &lines).refuses().says("CHR728: ").says("no process could look");
    }

    /// A folder with the right name is no list.
    #[test]
    fn a_folder_that_passes_for_procfs_is_refused() {
        let lines = format!("mount -t tmpfs none /proc\nmkdir -p /proc/self/fd\nexec {LEAK}");
        after(Carrier::Cgi, &lines).refuses().says("CHR403: ").says("tmpfs, not procfs");
    }
}
