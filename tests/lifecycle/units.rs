//! A service manager may take rights from httpd that root has elsewhere, and configtest in a shell does not see it.
//! What is left is enough for the jail, or the start is refused with what to give back.

#[cfg(test)]
mod tests {
    use crate::harness::{Mpm, Server, Site, on_every_mpm, promise};

    /// Start with what `CapabilityBoundingSet=` of Gentoo's apache2.service leaves, and `more`.
    fn in_gentoos_unit(mpm: Mpm, more: &str) -> Site {
        let left =
            "+chown,+setgid,+setuid,+dac_override,+kill,+net_bind_service,+ipc_lock".to_owned();
        Site::new(mpm).through(&format!("setpriv --bounding-set=-all,{left}{more}"))
    }

    #[track_caller]
    fn serves_from_inside(server: &Server) {
        promise::for_everyone(server, |process| promise::is_inside(server, process));
        assert_eq!(server.get("/index.html").body, "hello from inside");
    }

    on_every_mpm! {
        fn a_service_that_may_not_enter_is_refused_and_told_what_to_give_back(mpm: Mpm) {
            let site = in_gentoos_unit(mpm, "");
            for outcome in [site.configtest(), site.refuses()] {
                outcome.fails().says("CHR894").says("CapabilityBoundingSet of the service's unit");
            }
        }

        fn the_right_to_chroot_is_enough_for_a_jail_with_a_link(mpm: Mpm) {
            let mut server = in_gentoos_unit(mpm, ",+sys_chroot").start();
            server.expect_log("CHR903: ChrootFixRoot \"link\"");
            server.expect_log("absent: empty capability bounding set");
            serves_from_inside(&server);
            server.stop();
        }

        fn with_what_the_manual_says_to_add_nothing_is_missing(mpm: Mpm) {
            let mut server = in_gentoos_unit(mpm, ",+sys_chroot,+sys_admin,+setpcap").start();
            server.expect_log("CHR903: ChrootFixRoot \"view\"");
            promise::everyone_is_jailed(&server);
            serves_from_inside(&server);
            server.stop();
        }
    }
}
