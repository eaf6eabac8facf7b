//! A host with an `/etc`, a log and name servers of its own, for one scene alone.

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::harness::{Mpm, Site};

/// Nothing is loaded but what is asked for.
pub(crate) const COLD: &str = "ChrootWarmUp off";

/// A jail without anything of the host in it, and inside paths.
pub(crate) fn empty_jail(mpm: Mpm) -> Site {
    Site::new(mpm).config("ChrootFixRoot off")
}

/// httpd is started where `/etc` is a copy that these words of shell have changed; they find it in `$etc`. It
/// is told of no time zone.
pub(crate) fn with_own_etc(site: Site, words: &str) -> Site {
    site.after(&format!(
        "etc=\"{{base}}/etc\"\nmkdir \"$etc\"\ncp -a /etc/. \"$etc\"\n\
         cp /etc/passwd /etc/group \"$etc\"\n{words}\nmount --bind \"$etc\" /etc\nunset TZ"
    ))
}

/// httpd is started where `/dev/log` leads to this listener.
pub(crate) fn with_own_log(site: Site) -> (Site, Log) {
    let log = Log(UnixDatagram::bind(site.stage.base.join("log")).expect("a socket"));
    log.0.set_read_timeout(Some(Duration::from_secs(5))).expect("its patience");
    let site = site.after(
        "mkdir \"{base}/dev\"\nmount --rbind /dev \"{base}/dev\"\nmount -t tmpfs -o mode=755 none /dev\n\
         for name in null zero full random urandom tty; do\n\
         touch \"/dev/$name\"\nmount --bind \"{base}/dev/$name\" \"/dev/$name\"\ndone\n\
         ln -s /proc/self/fd /dev/fd\nln -s \"{base}/log\" /dev/log",
    );
    (site, log)
}

/// What listens at `/dev/log`.
pub(crate) struct Log(UnixDatagram);

impl Log {
    /// The next line.
    #[track_caller]
    pub(crate) fn next(&self) -> String {
        let mut line = [0; 1024];
        let length = self.0.recv(&mut line).expect("a line in the system's log");
        String::from_utf8_lossy(&line[..length]).into_owned()
    }

    /// Nothing was logged so far.
    #[track_caller]
    pub(crate) fn is_empty(&self) {
        self.0.set_nonblocking(true).expect("no patience");
        let mut line = [0; 1024];
        let read = self.0.recv(&mut line).map(|length| line[..length].to_vec());
        assert!(read.is_err(), "logged: {}", String::from_utf8_lossy(&read.unwrap_or_default()));
        self.0.set_nonblocking(false).expect("patience");
    }
}

/// A name server on loopback that knows one address for every name.
pub(crate) struct NameServer {
    /// Its own address.
    pub(crate) address: String,
    leaving: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Begin to answer.
    pub(crate) fn start() -> NameServer {
        let id = std::process::id();
        let address = |number: u32| format!("127.{}.{}.{}", 100 + number, id >> 8 & 255, id & 255);
        let bound = (0..100).find_map(|number| {
            let address = address(number);
            UdpSocket::bind((&*address, 53)).ok().map(|socket| (socket, address))
        });
        let (socket, address) = bound.expect("an address of a name server");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("its patience");
        let leaving = Arc::new(AtomicBool::new(false));
        let stays = Arc::clone(&leaving);
        let serving = std::thread::spawn(move || {
            while !stays.load(Ordering::Relaxed) {
                let mut query = [0; 512];
                if let Ok((length, from)) = socket.recv_from(&mut query) {
                    let _ = socket.send_to(&answer(&query[..length]), from);
                }
            }
        });
        NameServer { address, leaving, serving: Some(serving) }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Relaxed);
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

/// 192.0.2.7 to a question for an address of version 4, and no record to any other.
fn answer(query: &[u8]) -> Vec<u8> {
    const HEADER: usize = 12;
    let name = query[HEADER..].iter().position(|&byte| byte == 0).expect("the end of a name");
    let question = &query[HEADER..HEADER + name + 5];
    let is_v4 = question[name + 1..name + 3] == [0, 1];
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, u8::from(is_v4), 0, 0, 0, 0]);
    answer.extend(question);
    if is_v4 {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    }
    answer
}
