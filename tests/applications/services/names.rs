//! A name server of the test's own, on a loopback address of its own: `resolv.conf` cannot name a port.

use std::net::UdpSocket;

use super::Daemon;
use crate::harness::{Site, until};

/// The zone that it knows, and nobody else.
pub(crate) const ZONE: &str = "mod-chroot.example";

/// A running name server.
pub(crate) struct NameServer {
    address: Address,
    _daemon: Daemon,
    _folder: tempfile::TempDir,
}

impl NameServer {
    /// One that knows `visitor` (and back: a client from 127.0.0.1 is the visitor), `backend`, and a text at `text`,
    /// all in [`ZONE`].
    pub(crate) fn start() -> NameServer {
        let folder = super::folder();
        let address = Address::reserve();
        let words = [
            "--keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts".to_owned(),
            format!("--bind-interfaces --listen-address={}", address.text),
            format!("--host-record=visitor.{ZONE},127.0.0.1 --address=/backend.{ZONE}/127.0.0.1"),
            format!("--txt-record=text.{ZONE},found-by-the-server"),
        ];
        let words: Vec<String> = words.join(" ").split(' ').map(str::to_owned).collect();
        let daemon = Daemon::start(folder.path(), "dnsmasq", &words);
        let server = NameServer { address, _daemon: daemon, _folder: folder };
        until("the name server", || server.answers().then_some(()));
        server
    }

    /// The scene's httpd finds it as every host finds its name server.
    pub(crate) fn serves(&self, site: Site) -> Site {
        let file = format!("nameserver {}\noptions timeout:2 attempts:2\n", self.address.text);
        site.server_file("conf/resolv.conf", &file)
            .after("mount --bind \"{server}/conf/resolv.conf\" /etc/resolv.conf")
    }

    /// Asks for the address of `visitor`, in the few bytes that this takes.
    fn answers(&self) -> bool {
        let mut question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07visitor".to_vec();
        for label in ZONE.split('.') {
            question.push(u8::try_from(label.len()).expect("a short label"));
            question.extend(label.as_bytes());
        }
        question.extend(b"\0\0\x01\0\x01");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let patience = std::time::Duration::from_millis(200);
        socket.set_read_timeout(Some(patience)).expect("a socket");
        let mut answer = [0; 512];
        socket.send_to(&question, (self.address.text.as_str(), 53)).is_ok()
            && socket
                .recv(&mut answer)
                .is_ok_and(|length| answer[..length].ends_with(&[127, 0, 0, 1]))
    }
}

/// An address of 127.0.0.0/8 that belongs to one test, also when several cargo runs share the machine; free again
/// when dropped.
pub(super) struct Address {
    /// As it is written.
    pub(super) text: String,
    /// A port of it that nobody wants; the kernel gives it back however the test ends.
    _lock: UdpSocket,
}

impl Address {
    /// Reserves one.
    pub(super) fn reserve() -> Address {
        let me = std::process::id();
        let mut numbers = (0..500).map(|step: u32| me.wrapping_mul(31).wrapping_add(step * 7919));
        let found = numbers.find_map(|number| {
            let text = format!("127.53.{}.{}", number % 251 + 1, number / 251 % 251 + 1);
            let lock = UdpSocket::bind((text.as_str(), 1)).ok()?;
            let is_free = UdpSocket::bind((text.as_str(), 53)).is_ok();
            is_free.then_some(Address { text, _lock: lock })
        });
        found.expect("a free address on loopback (tests run as root)")
    }
}
