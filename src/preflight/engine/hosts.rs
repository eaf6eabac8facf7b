//! Host names in words and URLs.

use crate::config::ProvideSet;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, DirectiveText, Weight};
use crate::preflight::{Remedy, Resource};
use std::net::IpAddr;

/// Claims a name, unless it is an address, this very host, or only known at run time.
pub(crate) fn name(
    said: impl Into<DirectiveText>,
    name: &[u8],
    weight: Weight,
    found: &mut Collector<'_>,
) {
    let Ok(text) = std::str::from_utf8(name) else { return };
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if text.is_empty() || !is_name || is_number || text.parse::<IpAddr>().is_ok() || is_here(text) {
        return;
    }
    found.claim(said, Resource::Host(text.to_owned()), weight, Remedy::Set(ProvideSet::Dns));
}

/// Names that no name server is asked for.
fn is_here(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Claims the host of `scheme://[user@]host[:port][/path]`.
pub(crate) fn of_url(
    said: impl Into<DirectiveText>,
    url: &[u8],
    weight: Weight,
    found: &mut Collector<'_>,
) {
    if let Some(host) = in_url(url) {
        name(said, host.as_bytes(), weight, found);
    }
}

/// The host of a URL, if it is fixed.
pub(crate) fn in_url(url: &[u8]) -> Option<&str> {
    let start = args::find(url, b"://")? + 3;
    let rest = &url[start..];
    let end = rest.iter().position(|&byte| b"/?#".contains(&byte)).unwrap_or(rest.len());
    let host = std::str::from_utf8(&rest[..end]).ok()?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = without_port(host);
    (!host.is_empty() && !host.contains(['$', '%', '*', '(', '['])).then_some(host)
}

/// `host` of `host:port`.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && !port.contains(']') => host,
        _ => host,
    }
}
