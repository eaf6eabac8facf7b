//! Reports for people and programs: the configuration dump (`-D DUMP_CHROOT`) and mod_status' block.

pub(crate) mod dump;
pub(crate) mod status;
