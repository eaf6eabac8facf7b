//! Requirements of the configuration, tried from inside before the server serves.
//!
//! [`rules`] and [`engine`] derive the [`requirement`]s from the directives, [`trial`] checks them in a process that has
//! entered, and [`verdict`] decides whether the jail is the cause, and finds the remedy. The caller makes the process
//! that enters: it must be like a child.

mod access_check;
mod access_files;
mod advice;
mod engine;
mod host_answers;
mod host_files;
mod host_names;
mod mentions;
mod program;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod remedy;
mod requirement;
pub(crate) mod rules;
#[cfg(test)]
#[path = "survey/format.rs"]
mod survey;
mod tree;
mod trial;
mod verdict;
mod verdict_input;
mod wire;

pub(crate) use access_check::{PlannedFiles, SearchDepth};
pub(crate) use advice::{AdvisedLines, find_advice};
pub(crate) use engine::context::RuleInput;
pub(crate) use host_answers::{HostAnswers, ReportingHost};
pub(crate) use host_files::HostProvider;
pub(crate) use requirement::{
    Basis, KnownIssue, Remedy, Requirement, Resource, is_of_one_application, search_path,
    suggest_path,
};
pub(crate) use rules::php_compiled::{MYSQL_EXTENSIONS, PhpDefaults, is_php_module};
pub(crate) use rules::{
    PhpKind, collect_configured_paths, collect_requirements, has_dbm, has_php_cgi, list_directives,
    list_ini_files,
};
pub(crate) use trial::try_requirements;
pub(crate) use verdict::{
    JudgedFailure, build_findings, collect_failures, has_host_names, is_cut, judge_failures,
    list_known_names, look_up_outside,
};
pub(crate) use verdict_input::{Provider, VerdictInput};
pub(crate) use wire::{FailedRequirement, TrialEvent, write_event};
