//! Mounts a planned view in this process's private namespace.

use crate::messages::ViewFault;
use crate::platform::{MadeDirectory, MountLimits, MountNamespace};
use crate::view::mounts::builder::{Builder, ViewDir};
use crate::view::mounts::in_private::remove_unused_places;
use crate::view::mounts::mount_point::{open_mount_point, unmount_earlier};
use crate::view::mounts::on_top::OnTop;
use crate::view::mounts::plan::ViewPlan;
use crate::view::mounts::private_place::PrivatePlace;
use crate::view::mounts::private_tmp;
use crate::view::mounts::private_tmp::Owner;
use std::io::{self};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Limits of the folders that are created for the view: root alone creates them, and nobody writes to them.
const SKELETON: MountLimits =
    MountLimits { writing: true, devices: true, setuid: true, executing: false };

/// A view that is mounted.
#[derive(Debug)]
pub(crate) struct BuiltView {
    /// Its root.
    pub root: OwnedFd,
    /// Places in private directories that could not be made. Children can be the cause, so they do not prevent a start.
    pub faults: Vec<(PathBuf, io::Error)>,
}

/// Mounts `plan` in place of an earlier view. The processes in the earlier view keep it: they have
/// a namespace of their own. The private temporary directory is kept if it is that of `owner`.
///
/// # Errors
/// Returns the error of the first step that failed. The server must not start.
pub(crate) fn build_view(
    namespace: &MountNamespace,
    plan: &ViewPlan,
    owner: Owner<'_>,
) -> Result<BuiltView, ViewFault> {
    let private = private_tmp::find_earlier(namespace, owner).map_err(ViewFault::MountPoint)?;
    unmount_earlier(namespace)?;
    let point = open_mount_point().map_err(ViewFault::MountPoint)?;
    let step = |call| move |error| ViewFault::Step(call, error);
    let root = namespace
        .create_tmpfs(&[(c"source", c"mod_chroot"), (c"mode", c"0755"), (c"size", c"64m")])
        .map_err(step("fsmount"))?;
    namespace.attach_mount(root.as_fd(), point.as_fd()).map_err(step("move_mount"))?;
    let mut builder = Builder { namespace, owner, private, on_top: OnTop::default() };
    builder.fill_folder(ViewDir::for_directory(root.as_fd()), &plan.root, Path::new("/"))?;
    let faults = fill_private(&builder, root.as_fd(), &plan.in_private);
    for (path, held) in &plan.on_top {
        builder.mount_over(root.as_fd(), path, held)?;
    }
    let top = MadeDirectory::open_at(root.as_fd(), c".").map_err(step("openat"))?;
    builder.set_attributes(&top, &plan.root).map_err(|error| ViewFault::Make("/".into(), error))?;
    drop(top);
    namespace.restrict_mount(root.as_fd(), SKELETON, false).map_err(step("mount_setattr"))?;
    Ok(BuiltView { root, faults })
}

/// Shows `places` in the private directories, which may have those of an earlier view.
fn fill_private(
    builder: &Builder<'_>,
    root: BorrowedFd<'_>,
    places: &[PrivatePlace],
) -> Vec<(PathBuf, io::Error)> {
    remove_unused_places(root, places);
    let show = |place: &PrivatePlace| {
        let shown = place.show_content(builder, root);
        shown.err().map(|error| (place.path.clone(), error))
    };
    places.iter().filter_map(show).collect()
}
