//! Shared object caches: `dbm:/path`, `memcache:host:port,...`, `redis:...`. Shared memory needs
//! nothing.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{Collector, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::{args, hosts, path_use};
use crate::provide::SocketsBy;

pub(crate) fn cache(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let Some((kind, rest)) = args::split(args::at(foreign, 0), b':') else { return };
    match kind.to_ascii_lowercase().as_slice() {
        b"dbm" => path_use::claim(foreign, rest, PathUse::WriteDbm, LESS, found),
        b"memcache" | b"redis" => {
            for server in String::from_utf8_lossy(rest).split(',') {
                hosts::name(foreign, hosts::without_port(server).as_bytes(), LESS, found);
            }
        }
        b"dc" => {
            if let Some(path) = rest.strip_prefix(b"UNIX:").and_then(|path| scene.path(path)) {
                let by = SocketsBy::Others(path.clone());
                let remedy =
                    found.by_sockets(crate::preflight::engine::collector::around(&path), by);
                found.claim(foreign, crate::preflight::Resource::Socket(path), LESS, remedy);
            }
        }
        _ => {}
    }
}
