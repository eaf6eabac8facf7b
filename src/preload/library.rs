//! Check that a library may be loaded by root: root alone can change or replace it.

use crate::jail::CheckedJail;
use crate::messages::{DistrustReason, PreloadFault, WalkFault};
use crate::trust::trusted::Judge;
use std::path::Path;

/// Judges the library at `path`, which is absolute.
///
/// # Errors
/// Returns an error if it is missing, or not root's alone.
pub(super) fn judge_library(path: &Path, jail: &CheckedJail) -> Result<(), PreloadFault> {
    Judge::outside(jail).open_file(path).map(drop).map_err(|cause| match cause {
        DistrustReason::Walk(fault) => PreloadFault::Missing(fault),
        DistrustReason::Kind(_) => PreloadFault::NoFile,
        DistrustReason::InJail(jail) => PreloadFault::InJail(jail),
        DistrustReason::Changeable(complaints) => PreloadFault::Changeable(complaints),
        DistrustReason::Unreadable(path, error) => {
            PreloadFault::Missing(WalkFault::Unreadable(path, error))
        }
    })
}
