#![forbid(unsafe_code)]
//! Paths of the host that are to be within reach, each with the word that asks for it.

use crate::fault::{Fault, Place, ViewFault, WalkFault};
use crate::platform::Forbidden;
use crate::settings::Directive;
use std::path::PathBuf;

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

/// Paths that the configuration of other modules names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configured {
    /// Directories of Unix sockets; true if children make sockets there.
    pub sockets: Vec<(PathBuf, bool)>,
    /// Files and directories that children open; true if they write.
    pub files: Vec<(PathBuf, bool)>,
    /// Files and directories that are served under another name, and that are root's alone.
    pub aliases: Vec<PathBuf>,
}
