#![forbid(unsafe_code)]
//! Needs of the configuration, tried from inside before the server serves.
//!
//! [`claim`]: the needs; [`trial`]: whether they are met, found out in a process that has entered;
//! [`verdict`]: whether that is the fault of the jail, and the remedy. The process that enters is made by
//! the callers: it must be what a child is.

mod claim;
mod host;
mod names;
mod program;
mod report;
mod rules;
mod seen;
mod trial;
mod verdict;

pub(crate) use claim::{Claim, Known, Need, Remedy};
pub(crate) use host::{Host, Unasked};
pub(crate) use report::{Failed, Told, write as tell};
pub(crate) use rules::{Facts, claims, configured, names as directives, needs_dbm, php_ini_files};
pub(crate) use seen::Prospect;
pub(crate) use trial::try_all;
pub(crate) use verdict::{
    Circumstance, failures, has_names, held, names_known_outside, paths_of, shortcomings,
};
