//! The answer to a simple request.

use std::time::Duration;

/// An answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
}

impl Reply {
    /// The value of a `key=value` line of the body.
    pub(crate) fn value(&self, key: &str) -> &str {
        let mut lines = self.body.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(name, _)| *name == key);
        found.map(|(_, value)| value).unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }
}

/// Asks over a fresh connection; nothing when there is no answer in time.
pub(crate) fn ask(port: u16, path: &str, patience: Duration) -> Option<Reply> {
    let settings = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_idle_connections(0)
        .proxy(None)
        .build();
    let url = format!("http://127.0.0.1:{port}{path}");
    let mut response = ureq::Agent::new_with_config(settings).get(&url).call().ok()?;
    let body = response.body_mut().read_to_vec().ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Reply { status: response.status().as_u16(), body })
}
