//! Host names in words and URLs.

use crate::config::ProvideSet;
use crate::preflight::engine::args;
use crate::preflight::engine::collector::{Collector, DirectiveText, Weight};
use crate::preflight::{Remedy, Resource};
use std::net::IpAddr;

/// Requires a host name, unless it is an address, this host, or contains a variable.
pub(crate) fn require_host(
    source: impl Into<DirectiveText>,
    name: &[u8],
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    let Ok(text) = std::str::from_utf8(name) else { return };
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if text.is_empty() || !is_name || is_number || text.parse::<IpAddr>().is_ok() || is_local(text)
    {
        return;
    }
    collector.require(
        source,
        Resource::Host(text.to_owned()),
        weight,
        Remedy::Set(ProvideSet::Dns),
    );
}

/// Whether a name is resolved without a name server.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Requires the host of `scheme://[user@]host[:port][/path]`.
pub(crate) fn require_url_host(
    source: impl Into<DirectiveText>,
    url: &[u8],
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    if let Some(host) = parse_url_host(url) {
        require_host(source, host.as_bytes(), weight, collector);
    }
}

/// Requires the host of a URL, or of `host` or `host:port`.
pub(crate) fn require_server(
    source: impl Into<DirectiveText>,
    word: &[u8],
    weight: Weight,
    collector: &mut Collector<'_>,
) {
    if args::find_bytes(word, b"://").is_some() {
        return require_url_host(source, word, weight, collector);
    }
    let text = String::from_utf8_lossy(word);
    require_host(source, strip_port(&text).as_bytes(), weight, collector);
}

/// Host of a URL; `None` if it contains a variable.
pub(crate) fn parse_url_host(url: &[u8]) -> Option<&str> {
    let start = args::find_bytes(url, b"://")? + 3;
    let rest = &url[start..];
    let end = rest.iter().position(|&byte| b"/?#".contains(&byte)).unwrap_or(rest.len());
    let host = std::str::from_utf8(&rest[..end]).ok()?;
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = strip_port(host);
    (!host.is_empty() && !host.contains(['$', '%', '*', '(', '['])).then_some(host)
}

/// `host` of `host:port`.
pub(crate) fn strip_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && !port.contains(']') => host,
        _ => host,
    }
}
