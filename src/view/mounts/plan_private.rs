//! The part of a plan that lies in private directories.

use crate::jail::walk::PassedDir;
use crate::provide::ProvideRequest;
use crate::view::gate::Gate;
use crate::view::mounts::plan::ViewPlan;
use crate::view::mounts::private_place::{PlaceContent, PrivatePlace, is_below_private};
use crate::view::mounts::source::HeldFile;
use crate::view::mounts::tree::{OnConflict, PlaceError, ViewNode};
use std::path::Path;

impl ViewPlan {
    /// Places `node` at `path`, in a private directory or elsewhere.
    ///
    /// # Errors
    /// Returns an error if the place is taken, or a directory above it cannot be read.
    pub(crate) fn place_anywhere(
        &mut self,
        path: &Path,
        node: ViewNode<HeldFile>,
        folders: &[PassedDir],
        gate: &Gate<'_>,
    ) -> Result<(), PlaceError> {
        let private = if is_below_private(path) { self.root.find_private(path)? } else { None };
        let (private, content) = match (private, node) {
            (Some(private), ViewNode::Mount(held)) => (private, PlaceContent::Host(held)),
            (Some(private), ViewNode::Late) => (private, PlaceContent::Late),
            (_, node) => return self.root.place_node(path, node, OnConflict::Keep),
        };
        let place = PrivatePlace::new(private, content, folders, gate);
        self.in_private.push(place.ok_or(PlaceError::Taken)?);
        Ok(())
    }

    /// Leaves no earlier file of the host's in private directories at the paths of `requests` that are not shown now.
    ///
    /// # Errors
    /// Returns an error if a directory above one of them cannot be read.
    pub(crate) fn clear_private(
        &mut self,
        requests: &[ProvideRequest],
        gate: &Gate<'_>,
    ) -> Result<(), PlaceError> {
        for path in requests.iter().map(|request| &request.path) {
            if !is_below_private(path) || self.is_shown(path) {
                continue;
            }
            let private = self.root.find_private(path)?;
            let nothing = |private| PrivatePlace::new(private, PlaceContent::Nothing, &[], gate);
            let place = private.and_then(nothing);
            let is_free = |place: &PrivatePlace| {
                self.in_private.iter().all(|other| !other.path.starts_with(&place.path))
            };
            self.in_private.extend(place.filter(is_free));
        }
        Ok(())
    }
}
