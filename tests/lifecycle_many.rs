//! Promise 1, for a long life: a thousand restarts neither leak nor dangle.
//!
//! httpd unloads the module, loads it and asks it for a jail anew on each of them. What is counted after the
//! first hundred is there after the thousandth: no descriptor, mapping, mount or zombie more. Of the memory
//! that much may come and go as below, beyond what a plain httpd takes: that is 64 bytes per restart.
#![forbid(unsafe_code)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crate::harness::census::{Census, Tail};
    use crate::harness::{Jail, Mpm, Server, Site, on_every_mpm, promise, until};

    const FEW: usize = 100;
    const MANY: usize = 1000;
    /// In KiB, between the hundredth and the thousandth restart: what is resident, and the data segment, which
    /// glibc's malloc enlarges by 132 KiB at a time (M_TOP_PAD), whatever the little is that was wanted.
    const ROOM: [u64; 2] = [64, 64 + 132];
    /// Mounts: what former children were shown may be there until the next restart.
    const SOME: usize = 5;

    /// One child at a time, and as little else as there can be.
    fn smallest(mpm: Mpm) -> Site {
        let spare = if mpm.is_threaded() { "MinSpareThreads 1" } else { "MinSpareServers 1" };
        Site::new(mpm).config("StartServers 1").config(spare)
    }

    fn restart_gracefully(server: &Server, times: usize) {
        let mut tail = Tail::of(server);
        for _ in 0..times {
            server.parent().signal("USR1");
            tail.next("resuming normal operations");
        }
    }

    /// Counted when every child of the former generations has ended.
    fn at_rest(server: &Server) -> Census {
        until("rest", || {
            let census = Census::of(server);
            (server.born().len() == 1 && census.zombies == 0).then_some(census)
        })
    }

    /// What is counted after few restarts, and after many.
    fn counted(who: &str, server: &Server) -> (Census, Census) {
        let begin = Instant::now();
        restart_gracefully(server, FEW);
        let early = at_rest(server);
        restart_gracefully(server, MANY - FEW);
        let late = at_rest(server);
        eprintln!("{who}: {MANY} graceful restarts in {:?}\n{early:?}\n{late:?}", begin.elapsed());
        (early, late)
    }

    /// How much more memory that is, in KiB: resident, data.
    fn growth((early, late): (Census, Census)) -> [u64; 2] {
        [late.resident.saturating_sub(early.resident), late.data.saturating_sub(early.data)]
    }

    on_every_mpm! {
        fn a_thousand_graceful_restarts_neither_leak_nor_dangle(mpm: Mpm) {
            let plain = smallest(mpm).jail(Jail::None).start();
            let usual = growth(counted(&format!("plain {}", mpm.name()), &plain));
            plain.stop();

            let server = smallest(mpm).start();
            let (early, late) = counted(&format!("jailed {}", mpm.name()), &server);
            assert_eq!(server.get("/index.html").body, "hello from inside");
            promise::everyone_is_jailed(&server);
            promise::parent_is_outside(&server);
            assert_eq!(server.log_count("CHR901"), MANY + 1);
            server.stop();

            assert_eq!(early.counts(), late.counts(), "{early:?}\n{late:?}");
            assert!(late.mounts < early.mounts + SOME, "{early:?}\n{late:?}");
            assert_ne!(late.module, 0, "the module is not loaded");
            for ((grown, usual), room) in growth((early, late)).into_iter().zip(usual).zip(ROOM) {
                assert!(grown <= usual + room, "{grown} KiB instead of {usual}: {early:?} {late:?}");
            }
        }
    }
}
