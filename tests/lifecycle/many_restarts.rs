//! Promise 1, for a long life: a thousand restarts neither leak nor dangle.
//!
//! httpd unloads the module, loads it and asks it for a jail anew on each of them. What is counted after the
//! first hundred is there after the thousandth: no descriptor, mapping, mount or zombie more. Of the memory
//! that much may come and go as below, beyond what a plain httpd takes: that is 64 bytes per restart.

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::harness::process_counts::{ProcessCounts, Tail};
    use crate::harness::{Jail, Mpm, Server, Site, on_every_mpm, promise, until};

    const FEW: usize = 100;
    const MANY: usize = 1000;
    /// In KiB, between the hundredth and the thousandth restart: what is resident, and the data segment, which
    /// glibc's malloc enlarges by 132 KiB at a time (M_TOP_PAD), whatever the little is that was wanted.
    const ROOM: [u64; 2] = [64, 64 + 132];
    /// Longer than the parent holds a descriptor for a look at the host.
    const A_MOMENT: Duration = Duration::from_millis(500);
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

    /// Counted when every child of the former generations has ended, and not in the middle of a look at the host.
    fn at_rest(server: &Server) -> ProcessCounts {
        until("rest", || {
            let counts = ProcessCounts::of(server);
            std::thread::sleep(A_MOMENT);
            let is_steady = ProcessCounts::of(server).counts() == counts.counts();
            (server.born().len() == 1 && counts.zombies == 0 && is_steady).then_some(counts)
        })
    }

    /// What is counted after few restarts, half-way, and after many.
    fn counted(who: &str, server: &Server) -> [ProcessCounts; 3] {
        let begin = Instant::now();
        let half = (MANY - FEW) / 2;
        let all = [FEW, half, half].map(|times| {
            restart_gracefully(server, times);
            at_rest(server)
        });
        eprintln!("{who}: {MANY} graceful restarts in {:?}\n{all:#?}", begin.elapsed());
        all
    }

    /// How much more memory each half takes, if it is the same in both, in KiB: resident, data. What leaks does so in
    /// both of them; a page that is touched for the first time is touched once.
    fn growth([early, middle, late]: [ProcessCounts; 3]) -> [u64; 2] {
        let of = |memory: fn(&ProcessCounts) -> u64| {
            let first = memory(&middle).saturating_sub(memory(&early));
            2 * first.min(memory(&late).saturating_sub(memory(&middle)))
        };
        [of(|counts| counts.resident), of(|counts| counts.data)]
    }

    on_every_mpm! {
        fn a_thousand_graceful_restarts_neither_leak_nor_dangle(mpm: Mpm) {
            let plain = smallest(mpm).jail(Jail::None).start();
            let usual = growth(counted(&format!("plain {}", mpm.name()), &plain));
            plain.stop();

            let server = smallest(mpm).start();
            let all = counted(&format!("jailed {}", mpm.name()), &server);
            let [early, _, late] = all;
            assert_eq!(server.get("/index.html").body, "hello from inside");
            promise::everyone_is_jailed(&server);
            promise::parent_is_outside(&server);
            assert_eq!(server.log_count("CHR901"), MANY + 1);
            server.stop();

            assert_eq!(early.counts(), late.counts(), "{early:?}\n{late:?}");
            assert!(late.mounts < early.mounts + SOME, "{early:?}\n{late:?}");
            assert_ne!(late.module, 0, "the module is not loaded");
            for ((grown, usual), room) in growth(all).into_iter().zip(usual).zip(ROOM) {
                assert!(grown <= usual + room, "{grown} KiB instead of {usual}: {early:?} {late:?}");
            }
        }
    }
}
