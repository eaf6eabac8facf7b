//! Promise 12 speaks of a process: one that has more threads than one when it is to enter does not serve, because
//! what is taken from a child is taken from the thread that enters.

#[cfg(test)]
mod tests {
    use crate::attacks::module;
    use crate::harness::{Jail, Mpm, Site, fixtures, on_every_mpm};

    /// A site with a module that starts a thread there.
    fn with_agent(site: Site, place: &str) -> Site {
        site.config(&module("agent")).environment("AGENT", place)
    }

    on_every_mpm! {
        /// As the module is loaded, so it would have its thread: without a jail it serves.
        fn a_module_that_starts_a_thread_in_a_child_is_refused(mpm: Mpm) {
            let server = with_agent(Site::new(mpm).jail(Jail::None), "hook").start();
            assert_eq!(server.get("/index.html").status, 200);
            server.stop();
            let outcome = with_agent(Site::new(mpm), "hook").refuses();
            outcome.says("CHR405: ").says("busy-agent").says("AH00050");
        }

        /// Tried before the first child.
        fn a_thread_that_each_fork_brings_is_refused_at_start(mpm: Mpm) {
            with_agent(Site::new(mpm), "fork").refuses().says("CHR405: ").says("busy-agent").fails();
        }

        /// A copy of a process with threads may hold a lock that nobody releases: nothing is tried by one.
        fn a_parent_with_a_thread_is_refused(mpm: Mpm) {
            with_agent(Site::new(mpm), "parent").refuses().says("CHR728: ").says("several threads").fails();
        }
    }

    /// Daemons that start programs enter by the same steps.
    #[test]
    fn daemons_with_a_thread_are_refused() {
        for site in [fixtures::with_cgi(Mpm::Event), fixtures::with_fcgid(Mpm::Worker)] {
            let site = site.config("ChrootPreflight off");
            with_agent(site, "fork").refuses().says("CHR405: ");
        }
    }
}
