#![forbid(unsafe_code)]
//! What the configuration needs of the host, tried from inside before the server serves.

mod claim;
pub(crate) mod rules;

pub(crate) use claim::{Claim, Known, Need, Remedy};
