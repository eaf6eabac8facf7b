//! File systems that do not answer, at places that nothing has probed, or where something else was when it was probed.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{chown, symlink};
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

    use crate::harness::identity::UID;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, Outcome, Site};

    /// Runs httpd in a mount namespace with a file server at `far`, a program of `user`, that does not answer for a minute.
    fn with_silence(site: Site, far: &Path, user: u32) -> Site {
        require(Capability::SysAdmin);
        site.with_silence(far, user, 60)
    }

    /// The first probe may take ten seconds.
    #[track_caller]
    fn quickly(site: &Site) -> Outcome {
        let begin = Instant::now();
        let outcome = site.configtest();
        assert!(begin.elapsed() < Duration::from_secs(50), "{:?}: {outcome:?}", begin.elapsed());
        outcome
    }

    fn exchange_until(is_over: &AtomicBool, one: &Path, other: &Path) {
        while !is_over.load(Ordering::Relaxed) {
            let flags = RenameFlags::RENAME_EXCHANGE;
            renameat2(AT_FDCWD, one, AT_FDCWD, other, flags).expect("an exchange");
        }
    }

    /// A user of the host, or a child, exchanges a folder of their own and a link, again and again.
    #[test]
    fn root_does_not_wait_for_a_path_that_its_owner_leads_elsewhere_after_the_probe() {
        let attack = |user: u32| {
            let site = Site::new(Mpm::Event)
                .with_host_paths()
                .config("ChrootAudit off\nChrootProvide \"rw:{base}/data\" \"rw:{base}/data/x\"");
            let at = |name: &str| site.sandbox.base.join(name);
            for folder in ["data/x/in", "far"] {
                fs::create_dir_all(at(folder)).expect("a folder");
            }
            let (far, x, other) = (at("far"), at("data/x"), at("data/other"));
            symlink(far.join("in"), &other).expect("a link");
            chown(at("data"), Some(UID), None).expect("an owner");
            let site = with_silence(site, &far, user);
            let is_over = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| exchange_until(&is_over, &x, &other));
                let outcome =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| quickly(&site)));
                is_over.store(true, Ordering::Relaxed);
                outcome.expect("in time");
            });
        };
        std::thread::scope(|scope| {
            [0, UID].into_iter().for_each(|user| drop(scope.spawn(move || attack(user))));
        });
    }

    /// Its place in the jail is shown; nothing is asked.
    #[test]
    fn a_file_system_at_the_top_of_the_jail_need_not_answer() {
        let site = Site::new(Mpm::Event).with_host_paths().config("ChrootAudit off");
        let far = site.sandbox.jail.join("far");
        fs::create_dir(&far).expect("a folder");
        quickly(&with_silence(site, &far, UID)).exits(0);
    }
}
