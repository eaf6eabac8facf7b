//! The gate decides which files of the host may be shown in the jail, in views and as copies. It judges the opened file, not its
//! name.

use crate::audit::OwnKind;
use crate::config::ProvideItem;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::jail::walk::{
    OpenedPath, PassedDir, SymbolicLink, WalkSeries, on_host, read_access_list_or_other,
    walk_with_passed_dirs,
};
use crate::messages::{
    ContainedOwnFile, Place, Remark, RemarkKind, UnusablePath, ViewFault, WalkFault,
};
use crate::platform;
use crate::platform::{AccessList, FileFacts, FileKind, Inode, InodeKind, Ownership};
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::rights::{Grant, PASS, READ, WRITE, compute_grant, compute_ownership};
use crate::view::secrets::{Secrets, describe_own_files};
use crate::view::shared_dirs::{find_risk, is_in_shared};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// Judges requests, and collects remarks about them.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    secrets: &'a Secrets<'a>,
    run_as: &'a RunAs,
    /// Directories of the host that children may write to from inside.
    writable: Vec<PathBuf>,
    remarks: Vec<RequestRemark>,
    walks: WalkSeries,
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
    /// A file that may be shown.
    Admit(Admitted),
    /// Only this socket in it may be shown, once it is created.
    Later(PathBuf),
    /// It is left out, or is missing, or lies in the jail anyway.
    Omit,
}

/// A file that may be shown: held open since it was judged.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// Requested path.
    pub path: PathBuf,
    /// The file or directory.
    pub found: OpenedPath,
    /// Folders that have to be passed to reach it.
    pub folders: Vec<PassedDir>,
}

/// Grants of one file or folder to the children, outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChildAccess {
    /// To read or list it.
    pub read: Grant,
    /// To run it, or to pass through it.
    pub pass: Grant,
}

impl<'a> Gate<'a> {
    /// A gate without remarks.
    pub(crate) fn new(secrets: &'a Secrets<'a>, run_as: &'a RunAs) -> Self {
        let (writable, remarks, walks) = Default::default();
        Self { secrets, run_as, writable, remarks, walks }
    }

    /// Notes the directories that children may write to according to `requests`.
    pub(crate) fn note_writable(&mut self, requests: &[ProvideRequest]) {
        let is_of_host = |it: &&ProvideRequest| it.is_writable() && it.kind != RequestKind::Scratch;
        let found = requests.iter().filter(is_of_host).filter_map(|it| on_host(&it.path).ok());
        self.writable = found.map(|found| found.at).collect();
    }

    /// Checks that there is no symbolic link on the way that a child could replace by another one. It would decide which
    /// file of the host is shown.
    fn check_links(
        &self,
        found: &OpenedPath,
        folders: &[PassedDir],
        jail: &CheckedJail,
    ) -> Result<(), ViewFault> {
        let user = self.run_as.user;
        let is_replaceable = |link: &&SymbolicLink| {
            let Some(parent) = link.at.parent() else { return false };
            let is_inside = parent.starts_with(jail.at())
                || self.writable.iter().any(|area| parent.starts_with(area));
            let can_write = |folder: &PassedDir| {
                folder.facts.owner == user
                    || compute_grant(folder.facts, &folder.list, self.run_as, WRITE)
                        != Grant::Nobody
            };
            let mut holders = folders.iter().filter(|folder| folder.at == parent);
            is_inside && (link.facts.owner == user || holders.any(can_write))
        };
        match found.links.iter().find(is_replaceable) {
            Some(link) => Err(ViewFault::ReplaceableLink(link.at.clone())),
            None => Ok(()),
        }
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
            kind,
        };
        self.remarks.into_iter().map(in_words).collect()
    }

    /// Judges the host's file at the requested path.
    ///
    /// # Errors
    /// Returns an error if it must not be shown, or if its path cannot be opened. A path that is missing is
    /// left out.
    pub(crate) fn admit(
        &mut self,
        request: &ProvideRequest,
        jail: &CheckedJail,
    ) -> Result<GateDecision, ViewFault> {
        let verdict = self.admit_path(request, &request.path, jail)?;
        let (GateDecision::Omit, Some(socket)) = (&verdict, &request.socket_only) else {
            return Ok(verdict);
        };
        let withheld = self.remarks.len();
        let is_of_path = |kind: &RemarkKind| matches!(kind, RemarkKind::Unsafe { path, .. } if *path == request.path);
        if self.remarks.last().is_some_and(|last| is_of_path(&last.kind)) {
            return Ok(verdict);
        }
        let verdict = self.admit_path(request, socket, jail)?;
        if let (GateDecision::Admit(_), Some(last)) = (&verdict, withheld.checked_sub(1)) {
            self.note_socket_only(last);
        }
        Ok(verdict)
    }

    /// Replaces the remark that a directory is left out: its socket is shown.
    fn note_socket_only(&mut self, remark: usize) {
        let Some(RequestRemark { kind, .. }) = self.remarks.get_mut(remark) else { return };
        if let RemarkKind::Withheld { path, own, .. } = kind {
            let (path, own) = (path.clone(), Some(own.clone()));
            *kind = RemarkKind::SocketAlone { path, own, directive: None };
        }
    }

    fn admit_path(
        &mut self,
        request: &ProvideRequest,
        path: &Path,
        jail: &CheckedJail,
    ) -> Result<GateDecision, ViewFault> {
        let is_in_it = |late: &PathBuf| late.parent() == path.parent();
        if request.late_socket.as_ref().is_some_and(is_in_it) {
            // The directory is for other files too, so it is not shown.
            return Ok(self.admit_late_socket(request, path.parent().unwrap_or(path), None));
        }
        let (found, folders) = match self.walks.walk(path) {
            Err(fault) => return self.leave_out(request, path, fault),
            Ok(walked) => walked,
        };
        if found.at.starts_with(jail.at()) {
            return Ok(GateDecision::Omit);
        }
        self.check_links(&found, &folders, jail)?;
        if self.is_unsafe(request, &found, &folders)? {
            return Ok(GateDecision::Omit);
        }
        match (self.check_harmless(request, &found), &request.late_socket) {
            (Err(ViewFault::Exposes(_)), Some(_)) => {
                return Ok(self.admit_late_socket(request, path, None));
            }
            (Err(_), _) if request.is_default() => return Ok(GateDecision::Omit),
            (checked, _) => checked?,
        }
        let is_named = request.kind == RequestKind::Required;
        let shown = self.find_own_files(request, &found)?;
        let path = path.to_owned();
        match shown {
            None => {}
            Some(own) if is_named => self.add_remark(request, RemarkKind::Shown(own)),
            Some(own) if request.late_socket.is_some() => {
                return Ok(self.admit_late_socket(request, &path, Some(own)));
            }
            Some(own) => {
                let remedy = request.suggest_fix(&own.path);
                self.add_remark(request, RemarkKind::Withheld { path, own, remedy });
                return Ok(GateDecision::Omit);
            }
        }
        self.note_shared(request, &path, &found, &folders);
        Ok(GateDecision::Admit(Admitted { path, found, folders }))
    }

    /// Description of the server's own files that would be shown with it; `None` without any.
    ///
    /// # Errors
    /// Returns an error if a key is among them, and the path is named.
    fn find_own_files(
        &self,
        request: &ProvideRequest,
        found: &OpenedPath,
    ) -> Result<Option<ContainedOwnFile>, ViewFault> {
        let is_named = request.kind == RequestKind::Required;
        let shown = self.secrets.find_shown(found, is_named, request.is_writable());
        let is_key = |kind| matches!(kind, OwnKind::Key | OwnKind::Keys);
        match shown.iter().find(|own| is_named && is_key(own.kind)) {
            Some(key) => Err(ViewFault::Exposes(key.describe_key())),
            None => Ok(describe_own_files(&shown)),
        }
    }

    /// Adds a remark if every user could have made the file.
    fn note_shared(
        &mut self,
        request: &ProvideRequest,
        path: &Path,
        found: &OpenedPath,
        folders: &[PassedDir],
    ) {
        if is_in_shared(found, folders) {
            let (path, owner) = (path.to_owned(), found.facts.owner.0);
            self.add_remark(request, RemarkKind::Shared { path, owner });
        }
    }

    /// Whether another user can decide what is shown for `request`; then with a remark.
    fn is_unsafe(
        &mut self,
        request: &ProvideRequest,
        found: &OpenedPath,
        folders: &[PassedDir],
    ) -> Result<bool, ViewFault> {
        let inode = read_inode(request, found)?;
        let writer = request.is_writable().then_some(self.run_as.user);
        let Some(risk) = find_risk(found, &inode, folders, writer) else { return Ok(false) };
        self.add_remark(request, RemarkKind::Unsafe { path: request.path.clone(), risk });
        Ok(true)
    }

    /// Admits one socket of the directory `path` only.
    fn admit_late_socket(
        &mut self,
        request: &ProvideRequest,
        path: &Path,
        own: Option<ContainedOwnFile>,
    ) -> GateDecision {
        let Some(late) = request.late_socket.clone() else { return GateDecision::Omit };
        let directive = request.directive;
        let kind = RemarkKind::SocketAlone { path: path.to_owned(), own, directive };
        // mod_wsgi has several in one directory.
        if self.remarks.iter().all(|remark| remark.kind != kind) {
            self.add_remark(request, kind);
        }
        GateDecision::Later(late)
    }

    /// Refuses a file that must never be shown in a jail.
    fn check_harmless(
        &self,
        request: &ProvideRequest,
        found: &OpenedPath,
    ) -> Result<(), ViewFault> {
        match read_inode(request, found)?.sort {
            InodeKind::Block => Err(ViewFault::Special("a block device")),
            // The set of devices names them by their paths in the host's /dev; they work inside.
            InodeKind::Character if !request.limits.devices => Ok(()),
            InodeKind::Character => Err(ViewFault::Special("a character device")),
            InodeKind::Other => Err(ViewFault::Special("a FIFO, or something else of that kind")),
            _ => match self.secrets.find_exposed(found) {
                Some(what) => Err(ViewFault::Exposes(what.into())),
                None => Ok(()),
            },
        }
    }

    /// Computes the access of the children, outside, to a file or folder with these `facts`, below folders that grant
    /// `passage`.
    pub(crate) fn compute_access(
        &self,
        file: BorrowedFd<'_>,
        facts: FileFacts,
        passage: Grant,
    ) -> ChildAccess {
        let list = read_access_list_or_other(file);
        let granted = |bit| passage.intersect(compute_grant(facts, &list, self.run_as, bit));
        ChildAccess { read: granted(READ), pass: granted(PASS) }
    }

    /// Chooses the ownership of a file that is made in place of the host's file `found`, below `folders`: it permits the
    /// children no more than that does. `None`, with a remark, if they cannot read it outside.
    pub(crate) fn choose_ownership(
        &mut self,
        request: &ProvideRequest,
        found: &OpenedPath,
        folders: &[PassedDir],
    ) -> Option<Ownership> {
        let passage = self.compute_passage(folders);
        let access = self.compute_access(found.file.as_fd(), found.facts, passage);
        if access.read == Grant::Nobody {
            self.report_closed(request, &request.path, found.file.as_fd());
            return None;
        }
        Some(compute_ownership(access.read, Grant::Nobody, 0o6, self.run_as))
    }

    /// Computes the grant of all `folders` together to pass through them.
    pub(crate) fn compute_passage(&self, folders: &[PassedDir]) -> Grant {
        let passed = |one: &PassedDir| compute_grant(one.facts, &one.list, self.run_as, PASS);
        folders.iter().map(passed).fold(Grant::Everyone, Grant::intersect)
    }

    /// Adds a remark that `path` is not copied because the children cannot read it outside, or counts it in the remark about the same
    /// word.
    pub(crate) fn report_closed(
        &mut self,
        request: &ProvideRequest,
        path: &Path,
        file: BorrowedFd<'_>,
    ) {
        let of_word = |remark: &&mut RequestRemark| {
            remark.origin == request.origin && matches!(remark.kind, RemarkKind::Closed { .. })
        };
        if let Some(RemarkKind::Closed { more, .. }) =
            self.remarks.iter_mut().find(of_word).map(|remark| &mut remark.kind)
        {
            *more += 1;
            return;
        }
        let closed_dirs = self.find_obstacles(path, file);
        let (uid, gid) = (self.run_as.user.0, self.run_as.group.0);
        self.add_remark(
            request,
            RemarkKind::Closed { path: path.to_owned(), closed_dirs, uid, gid, more: 0 },
        );
    }

    /// Finds the files whose modes stand in the way, the folders above `path` first.
    fn find_obstacles(&self, path: &Path, file: BorrowedFd<'_>) -> Vec<UnusablePath> {
        let obstacle = |path: &Path, is_folder, facts, list: &AccessList| {
            let bit = if is_folder { PASS } else { READ };
            let is_open = compute_grant(facts, list, self.run_as, bit) != Grant::Nobody;
            let by_list = *list == AccessList::Other;
            (!is_open).then(|| UnusablePath { path: path.to_owned(), is_folder, by_list })
        };
        let passed = walk_with_passed_dirs(path).map(|(_, passed)| passed).unwrap_or_default();
        let folders = passed.iter().filter_map(|one| obstacle(&one.at, true, one.facts, &one.list));
        let facts = platform::read_facts(file.as_raw_fd()).ok();
        let list = read_access_list_or_other(file);
        let last =
            facts.and_then(|facts| obstacle(path, facts.kind == FileKind::Directory, facts, &list));
        folders.chain(last).collect()
    }

    /// Leaves out a path that cannot be walked, with a remark if a word names it.
    fn leave_out(
        &mut self,
        request: &ProvideRequest,
        path: &Path,
        fault: WalkFault,
    ) -> Result<GateDecision, ViewFault> {
        if request.is_left_out(&fault) {
            return Ok(GateDecision::Omit);
        }
        if fault.is_missing() {
            self.add_remark(request, RemarkKind::Missing(path.to_owned()));
            return Ok(GateDecision::Omit);
        }
        Err(fault.into())
    }

    fn add_remark(&mut self, request: &ProvideRequest, kind: RemarkKind) {
        let (origin, place) = (request.origin.clone(), request.place.clone());
        self.remarks.push(RequestRemark { origin, place, kind });
    }
}

fn read_inode(request: &ProvideRequest, found: &OpenedPath) -> Result<Inode, ViewFault> {
    platform::read_inode(found.file.as_fd())
        .map_err(|error| ViewFault::Read(request.path.clone(), error))
}
