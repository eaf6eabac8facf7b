//! A view: a small read-only file system in a mount namespace of its own: planned, then mounted.

pub(crate) mod build;
mod builder;
pub(crate) mod change;
pub(crate) mod dir_attributes;
pub(crate) mod host_links;
pub(crate) mod in_private;
pub(crate) mod late;
pub(crate) mod mount_point;
pub(crate) mod mountinfo;
pub(crate) mod on_top;
pub(crate) mod outcome;
pub(crate) mod plan;
mod plan_private;
mod private_place;
pub(crate) mod private_tmp;
pub(crate) mod shown;
pub(crate) mod source;
pub(crate) mod tree;
pub(crate) mod update;
