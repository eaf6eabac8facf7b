//! Changes of a view while children use it: the view that is mounted is compared with a new plan, and each place that
//! differs is replaced.
//!
//! A replacement is made in a separate folder, for root alone, and then exchanged with the place by one rename: a child finds
//! either the file before or the file after it. The kernel renames no name that is a mount point in the namespace of the
//! process that asks. So this is for a process that ends afterwards: it makes everything ready, leaves the namespace of
//! the view for a copy without the view, and renames from there.

use crate::jail::walk::read_access_list_or_other;
use crate::messages::ViewFault;
use crate::platform;
use crate::platform::{AccessList, FileKind, MadeDirectory, MountNamespace, Ownership};
use crate::trust::rights::narrow_mode;
use crate::view::mounts::builder::{Builder, ViewDir, open_place};
use crate::view::mounts::change::{ChangeKind, PlaceChange, UpdateResult, is_same};
use crate::view::mounts::mount_point::unmount_earlier;
use crate::view::mounts::on_top::OnTop;
use crate::view::mounts::plan::ViewPlan;
use crate::view::mounts::private_place::PrivatePlace;
use crate::view::mounts::private_tmp::Owner;
use crate::view::mounts::source::{HeldFile, to_ownership};
use crate::view::mounts::tree::{ViewFolder, ViewNode};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Folder at the root of the view in which replacements are made. It exists while a view is changed.
const STAGING: &CStr = c".mod_chroot-new";

/// Updates the view whose root is `root` to the plan, which says nothing about the paths `kept`: they stay as they are. This process
/// must end afterwards: it leaves the namespace of the view.
///
/// # Errors
/// Returns an error if nothing can be changed.
pub(crate) fn update_view(
    namespace: &MountNamespace,
    root: BorrowedFd<'_>,
    (plan, kept): (&ViewPlan, &BTreeSet<PathBuf>),
    owner: Owner<'_>,
) -> Result<UpdateResult, ViewFault> {
    let step = |call| move |error| ViewFault::Step(call, error);
    let writable = namespace.copy_writable(root).map_err(step("open_tree"))?;
    let builder = Builder { namespace, owner, private: BTreeMap::new(), on_top: OnTop::default() };
    let top = ViewDir { writable: writable.as_fd(), mounted: root };
    let (staged, result) = Default::default();
    let mut update = Update { builder, top, kept, staged, result };
    update.read_on_top(plan);
    update.detach_unplanned(plan);
    update.compare_folder(top, &plan.root, Path::new("/"));
    for place in &plan.in_private {
        update.renew_in_private(place);
    }
    for (path, held) in &plan.on_top {
        update.renew_on_top(path, held);
    }
    let Update { staged, mut result, .. } = update;
    if !staged.is_empty() {
        let changed = exchange_all(writable.as_fd(), staged, &mut result.faults)?;
        result.changes.extend(changed);
    }
    Ok(result)
}

/// A change of one name that is ready to be made.
struct StagedChange {
    folder: OwnedFd,
    name: CString,
    /// The name of the replacement in the staging folder; of the place itself, once it is removed.
    staged: CString,
    change: PlaceChange,
}

struct Update<'a> {
    builder: Builder<'a>,
    top: ViewDir<'a>,
    kept: &'a BTreeSet<PathBuf>,
    staged: Vec<StagedChange>,
    result: UpdateResult,
}

impl Update<'_> {
    fn read_on_top(&mut self, plan: &ViewPlan) {
        match OnTop::read(plan) {
            Ok(on_top) => self.builder.on_top = on_top,
            Err(error) => self.report(Path::new("/"), error),
        }
    }

    /// Detaches mounts on top of provided directories that are not planned any more: each gives other rights than the directory.
    fn detach_unplanned(&mut self, plan: &ViewPlan) {
        let is_provided = |path: &Path| {
            let is_kept = |kept: &PathBuf| kept.starts_with(path) || path.starts_with(kept);
            path.parent().is_some_and(|parent| plan.is_shown(parent))
                && !self.kept.iter().any(is_kept)
        };
        let unplanned = self.builder.on_top.list_unplanned(is_provided);
        if unplanned.is_empty() {
            return;
        }
        for place in unplanned {
            let (path, kind) = (place.path.clone(), ChangeKind::Removed);
            match place.detach(self.builder.namespace, self.top.mounted) {
                Ok(()) => self.result.changes.push(PlaceChange { path, kind }),
                Err(error) => self.report(&path, error),
            }
        }
        self.read_on_top(plan);
    }

    /// Compares a folder of the view with that of the plan.
    fn compare_folder(&mut self, folder: ViewDir<'_>, plan: &ViewFolder<HeldFile>, path: &Path) {
        let names = match platform::list_names(folder.writable) {
            Ok(names) => names,
            Err(error) => return self.report(path, error),
        };
        if let Err(error) = self.update_attributes(folder.writable, plan) {
            self.report(path, error);
        }
        for (name, node) in &plan.entries {
            let place = path.join(std::ffi::OsStr::from_bytes(name.to_bytes()));
            let kind = if names.contains(name) { ChangeKind::Renewed } else { ChangeKind::Shown };
            let is_current = match kind {
                ChangeKind::Renewed => self.is_current(folder, name, node, &place),
                _ => Ok(false),
            };
            match is_current {
                Ok(true) => {}
                Ok(false) => {
                    self.stage(folder, name, Some(node), PlaceChange { path: place, kind })
                }
                Err(error) => self.report(&place, error),
            }
        }
        let is_gone = |name: &&CString| !plan.entries.contains_key(*name) && ***name != *STAGING;
        for name in names.iter().filter(is_gone) {
            let place = path.join(std::ffi::OsStr::from_bytes(name.to_bytes()));
            if self.kept.iter().any(|kept| kept.starts_with(&place)) {
                continue;
            }
            let change = PlaceChange { path: place, kind: ChangeKind::Removed };
            self.stage(folder, name, None, change);
        }
    }

    /// Sets owner, mode and access control list of a folder that children use, if they differ. At no moment does it permit
    /// more than it permits before or after.
    fn update_attributes(
        &self,
        directory: BorrowedFd<'_>,
        folder: &ViewFolder<HeldFile>,
    ) -> io::Result<()> {
        let made = MadeDirectory::reopen(directory)?;
        let facts = platform::read_facts(made.as_fd().as_raw_fd())?;
        let list = read_access_list_or_other(made.as_fd());
        let Ownership { mode, user, group } = folder.ownership;
        let mode = narrow_mode(mode, &folder.list) & 0o1777;
        // With a list, the group's bits are its mask, and the list has the others.
        let counts = if list == AccessList::Plain { 0o7777 } else { 0o7000 };
        let is_current = (facts.owner, facts.group) == (user, group)
            && list == folder.list
            && facts.mode & counts == mode & counts;
        if is_current {
            return Ok(());
        }
        made.set_mode(narrow_mode(facts.mode, &list) & mode)?;
        self.builder.set_attributes(&made, folder)
    }

    /// Whether the view has `node` at the place already. The limits of a mount are set again: a mount of the host that
    /// appeared in it since has its own.
    fn is_current(
        &mut self,
        folder: ViewDir<'_>,
        name: &CStr,
        node: &ViewNode<HeldFile>,
        path: &Path,
    ) -> io::Result<bool> {
        let made = platform::read_facts_at(folder.writable, name)?;
        let mounted = platform::open_handle_at(folder.mounted, name)?;
        let facts = platform::read_facts(mounted.as_raw_fd())?;
        match node {
            // `SymLinksIfOwnerMatch` compares the owner.
            ViewNode::Link(target, ownership) => Ok(facts.kind == FileKind::Link
                && (facts.owner, facts.group) == (ownership.user, ownership.group)
                && platform::read_link_at(folder.mounted, name)? == *target),
            ViewNode::Folder(inner) => {
                if made.kind != FileKind::Directory || made.identity != facts.identity {
                    return Ok(false);
                }
                let writable = platform::open_directory_at(folder.writable, name)?;
                let dir = ViewDir { writable: writable.as_fd(), mounted: mounted.as_fd() };
                self.compare_folder(dir, inner, path);
                Ok(true)
            }
            ViewNode::Mount(held) => {
                if made.identity == facts.identity
                    || !is_same(mounted.as_fd(), facts.identity, held)?
                {
                    return Ok(false);
                }
                self.builder.restrict_again(self.top.mounted, (path, mounted.as_fd()), held)?;
                Ok(true)
            }
            ViewNode::Made(contents, ownership) => Ok(made.identity == facts.identity
                && to_ownership(facts) == *ownership
                && has_contents(folder.mounted, name, contents)?),
            // Their contents are the server's own.
            ViewNode::Scratch | ViewNode::Late => Ok(true),
        }
    }

    /// Makes `node` ready to take the place of `name`; or its removal, if there is none.
    fn stage(
        &mut self,
        folder: ViewDir<'_>,
        name: &CStr,
        node: Option<&ViewNode<HeldFile>>,
        change: PlaceChange,
    ) {
        let number = format!("{}-{}", std::process::id(), self.staged.len());
        let staged = CString::new(number).unwrap_or_default();
        let made = match node {
            Some(node) => self.create_staged(&staged, node, &change.path),
            None => Ok(()),
        };
        let keep = made.and_then(|()| {
            let fault = |error| ViewFault::Make(change.path.clone(), error);
            folder.writable.try_clone_to_owned().map_err(fault)
        });
        match keep {
            Ok(folder) => {
                self.staged.push(StagedChange { folder, name: name.to_owned(), staged, change });
            }
            Err(fault) => self.result.faults.push(fault),
        }
    }

    fn create_staged(
        &mut self,
        name: &CStr,
        node: &ViewNode<HeldFile>,
        path: &Path,
    ) -> Result<(), ViewFault> {
        let fault = |error| ViewFault::Make(path.to_owned(), error);
        let writable = open_staging(self.top.writable).map_err(fault)?;
        let mounted = platform::open_directory_at(self.top.mounted, STAGING).map_err(fault)?;
        let staging = ViewDir { writable: writable.as_fd(), mounted: mounted.as_fd() };
        self.builder.create_node(staging, name, node, path)
    }

    /// Shows what belongs at `place`, if something else is there by now.
    fn renew_in_private(&mut self, place: &PrivatePlace) {
        match place.show_content(&self.builder, self.top.mounted) {
            Ok(None) => {}
            Ok(Some(kind)) => {
                self.result.changes.push(PlaceChange { path: place.path.clone(), kind });
            }
            Err(error) => self.report(&place.path, error),
        }
    }

    /// Mounts `held` again over the file that a provided directory has at `path`, if something else is there by now.
    fn renew_on_top(&mut self, path: &Path, held: &HeldFile) {
        let kind = ChangeKind::Renewed;
        match self.try_on_top(path, held) {
            Ok(false) => {}
            Ok(true) => self.result.changes.push(PlaceChange { path: path.to_owned(), kind }),
            Err(fault) => self.result.faults.push(fault),
        }
    }

    /// As [`Self::renew_on_top`]; false if `held` is there already. Steps that can fail come before the earlier mount is
    /// detached, and a copy of that takes the place back if the new one cannot be attached.
    fn try_on_top(&self, path: &Path, held: &HeldFile) -> Result<bool, ViewFault> {
        let fault = |error| ViewFault::Make(path.to_owned(), error);
        let (root, namespace) = (self.top.mounted, self.builder.namespace);
        let shown = open_place(root, path)?;
        if is_same(shown.file.as_fd(), shown.facts.identity, held).unwrap_or_default() {
            let again = self.builder.restrict_again(root, (path, shown.file.as_fd()), held);
            return again.map(|()| false).map_err(fault);
        }
        let new = self.builder.make_mount(held).map_err(fault)?;
        let earlier = namespace.copy_mount(shown.file.as_fd()).map_err(fault)?;
        // No mount is there if the host has removed the file before.
        let is_detached = namespace.detach_held(shown.file.as_fd()).is_ok();
        let attach = |mount: &OwnedFd| {
            let place = open_place(root, path)?;
            namespace.attach_mount(mount.as_fd(), place.file.as_fd()).map_err(fault)
        };
        let attached = attach(&new);
        if attached.is_err() && is_detached {
            attach(&earlier)?;
        }
        attached.map(|()| true)
    }

    fn report(&mut self, path: &Path, error: io::Error) {
        self.result.faults.push(ViewFault::Make(path.to_owned(), error));
    }
}

/// Whether the file `name` consists of `contents`.
fn has_contents(folder: BorrowedFd<'_>, name: &CStr, contents: &[u8]) -> io::Result<bool> {
    let file = File::from(platform::open_file_at(folder, name)?);
    let mut read = Vec::new();
    file.take(contents.len() as u64 + 1).read_to_end(&mut read)?;
    Ok(read == contents)
}

fn open_staging(top: BorrowedFd<'_>) -> io::Result<MadeDirectory> {
    match MadeDirectory::create_at(top, STAGING) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            MadeDirectory::open_at(top, STAGING)
        }
        made => made,
    }
}

/// Leaves the namespace of the view, and makes all changes from outside.
fn exchange_all(
    top: BorrowedFd<'_>,
    all: Vec<StagedChange>,
    faults: &mut Vec<ViewFault>,
) -> Result<Vec<PlaceChange>, ViewFault> {
    let step = |call| move |error| ViewFault::Step(call, error);
    let staging = open_staging(top).map_err(step("mkdirat"))?;
    let outside = MountNamespace::unshare().map_err(step("unshare"))?.map_err(ViewFault::Absent)?;
    unmount_earlier(&outside)?;
    let mut changes = Vec::new();
    for StagedChange { folder, name, staged, change } in all {
        let (place, beside) = ((folder.as_fd(), &*name), (staging.as_fd(), &*staged));
        let renamed = match change.kind {
            ChangeKind::Shown => outside.rename_place(beside, place, false),
            ChangeKind::Renewed => outside.rename_place(beside, place, true),
            ChangeKind::Removed => outside.rename_place(place, beside, false),
        };
        match renamed {
            Ok(()) => changes.push(change),
            Err(error) => faults.push(ViewFault::Make(change.path, error)),
        }
    }
    // With the name of a mount point, the kernel removes the mount.
    let removed =
        remove_contents(staging.as_fd()).and_then(|()| platform::remove_directory_at(top, STAGING));
    faults.extend(removed.err().map(|error| ViewFault::Make("/".into(), error)));
    Ok(changes)
}

/// Removes everything in `folder`, which belongs to the view itself: no mount is seen through it.
fn remove_contents(folder: BorrowedFd<'_>) -> io::Result<()> {
    for name in platform::list_names(folder)? {
        if platform::read_facts_at(folder, &name)?.kind == FileKind::Directory {
            remove_contents(platform::open_directory_at(folder, &name)?.as_fd())?;
            platform::remove_directory_at(folder, &name)?;
        } else {
            platform::remove_file_at(folder, &name)?;
        }
    }
    Ok(())
}
