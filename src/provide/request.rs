//! Requests for paths of the host, each with the word of `ChrootProvide` that it comes from.

use crate::config::{Directive, ProvideItem};
use crate::messages::{Fault, Place, ViewFault, WalkFault};
use crate::platform::MountLimits;
use crate::provide::UserFiles;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Request to make one path of the host available inside.
#[derive(Debug, Clone)]
pub(crate) struct ProvideRequest {
    /// Absolute path, as the configuration or a convention of the host has it.
    pub path: PathBuf,
    /// Limits of its mount.
    pub limits: MountLimits,
    /// The word that it comes from.
    pub origin: ProvideItem,
    /// Place of the word; `None` for a default.
    pub place: Option<Place>,
    /// Kind of the result.
    pub kind: RequestKind,
    /// A socket in the directory that serves as well, if the directory must not be shown.
    pub socket_only: Option<PathBuf>,
    /// A socket in the directory that is created later, and serves as well.
    pub late_socket: Option<PathBuf>,
    /// The directive that can name another directory, if this one must not be shown.
    pub directive: Option<&'static str>,
    /// Contents of a file that is made in place of the host's, of which it is a part.
    pub contents: Option<Arc<[u8]>>,
}

impl ProvideRequest {
    /// Request without a place, and without a socket that serves as well.
    pub(crate) fn new(
        path: PathBuf,
        limits: MountLimits,
        kind: RequestKind,
        origin: ProvideItem,
    ) -> Self {
        let (place, socket_only, late_socket, directive) = (None, None, None, None);
        let contents = None;
        Self { path, limits, origin, place, kind, socket_only, late_socket, directive, contents }
    }

    /// Whether it is a default. A default that is not available is left out, and stops no server.
    pub(crate) fn is_default(&self) -> bool {
        self.kind == RequestKind::IfPresent && self.place.is_none()
    }

    /// Whether children may write to it.
    pub(crate) fn is_writable(&self) -> bool {
        !self.limits.writing
    }

    /// Whether it is left out because of `fault`: the path is missing, or the request is a default.
    pub(crate) fn is_left_out(&self, fault: &WalkFault) -> bool {
        self.is_default() || (self.kind == RequestKind::IfPresent && fault.is_missing())
    }

    /// Suggests a fix, if it is left out because of the server's own file `own`.
    pub(crate) fn suggest_fix(&self, own: &Path) -> String {
        match self.directive {
            Some(directive) => format!("write {directive} with a directory of its own"),
            None if self.is_writable() => {
                "name a directory of their own for the files that children write".to_owned()
            }
            None => format!("keep \"{}\" in another directory", own.display()),
        }
    }

    /// Wraps the reason for which it cannot be provided in a fault with the word and its place.
    pub(crate) fn wrap_fault(&self, cause: ViewFault) -> Fault {
        let fault = Fault::for_directive(Directive::Provide.name(), self.origin.to_string(), cause);
        match &self.place {
            Some(place) => fault.with_place(place),
            None => fault,
        }
    }
}

/// Kind of a requested path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A path of the host; it is an error if it is missing.
    Required,
    /// A path of the host, if it exists.
    IfPresent,
    /// A private, writable directory.
    Scratch,
}

/// Unix sockets that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sockets {
    /// Their directory; or the socket itself, if the directory is for other files too.
    pub path: PathBuf,
    /// Processes that create them.
    pub by: SocketsBy,
}

/// Processes that create sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SocketsBy {
    /// Another service creates this socket.
    Others(PathBuf),
    /// mod_cgid's daemon creates this socket whenever it starts, with the parent's process id appended.
    Daemon(PathBuf),
    /// httpd's parent creates several for mod_wsgi's daemons, with names that begin with this one.
    Wsgi(PathBuf),
    /// The children.
    Children,
}

/// Paths that directives of other modules name.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConfiguredPaths {
    /// Directories of Unix sockets.
    pub sockets: Vec<Sockets>,
    /// Files and directories that children open; true if they write.
    pub files: Vec<(PathBuf, bool)>,
    /// Files and directories that are served under another name and are root's alone.
    pub aliases: Vec<PathBuf>,
    /// Directories of Python's standard library, if mod_wsgi starts Python, and they are root's alone.
    pub python: Vec<PathBuf>,
    /// Sockets of mod_wsgi's daemons, once their names are known.
    pub wsgi: Vec<PathBuf>,
    /// Lists of users and groups, if they are requested.
    pub users: Option<UserFiles>,
}
