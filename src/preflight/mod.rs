//! Needs of the configuration, tried from inside before the server serves.
//!
//! [`requirement`]: what is needed; [`trial`]: whether it is there, asked in a process that has entered;
//! [`verdict`]: whether that is the jail's fault, and what to do. The process that enters is made by
//! the callers: it must be what a child is.

mod access_check;
mod engine;
mod host_files;
mod names;
mod program;
mod requirement;
mod rules;
mod trial;
mod verdict;
mod wire;

pub(crate) use access_check::PlannedFiles;
pub(crate) use engine::context::RuleInput;
pub(crate) use host_files::{HostProvider, NoHost};
pub(crate) use requirement::{KnownIssue, Remedy, Requirement, Resource};
pub(crate) use rules::{claims, configured, names as directives, needs_dbm, php_ini_files};
pub(crate) use trial::try_all;
pub(crate) use verdict::{
    VerdictInput, failures, has_names, held, names_known_outside, paths_of, shortcomings,
};
pub(crate) use wire::{FailedRequirement, TrialEvent, write as tell};
