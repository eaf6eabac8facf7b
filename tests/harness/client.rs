//! A client that sends requests as they are written, with any path, method and headers, and returns the complete answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::poll::PATIENCE;
use super::server::Server;

/// `Authorization` of user `alice` with the password `secret`.
pub(crate) const ALICE: &str = "Basic YWxpY2U6c2VjcmV0";
/// `Authorization` of `alice` with a wrong password.
pub(crate) const ALICE_WRONG: &str = "Basic YWxpY2U6d3Jvbmc=";
/// `bob`, whose password is `secret` as well.
pub(crate) const BOB: &str = "Basic Ym9iOnNlY3JldA==";
/// A line of an AuthUserFile for a user with the password `secret`.
pub(crate) const SECRET: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    method: String,
    path: String,
    headers: String,
    body: Vec<u8>,
    version: &'static str,
}

/// Asks for a page.
pub(crate) fn get(path: &str) -> Ask {
    ask("GET", path)
}

/// Asks with any method.
pub(crate) fn ask(method: &str, path: &str) -> Ask {
    Ask {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: String::new(),
        body: Vec::new(),
        // The answer ends with the connection.
        version: "1.0",
    }
}

impl Ask {
    /// One more header; `Host` is `localhost` otherwise.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// With a user and a password, as in [`ALICE`].
    pub(crate) fn by(self, authorization: &str) -> Ask {
        self.header("Authorization", authorization)
    }

    /// With a body.
    pub(crate) fn body(mut self, bytes: &[u8]) -> Ask {
        self.body = bytes.to_vec();
        let length = bytes.len().to_string();
        self.header("Content-Length", &length)
    }

    /// Adds a body in chunks, whose length is not sent before.
    pub(crate) fn chunked(mut self, bytes: &[u8]) -> Ask {
        let size = format!("{:x}\r\n", bytes.len());
        self.body = [size.as_bytes(), bytes, b"\r\n0\r\n\r\n"].concat();
        self.version = "1.1";
        self.header("Transfer-Encoding", "chunked").header("Connection", "close")
    }

    /// Whether the path begins so.
    pub(crate) fn is_for(&self, path: &str) -> bool {
        self.path.starts_with(path)
    }

    /// Sends it, and read the answer to its end.
    #[track_caller]
    pub(crate) fn of(&self, server: &Server) -> Answer {
        self.at(server.site.sandbox.port.number)
            .unwrap_or_else(|fault| panic!("{fault} for {self:?}\n{}", server.error_log()))
    }

    /// Sends it to a port.
    pub(crate) fn at(&self, port: u16) -> Result<Answer, String> {
        let say = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(say)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(say)?;
        let host = if self.headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        let Ask { method, path, version, headers, .. } = self;
        let head = format!("{method} {path} HTTP/{version}\r\n{host}{headers}\r\n");
        stream.write_all(head.as_bytes()).map_err(say)?;
        stream.write_all(&self.body).map_err(say)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_err(say)?;
        Answer::read(&bytes)
            .ok_or_else(|| format!("no answer: {:?}", String::from_utf8_lossy(&bytes)))
    }
}

/// The whole of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The headers, sorted, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Answer> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let pairs = lines.filter_map(|line| line.split_once(": "));
        let mut headers: Vec<_> =
            pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        headers.sort();
        let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
        Some(Answer { status, headers, body })
    }

    /// A header, if it was sent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The value of a `key=value` line of the body.
    #[track_caller]
    pub(crate) fn value(&self, key: &str) -> &str {
        let mut lines = self.body.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(name, _)| *name == key);
        found.map(|(_, value)| value).unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }

    /// Asserts the status code.
    #[track_caller]
    pub(crate) fn is(self, status: u16, server: &Server) -> Answer {
        assert_eq!(self.status, status, "{self:?}\n{}", server.error_log());
        self
    }
}
