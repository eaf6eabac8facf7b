//! Learning: the paths that the children and their programs use are observed, and a few lines of `ChrootProvide` are
//! proposed.
//!
//! [`learner`] runs in the watching process, which judges each call by the rights of `User`; [`observation`] keeps the
//! uses, [`raw_list`] is their file. [`rules`] make lines of them, [`places`] knows what is never shown; both ask a
//! [`host`], and make no system call themselves. [`trace`] reads recordings of other tools. [`report`] is the file that an
//! administrator includes.

mod draft;
#[cfg(any(test, fuzzing))]
#[allow(dead_code, reason = "for tests, of which each uses a part")]
mod fake_host;
mod host;
mod learner;
mod mode;
mod observation;
mod places;
mod program_rules;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod proposal;
mod raw_list;
mod report;
mod rules;
mod secret_search;
mod store;
mod trace;
mod trial;
mod wire;

pub(crate) use host::UserHost;
pub(crate) use learner::{Learner, TEST_PATH, request};
pub(crate) use mode::LearnMode;
pub(crate) use observation::{Observation, ObservationTable, Uses};
pub(crate) use places::find_line_objection;
pub(crate) use proposal::{BroughtFiles, Proposal, RuleFacts, ShownPath, UnproposedPath};
pub(crate) use report::{ReportHead, TriedResult, format_report};
pub(crate) use rules::propose;
pub(crate) use secret_search::SecretSearch;
pub(crate) use store::ResultFolder;
pub(crate) use trace::{ReadTrace, read_trace};
pub(crate) use trial::try_uses;
pub(crate) use wire::{format_proposal, read_proposal};
