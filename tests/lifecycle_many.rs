//! Promise 1, for a long life: a thousand restarts neither leak nor dangle.
//!
//! httpd unloads and loads the module anew, and asks it for a jail anew, on each of them.
#![forbid(unsafe_code)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crate::harness::census::{Census, Tail};
    use crate::harness::{Jail, Mpm, Server, Site, promise, until};

    const RESUMED: &str = "resuming normal operations";

    /// One child at a time, and as little else as there can be.
    fn smallest(mpm: Mpm) -> Site {
        let spare = if mpm.is_threaded() { "MinSpareThreads 1" } else { "MinSpareServers 1" };
        Site::new(mpm).config("StartServers 1").config(spare)
    }

    fn gracefully(server: &Server, times: usize) {
        let mut tail = Tail::of(server);
        for _ in 0..times {
            server.parent().signal("USR1");
            tail.next(RESUMED);
        }
    }

    /// Every child of the former generations has ended, so that what is counted is counted at rest.
    fn settled(server: &Server) -> Census {
        until("rest", || {
            let census = Census::of(server);
            (server.born().len() <= 1 && census.zombies == 0).then_some(census)
        })
    }

    /// What is counted after the first tenth of so many restarts, and after all of them.
    fn over(server: &Server, restarts: usize) -> (Census, Census) {
        let begin = Instant::now();
        gracefully(server, restarts / 10);
        let early = settled(server);
        gracefully(server, restarts - restarts / 10);
        let late = settled(server);
        let (name, time) = ("x", begin.elapsed());
        eprintln!("{name}: {restarts} graceful restarts in {time:?}\n  {early:?}\n  {late:?}");
        (early, late)
    }

    fn survives(mpm: Mpm, restarts: usize) {
        let server = smallest(mpm).start();
        let (early, late) = over(&server, restarts);
        assert_eq!(server.get("/index.html").body, "hello from inside");
        promise::everyone_is_jailed(&server);
        promise::parent_is_outside(&server);
        assert_eq!(server.log_count("CHR901"), restarts + 1);
        server.stop();
        assert_eq!(early.counts(), late.counts(), "{early:?} {late:?}");

        let plain = smallest(mpm).jail(Jail::None).start();
        let (before, after) = over(&plain, restarts);
        plain.stop();
        eprintln!("{early:?} {late:?} {before:?} {after:?}");
    }

    #[test]
    fn a_thousand_graceful_restarts_neither_leak_nor_dangle() {
        survives(Mpm::Event, 1000);
    }

    #[test]
    fn a_hundred_graceful_restarts_of_worker_neither_leak_nor_dangle() {
        survives(Mpm::Worker, 100);
    }

    #[test]
    fn a_hundred_graceful_restarts_of_prefork_neither_leak_nor_dangle() {
        survives(Mpm::Prefork, 100);
    }
}
