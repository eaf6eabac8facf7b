#![forbid(unsafe_code)]
//! What the configuration needs of the host, tried from inside before the server serves.
//!
//! [`claim`]: what is needed; [`trial`]: whether it is there, asked in a process that has entered;
//! [`verdict`]: whether that is the jail's fault, and what to do. The process that enters is made by
//! the callers: it must be what a child is.

mod claim;
mod elf;
mod names;
mod program;
mod report;
mod rules;
mod seen;
mod trial;
mod verdict;

pub(crate) use claim::{Claim, Known, Need, Remedy};
pub(crate) use report::{Failed, Told, write as tell};
pub(crate) use rules::{Facts, claims, configured, names as directives, needs_dbm, php_ini_files};
pub(crate) use seen::Prospect;
pub(crate) use trial::try_all;
pub(crate) use verdict::{
    Circumstance, failures, has_names, held, names_known_outside, shortcomings,
};
