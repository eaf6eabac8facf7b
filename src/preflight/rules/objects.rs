#![forbid(unsafe_code)]
//! Shared object caches: `dbm:/path`, `memcache:host:port,...`, `redis:...`. Shared memory needs
//! nothing.

use super::found::{Found, LESS};
use super::hosts;
use super::scene::Scene;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::view::SocketsBy;

pub(super) fn cache(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let Some((kind, rest)) = words::split(words::at(foreign, 0), b':') else { return };
    match kind.to_ascii_lowercase().as_slice() {
        b"dbm" => used::claim(foreign, rest, Use::WriteDbm, LESS, found),
        b"memcache" | b"redis" => {
            for server in String::from_utf8_lossy(rest).split(',') {
                hosts::name(foreign, hosts::without_port(server).as_bytes(), LESS, found);
            }
        }
        b"dc" => {
            if let Some(path) = rest.strip_prefix(b"UNIX:").and_then(|path| scene.path(path)) {
                let by = SocketsBy::Others(path.clone());
                let remedy = found.by_sockets(super::found::around(&path), by);
                found.claim(foreign, crate::preflight::Need::Socket(path), LESS, remedy);
            }
        }
        _ => {}
    }
}
