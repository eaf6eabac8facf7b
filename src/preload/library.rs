//! Whether a library may be run by root: nobody else can change it, or put another one in its place.

use crate::jail::CheckedJail;
use crate::messages::{DistrustReason, PreloadFault, WalkFault};
use crate::trust::trusted::Judge;
use std::path::Path;

/// Judges the library at `path`, which is absolute.
///
/// # Errors
/// It is not there, or not root's alone.
pub(super) fn judge(path: &Path, jail: &CheckedJail) -> Result<(), PreloadFault> {
    Judge::outside(jail).file(path).map(drop).map_err(|why| match why {
        DistrustReason::Walk(fault) => PreloadFault::Missing(fault),
        DistrustReason::Kind(_) => PreloadFault::NoFile,
        DistrustReason::InJail(jail) => PreloadFault::InJail(jail),
        DistrustReason::Changeable(complaints) => PreloadFault::Changeable(complaints),
        DistrustReason::Unreadable(path, error) => {
            PreloadFault::Missing(WalkFault::Unreadable(path, error))
        }
    })
}
