//! Paths of the host that are to be within reach, each with the word that asks for it.

use crate::config::Directive;
use crate::messages::{Fault, Place, ViewFault, WalkFault};
use crate::platform::MountLimits;
use std::path::{Path, PathBuf};

/// One path that is to be within reach.
#[derive(Debug, Clone)]
pub(crate) struct ProvideRequest {
    /// Absolute, as the configuration or the host's convention has it.
    pub path: PathBuf,
    /// What its mount forbids.
    pub forbidden: MountLimits,
    /// The word that asks for it.
    pub word: String,
    /// Where that is written, if it is.
    pub place: Option<Place>,
    /// What it is to be.
    pub what: RequestKind,
    /// What of it serves as well, if the whole must not be shown: the socket alone.
    pub alone: Option<PathBuf>,
    /// A socket in it that is made later, and serves as well.
    pub late: Option<PathBuf>,
    /// What to do if it must not be shown: a directive that would name another place.
    pub elsewhere: Option<&'static str>,
}

impl ProvideRequest {
    /// Whether nobody wrote it: what cannot be had then is left out, and keeps no server from starting.
    pub(crate) fn is_default(&self) -> bool {
        self.what == RequestKind::IfPresent && self.place.is_none()
    }

    /// Whether it may be left out for this `fault`: it is not there, or nobody asked for it.
    pub(crate) fn may_lack(&self, fault: &WalkFault) -> bool {
        let is_absent = matches!(fault, WalkFault::Missing(_) | WalkFault::NotDirectory(..));
        self.is_default() || (self.what == RequestKind::IfPresent && is_absent)
    }

    /// What to do if it is left out because of `own`, which the server keeps for itself.
    pub(crate) fn remedy(&self, own: &Path) -> String {
        match self.elsewhere {
            Some(directive) => format!("write {directive} with a directory of its own"),
            None if !self.forbidden.writing => {
                "name a directory of their own for the files that children write".to_owned()
            }
            None => format!("keep \"{}\" in another directory", own.display()),
        }
    }

    /// `why` it cannot be provided.
    pub(crate) fn fault(&self, why: ViewFault) -> Fault {
        let fault = Fault::of(Directive::Provide.name(), &*self.word, why);
        match &self.place {
            Some(place) => fault.at(place),
            None => fault,
        }
    }
}

/// What a path is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// What the host has there; that the host has nothing there is an error.
    Required,
    /// What the host has there, if anything.
    IfPresent,
    /// A private, writable directory.
    Scratch,
}

/// Where Unix sockets are that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sockets {
    /// Their directory, or one that is for nobody in particular the socket.
    pub path: PathBuf,
    /// Who makes them.
    pub by: SocketsBy,
}

/// Who makes sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SocketsBy {
    /// Another service, this one.
    Others(PathBuf),
    /// mod_cgid's daemon, anew whenever it is started: this one, with the parent's number behind it.
    Daemon(PathBuf),
    /// httpd's parent, for mod_wsgi's daemons: several, with names that begin with this one.
    Wsgi(PathBuf),
    /// The children.
    Children,
}

/// Paths that the configuration of other modules names.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConfiguredPaths {
    /// Directories of Unix sockets.
    pub sockets: Vec<Sockets>,
    /// Files and directories that children open; true if they write.
    pub files: Vec<(PathBuf, bool)>,
    /// Files and directories that are served under another name, and that are root's alone.
    pub aliases: Vec<PathBuf>,
    /// Sockets of mod_wsgi's daemons, once their names are known.
    pub wsgi: Vec<PathBuf>,
}
