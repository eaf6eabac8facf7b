//! Results of requests to provide something.

use crate::config::ProvideItem;
use std::path::PathBuf;

/// Result of a request.
#[derive(Debug, Clone)]
pub(crate) struct Provided {
    /// Requested path.
    pub path: PathBuf,
    /// Real path on the host.
    pub real: PathBuf,
    /// The word of `ChrootProvide` that it comes from.
    pub origin: ProvideItem,
    /// Kind of the result.
    pub outcome: ProvideOutcome,
}

/// Kind of the result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProvideOutcome {
    /// Shown, read-only.
    ReadOnly,
    /// Shown, writable.
    Writable,
    /// A private directory.
    Private,
    /// Copied into the jail.
    Copied,
    /// Created in the jail, as a folder.
    Made,
    /// A file that is made for the jail, with a part of the host's.
    Composed,
    /// Not provided: the jail has a file of its own there, which has precedence.
    JailsOwn,
}
