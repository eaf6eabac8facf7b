#![forbid(unsafe_code)]
//! Paths of the host that are to be within reach, each with the word that asks for it.

use crate::fault::{Fault, Place, ViewFault, WalkFault};
use crate::platform::Forbidden;
use crate::settings::Directive;
use std::path::{Path, PathBuf};

/// One path that is to be within reach.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Absolute, as the configuration or the host's convention has it.
    pub path: PathBuf,
    /// What its mount forbids.
    pub forbidden: Forbidden,
    /// The word that asks for it.
    pub word: String,
    /// Where that is written, if it is.
    pub place: Option<Place>,
    /// What it is to be.
    pub what: What,
    /// What of it serves as well, if the whole must not be shown: the socket alone.
    pub alone: Option<PathBuf>,
    /// A socket in it that is made later, and serves as well.
    pub late: Option<PathBuf>,
    /// What to do if it must not be shown: a directive that would name another place.
    pub elsewhere: Option<&'static str>,
}

impl Wanted {
    /// Whether nobody wrote it: what cannot be had then is left out, and keeps no server from starting.
    pub(super) fn is_default(&self) -> bool {
        self.what == What::IfPresent && self.place.is_none()
    }

    /// Whether it may be left out for this `fault`: it is not there, or nobody asked for it.
    pub(super) fn may_lack(&self, fault: &WalkFault) -> bool {
        let is_absent = matches!(fault, WalkFault::Missing(_) | WalkFault::NotDirectory(..));
        self.is_default() || (self.what == What::IfPresent && is_absent)
    }

    /// What to do if it is left out because of `own`, which the server keeps for itself.
    pub(super) fn remedy(&self, own: &Path) -> String {
        match self.elsewhere {
            Some(directive) => format!("write {directive} with a directory of its own"),
            None if !self.forbidden.writing => {
                "name a directory of their own for the files that children write".to_owned()
            }
            None => format!("keep \"{}\" in another directory", own.display()),
        }
    }

    /// `why` it cannot be provided.
    pub(super) fn fault(&self, why: ViewFault) -> Fault {
        let fault = Fault::of(Directive::Provide.name(), &*self.word, why);
        match &self.place {
            Some(place) => fault.at(place),
            None => fault,
        }
    }
}

/// What a path is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
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
pub(crate) struct Configured {
    /// Directories of Unix sockets.
    pub sockets: Vec<Sockets>,
    /// Files and directories that children open; true if they write.
    pub files: Vec<(PathBuf, bool)>,
    /// Files and directories that are served under another name, and that are root's alone.
    pub aliases: Vec<PathBuf>,
    /// Sockets of mod_wsgi's daemons, once their names are known.
    pub wsgi: Vec<PathBuf>,
}
