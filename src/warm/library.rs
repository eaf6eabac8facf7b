#![forbid(unsafe_code)]
//! Whether a library may be run by root: nobody else can change it, or put another one in its place.

use crate::fault::{Distrust, WalkFault, WarmFault};
use crate::jail::Jail;
use crate::trusted::Judge;
use std::path::Path;

/// Judges the library at `path`, which is absolute.
///
/// # Errors
/// It is not there, or not root's alone.
pub(super) fn judge(path: &Path, jail: &Jail) -> Result<(), WarmFault> {
    Judge::outside(jail).file(path).map(drop).map_err(|why| match why {
        Distrust::Walk(fault) => WarmFault::Missing(fault),
        Distrust::Kind(_) => WarmFault::NoFile,
        Distrust::InJail(jail) => WarmFault::InJail(jail),
        Distrust::Changeable(complaints) => WarmFault::Changeable(complaints),
        Distrust::Unreadable(path, error) => WarmFault::Missing(WalkFault::Unreadable(path, error)),
    })
}
