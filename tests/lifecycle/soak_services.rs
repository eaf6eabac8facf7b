//! Services that the servers of the soak connect to: one on a Unix socket, which is restarted, and one that echoes web
//! sockets. TLS, and the client of web sockets.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::harness::{Mpm, Site};

/// Pause between two looks at whether somebody connects, or all is over.
const STEP: Duration = Duration::from_millis(5);
/// Patience of both sides of a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// A thread that accepts connections until it is dropped.
struct Listening {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Calls `accept`, which does not wait, again and again.
    fn start(accept: impl Fn() + Send + 'static) -> Listening {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let work = move || {
            while !seen.load(SeqCst) {
                accept();
                thread::sleep(STEP);
            }
        };
        Listening { is_over, thread: Some(thread::spawn(work)) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.is_over.store(true, SeqCst);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The services of both servers.
pub(super) struct Services {
    socket: PathBuf,
    service: Option<Listening>,
    _echo: Listening,
    echo_port: u16,
}

impl Services {
    /// Starts them; the socket is in `folder`.
    pub(super) fn start(folder: &Path) -> Services {
        fs::create_dir(folder).expect("a folder");
        let echo = TcpListener::bind("127.0.0.1:0").expect("a port");
        let echo_port = echo.local_addr().expect("its number").port();
        echo.set_nonblocking(true).expect("no waiting");
        let accept = move || {
            if let Ok((stream, _)) = echo.accept() {
                thread::spawn(|| echo_all(stream));
            }
        };
        let socket = folder.join("app.sock");
        let service = None;
        let _echo = Listening::start(accept);
        let mut services = Services { socket, service, _echo, echo_port };
        services.restart();
        services
    }

    /// Restarts the one on the Unix socket, which is another file then.
    pub(super) fn restart(&mut self) {
        drop(self.service.take());
        let _ = fs::remove_file(&self.socket);
        let listener = UnixListener::bind(&self.socket).expect("a socket");
        fs::set_permissions(&self.socket, fs::Permissions::from_mode(0o666)).expect("its mode");
        listener.set_nonblocking(true).expect("no waiting");
        self.service = Some(Listening::start(move || {
            while let Ok((stream, _)) = listener.accept() {
                let _ = answer(stream);
            }
        }));
    }

    /// Adds TLS at 127.0.0.2, the services, and under prefork PHP to `site`.
    pub(super) fn add_to(&self, site: Site) -> Site {
        make_certificate(&site.sandbox.base);
        let site = site
            .modules(&["ssl", "socache_shmcb", "proxy", "proxy_http"])
            .file("htdocs/page.php", "<?php echo 'PHP ', strlen(file_get_contents(__FILE__));");
        let site = if site.mpm == Mpm::Prefork { site.with_php() } else { site };
        site.config(&format!(
            "ProxyPass /service/ \"unix:{}|http://localhost/\" retry=0\n\
             ProxyPass /echo http://127.0.0.1:{}/echo upgrade=websocket retry=0\n\
             SSLSessionCache none\nListen 127.0.0.2:{{port}}\n<VirtualHost 127.0.0.2:{{port}}>\nServerName localhost\nSSLEngine on\n\
             SSLCertificateFile \"{{base}}/soak.pem\"\nSSLCertificateKeyFile \"{{base}}/soak.key\"\n</VirtualHost>",
            self.socket.display(),
            self.echo_port
        ))
    }
}

fn make_certificate(folder: &Path) {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout soak.key -out soak.pem";
    let mut openssl = Command::new("openssl");
    let output = openssl.current_dir(folder).args(words.split(' ')).output().expect("openssl");
    assert!(output.status.success(), "{output:?}");
}

/// Reads a head to its end.
fn read_head(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// Answers one request.
fn answer(mut stream: UnixStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    read_head(&mut stream)?;
    stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nfrom the service").ok()
}

/// Sends back all that comes, after the change of protocols.
fn echo_all(mut stream: TcpStream) -> Option<()> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    read_head(&mut stream)?;
    let answer =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    stream.write_all(answer).ok()?;
    let mut bytes = [0; 512];
    loop {
        let count = stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
        stream.write_all(&bytes[..count]).ok()?;
    }
}

/// A client of web sockets: three frames come back.
pub(super) fn ask_echo(port: u16) -> Result<(), String> {
    let fault = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(fault)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(fault)?;
    let request = "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).map_err(fault)?;
    let head = read_head(&mut stream).ok_or("no answer to a web socket")?;
    if !head.starts_with("HTTP/1.1 101") {
        return Err(head);
    }
    for letter in *b"abc" {
        // A masked text frame of one letter, with the mask 0.
        let (frame, mut back) = ([0x81, 0x81, 0, 0, 0, 0, letter], [0; 7]);
        stream.write_all(&frame).map_err(fault)?;
        stream.read_exact(&mut back).map_err(fault)?;
        if back != frame {
            return Err(format!("another frame: {back:?}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
