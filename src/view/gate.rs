//! The gate decides which files of the host may be shown in the jail, for views and for copies alike, about the file that was
//! opened, not about how it is called.

use crate::audit::OwnKind;
use crate::config::ProvideItem;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::jail::walk::{OpenedPath, PassedDir, list_of, with_way};
use crate::messages::{ContainedOwnFile, Place, Remark, RemarkKind, UnusablePath, ViewFault};
use crate::platform;
use crate::platform::{AccessList, FileFacts, FileKind, InodeKind};
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::rights::{Grant, PASS, READ, grant};
use crate::view::secrets::{Secrets, in_words};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// Judges requests, and collects remarks about them.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    secrets: &'a Secrets<'a>,
    run_as: &'a RunAs,
    remarks: Vec<RequestRemark>,
}

/// A remark about one request.
#[derive(Debug)]
struct RequestRemark {
    origin: ProvideItem,
    place: Option<Place>,
    kind: RemarkKind,
}

/// Decision about one request.
#[derive(Debug)]
pub(crate) enum GateDecision {
    /// It may be shown.
    In(Admitted),
    /// It must not, but for the socket that somebody will make in it.
    Late(PathBuf),
    /// It is left out, or is not there, or lies in the jail and is there anyway.
    Out,
}

/// A file that may be shown: it is held, and is the one that was judged.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// Where it is asked for.
    pub path: PathBuf,
    /// The file or directory.
    pub found: OpenedPath,
    /// The folders that have to be passed on the way to it.
    pub way: Vec<PassedDir>,
}

/// Rights of the children to one file or folder outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChildAccess {
    /// Reading it, or listing it.
    pub read: Grant,
    /// Running it, or passing through it.
    pub pass: Grant,
}

impl<'a> Gate<'a> {
    /// One that nothing has passed yet.
    pub(crate) fn new(secrets: &'a Secrets<'a>, run_as: &'a RunAs) -> Self {
        Self { secrets, run_as, remarks: Vec::new() }
    }

    /// The user and groups of the children.
    pub(crate) fn run_as(&self) -> &'a RunAs {
        self.run_as
    }

    /// Remarks about all requests, for the log.
    pub(crate) fn into_remarks(self) -> Vec<Remark> {
        let in_words = |RequestRemark { origin, place, kind }| Remark {
            word: origin.to_string(),
            place,
            what: kind,
        };
        self.remarks.into_iter().map(in_words).collect()
    }

    /// Judges the file that the host has at the requested path.
    ///
    /// # Errors
    /// Somebody asked for it, and it is not there, or must not be shown.
    pub(crate) fn admit(
        &mut self,
        wanted: &ProvideRequest,
        jail: &CheckedJail,
    ) -> Result<GateDecision, ViewFault> {
        let verdict = self.at(wanted, &wanted.path, jail)?;
        let (GateDecision::Out, Some(alone)) = (&verdict, &wanted.socket_only) else {
            return Ok(verdict);
        };
        let withheld = self.remarks.len();
        let verdict = self.at(wanted, alone, jail)?;
        if let (GateDecision::In(_), Some(last)) = (&verdict, withheld.checked_sub(1)) {
            self.comes_alone(last);
        }
        Ok(verdict)
    }

    /// Takes back the remark that a file is left out: it is shown in part.
    fn comes_alone(&mut self, remark: usize) {
        let Some(RequestRemark { kind, .. }) = self.remarks.get_mut(remark) else { return };
        if let RemarkKind::Withheld { path, own, .. } = kind {
            let (path, own) = (path.clone(), Some(own.clone()));
            *kind = RemarkKind::SocketAlone { path, own, directive: None };
        }
    }

    fn at(
        &mut self,
        wanted: &ProvideRequest,
        path: &Path,
        jail: &CheckedJail,
    ) -> Result<GateDecision, ViewFault> {
        let is_in_it = |late: &PathBuf| late.parent() == path.parent();
        if wanted.late_socket.as_ref().is_some_and(is_in_it) {
            // The directory is for nobody in particular, so it is not asked about.
            return Ok(self.late(wanted, path.parent().unwrap_or(path), None));
        }
        let (found, way) = match with_way(path) {
            Err(fault) if wanted.is_left_out(&fault) => return Ok(GateDecision::Out),
            Err(fault) if fault.is_missing() => {
                self.remark(wanted, RemarkKind::Missing(path.to_owned()));
                return Ok(GateDecision::Out);
            }
            walked => walked?,
        };
        if found.at.starts_with(jail.at()) {
            return Ok(GateDecision::Out);
        }
        match (self.is_harmless(wanted, &found), &wanted.late_socket) {
            (Err(ViewFault::Exposes(_)), Some(_)) => return Ok(self.late(wanted, path, None)),
            (Err(_), _) if wanted.is_default() => return Ok(GateDecision::Out),
            (harmless, _) => harmless?,
        }
        let is_named = wanted.kind == RequestKind::Required;
        let shown = self.secrets.shown_by(&found, is_named, wanted.is_writable());
        let is_key = |kind| matches!(kind, OwnKind::Key | OwnKind::Keys);
        if let Some(key) = shown.iter().find(|own| is_named && is_key(own.kind)) {
            return Err(ViewFault::Exposes(key.describe_key()));
        }
        let path = path.to_owned();
        match in_words(&shown) {
            None => {}
            Some(own) if is_named => self.remark(wanted, RemarkKind::Shown(own)),
            Some(own) if wanted.late_socket.is_some() => {
                return Ok(self.late(wanted, &path, Some(own)));
            }
            Some(own) => {
                let remedy = wanted.suggest_fix(&own.path);
                self.remark(wanted, RemarkKind::Withheld { path, own, remedy });
                return Ok(GateDecision::Out);
            }
        }
        Ok(GateDecision::In(Admitted { path, found, way }))
    }

    /// Of the directory `path` the one socket only.
    fn late(
        &mut self,
        wanted: &ProvideRequest,
        path: &Path,
        own: Option<ContainedOwnFile>,
    ) -> GateDecision {
        let Some(late) = wanted.late_socket.clone() else { return GateDecision::Out };
        let directive = wanted.directive;
        let what = RemarkKind::SocketAlone { path: path.to_owned(), own, directive };
        // mod_wsgi has several in one directory.
        if self.remarks.iter().all(|remark| remark.kind != what) {
            self.remark(wanted, what);
        }
        GateDecision::Late(late)
    }

    /// That it is nothing that nobody in a jail should have, no matter who asks for it.
    fn is_harmless(&self, wanted: &ProvideRequest, found: &OpenedPath) -> Result<(), ViewFault> {
        let inode = platform::read_inode(found.file.as_fd())
            .map_err(|error| ViewFault::Read(wanted.path.clone(), error))?;
        match inode.sort {
            InodeKind::Block => Err(ViewFault::Special("a block device")),
            // Those of the set are known by their names in the host's /dev, and work.
            InodeKind::Character if !wanted.limits.devices => Ok(()),
            InodeKind::Character => Err(ViewFault::Special("a character device")),
            InodeKind::Other => Err(ViewFault::Special("a FIFO, or something else of that kind")),
            _ => match self.secrets.exposed_by(found) {
                Some(what) => Err(ViewFault::Exposes(what.into())),
                None => Ok(()),
            },
        }
    }

    /// Rights of the children, outside, to a file or folder with these `facts`, behind those that grant
    /// them to pass so far.
    pub(crate) fn access(&self, file: BorrowedFd<'_>, facts: FileFacts, way: Grant) -> ChildAccess {
        let list = list_of(file);
        let granted = |bit| way.and(grant(facts, &list, self.run_as, bit));
        ChildAccess { read: granted(READ), pass: granted(PASS) }
    }

    /// To whom all folders of `way` grant to pass.
    pub(crate) fn passing(&self, way: &[PassedDir]) -> Grant {
        let passed = |one: &PassedDir| grant(one.facts, &one.list, self.run_as, PASS);
        way.iter().map(passed).fold(Grant::Everyone, Grant::and)
    }

    /// Says that `path` is not copied, because the children cannot read it outside, or that one more of
    /// this word is not.
    pub(crate) fn is_closed(&mut self, wanted: &ProvideRequest, path: &Path, file: BorrowedFd<'_>) {
        let of_word = |remark: &&mut RequestRemark| {
            remark.origin == wanted.origin && matches!(remark.kind, RemarkKind::Closed { .. })
        };
        if let Some(RemarkKind::Closed { more, .. }) =
            self.remarks.iter_mut().find(of_word).map(|remark| &mut remark.kind)
        {
            *more += 1;
            return;
        }
        let doors = self.doors(path, file);
        let (uid, gid) = (self.run_as.user.0, self.run_as.group.0);
        self.remark(wanted, RemarkKind::Closed { path: path.to_owned(), doors, uid, gid, more: 0 });
    }

    /// The files that would have to be opened, the folders on the way first.
    fn doors(&self, path: &Path, file: BorrowedFd<'_>) -> Vec<UnusablePath> {
        let door = |path: &Path, is_folder, facts, list: &AccessList| {
            let bit = if is_folder { PASS } else { READ };
            let is_open = grant(facts, list, self.run_as, bit) != Grant::Nobody;
            let by_list = *list == AccessList::Other;
            (!is_open).then(|| UnusablePath { path: path.to_owned(), is_folder, by_list })
        };
        let way = with_way(path).map(|(_, way)| way).unwrap_or_default();
        let folders = way.iter().filter_map(|one| door(&one.at, true, one.facts, &one.list));
        let facts = platform::read_facts(file.as_raw_fd()).ok();
        let last = facts
            .and_then(|facts| door(path, facts.kind == FileKind::Directory, facts, &list_of(file)));
        folders.chain(last).collect()
    }

    fn remark(&mut self, wanted: &ProvideRequest, kind: RemarkKind) {
        let (origin, place) = (wanted.origin.clone(), wanted.place.clone());
        self.remarks.push(RequestRemark { origin, place, kind });
    }
}
