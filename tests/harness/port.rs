//! A TCP port that belongs to one test, also when several cargo runs share the machine.
//!
//! The UDP port of the same number is the lock: it is in nobody's way, it needs no file, and the kernel
//! gives it back however the test ends.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

// Below the ports that systems hand out by themselves (32768-60999, 49152-65535), above the known services.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A reserved port on 127.0.0.1; free again when dropped.
pub(crate) struct Port {
    /// The number.
    pub(crate) number: u16,
    _lock: UdpSocket,
}

impl Port {
    /// Reserves a port that nobody listens on.
    pub(crate) fn reserve() -> Port {
        let spread = (std::process::id() % u32::from(COUNT)) as u16;
        (0..COUNT)
            .find_map(|_| {
                let step = NEXT.fetch_add(1, Ordering::Relaxed);
                let offset = (u32::from(spread) * 37 + u32::from(step)) % u32::from(COUNT);
                Self::take(FIRST + offset as u16)
            })
            .expect("a free port between 20000 and 32000")
    }

    fn take(number: u16) -> Option<Port> {
        let lock = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Port { number, _lock: lock })
    }
}
