//! Promise 6 under stress: a view is whole, or there is no service; and where there can be none,
//! `on` says so and links, `view` refuses.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use crate::harness::{Mpm, Site, programs, promise};

    /// A site on which this system call is denied to httpd.
    fn denied(number: libc::c_long) -> Site {
        let filter = programs::shim("deny").display().to_string();
        Site::new(Mpm::Event)
            .through(&format!("env DENY={number} LD_PRELOAD=\"{filter}\""))
            .config("ChrootProvide none /usr/share/zoneinfo")
    }

    /// Neither served nor left anything behind; and it says what to do.
    fn is_refused_for(number: libc::c_long, id: &str) {
        let site = denied(number);
        let remedy = match id {
            "CHR702" => "set \"ChrootFixRoot link\"",
            _ => "SystemCallFilter=@mount",
        };
        site.refuses().says(id).says(remedy).fails();
        site.configtest().says(id).exits(1);
        let table = std::fs::read_to_string("/proc/self/mountinfo").expect("the mount table");
        assert!(!table.contains("mod_chroot"), "{table}");
        let left = std::fs::read_dir(&site.sandbox.jail).expect("the jail").count();
        assert_eq!(left, 1, "only htdocs in the jail");
    }

    #[test]
    fn nothing_is_served_if_the_views_file_system_cannot_be_opened() {
        is_refused_for(libc::SYS_fsopen, "CHR703");
    }

    #[test]
    fn nothing_is_served_if_the_views_file_system_cannot_be_made() {
        is_refused_for(libc::SYS_fsmount, "CHR703");
    }

    #[test]
    fn nothing_is_served_if_the_view_cannot_be_mounted() {
        is_refused_for(libc::SYS_move_mount, "CHR703");
    }

    #[test]
    fn nothing_is_served_if_the_jail_cannot_be_shown() {
        is_refused_for(libc::SYS_open_tree, "CHR704");
    }

    #[test]
    fn nothing_is_served_if_the_view_cannot_be_made_read_only() {
        is_refused_for(libc::SYS_mount_setattr, "CHR704");
    }

    #[test]
    fn nothing_is_served_if_the_way_to_something_cannot_be_made() {
        is_refused_for(libc::SYS_mkdirat, "CHR702");
    }

    /// A site on which this system call says that it succeeded, and does nothing; `before` is run first.
    fn lying(number: libc::c_long, before: &str) -> Site {
        let filter = programs::shim("deny").display().to_string();
        let words = format!("env DENY={number} DENY_WITH=0 LD_PRELOAD=\"{filter}\"");
        Site::new(Mpm::Event).through(&format!("sh -c '{before}exec \"$@\"' sh {words}"))
    }

    #[track_caller]
    fn is_seen(site: Site, words: &str) {
        site.refuses().says("CHR70").says(words).fails();
        site.configtest().says("CHR70").says(words).exits(1);
        let table = std::fs::read_to_string("/proc/self/mountinfo").expect("the mount table");
        assert!(!table.contains("mod_chroot"), "{table}");
    }

    /// Otherwise the view would be mounted for the whole host.
    #[test]
    fn a_namespace_that_was_not_left_is_seen() {
        is_seen(lying(libc::SYS_unshare, ""), "the mount namespace is still the host");
    }

    /// The same without procfs: its mounts have the same numbers.
    #[test]
    fn a_namespace_that_was_not_left_is_seen_without_procfs() {
        let site = lying(libc::SYS_unshare, "umount -l /proc; ");
        is_seen(site, "the mount namespace is still the host");
    }

    #[test]
    fn mounts_that_still_reach_the_host_are_seen() {
        let site = lying(libc::SYS_mount, "mount --make-rshared / && ");
        is_seen(site, "mounts would still propagate to the host");
    }

    /// It ends, and does not try for ever.
    #[test]
    fn an_earlier_view_that_stays_is_seen() {
        is_seen(lying(libc::SYS_umount2, ""), "umount2");
    }

    fn links_instead(number: libc::c_long) {
        let mut server = denied(number).start();
        server.expect_log("CHR903: ChrootFixRoot \"link\": in force, because a view needs");
        promise::everyone_is_jailed(&server);
        let inside = server.site.sandbox.jail.strip_prefix("/").expect("an absolute path");
        let link = server.site.sandbox.jail.join(inside);
        let up = inside.components().skip(1).map(|_| Path::new("..")).collect::<PathBuf>();
        assert_eq!(std::fs::read_link(&link).expect("the link"), up);
        assert_eq!(server.get("/index.html").body, "hello from inside");
        server.stop();
    }

    #[test]
    fn where_namespaces_are_denied_on_links_and_says_why() {
        links_instead(libc::SYS_unshare);
    }

    #[test]
    fn where_mounts_are_denied_on_links_and_says_why() {
        links_instead(libc::SYS_mount);
    }

    #[test]
    fn where_namespaces_are_denied_view_refuses() {
        let site = denied(libc::SYS_unshare).config("ChrootFixRoot view");
        site.refuses().says("CHR701").fails();
        site.configtest().says("CHR701").exits(1);
    }

    #[test]
    fn without_cap_sys_admin_view_refuses_and_on_links() {
        let fewer = "setpriv --bounding-set -sys_admin --inh-caps -sys_admin";
        let site = Site::new(Mpm::Event).config("ChrootFixRoot view").through(fewer);
        site.refuses().says("CHR701").fails();
        let mut server = Site::new(Mpm::Event).through(fewer).start();
        server.expect_log("CHR903: ChrootFixRoot \"link\"");
        promise::everyone_is_jailed(&server);
        server.stop();
    }
}
