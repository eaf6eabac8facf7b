//! Host paths without a view: a link in the jail, and copies of host files.

pub(crate) mod copy;
pub(crate) mod file;
pub(crate) mod link;
pub(crate) mod maker;
pub(crate) mod manifest;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
pub(crate) mod safe_dir;
pub(crate) mod sync;
