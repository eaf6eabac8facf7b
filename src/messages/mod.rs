//! Every message of the module. `catalogue.rs` has a row for each: its id, its moments and its levels. `message.rs` has
//! the form that all of them have. The other files have the facts and the fixes, one enum for each stage.

mod advice;
mod ageing;
mod audit;
mod catalogue;
mod children;
mod distrust;
mod entry;
pub(crate) mod escape;
mod finding;
mod fixes;
mod follow;
mod harden;
mod htaccess;
mod known;
mod learning;
mod message;
mod notice;
mod outside;
mod preflight;
mod preload;
mod program;
mod proof;
mod provide;
mod sanity;
mod setting;
mod silent;
mod start;
mod users;
mod view;
mod walk;
mod wsgi;

pub(crate) use advice::Advice;
pub(crate) use ageing::AgeingNotice;
pub(crate) use audit::{AuditFault, AuditNotice};
pub(crate) use children::{ChildrenFault, StartTrial};
pub(crate) use distrust::DistrustReason;
pub(crate) use entry::EntryFault;
pub(crate) use finding::{Finding, FindingKind, WritableBy, show_path};
pub(crate) use follow::FollowNotice;
pub(crate) use harden::HardenFault;
pub(crate) use htaccess::HtaccessFault;
pub(crate) use known::KnownIssueKind;
pub(crate) use learning::{LearnFault, LearnNotice, LearnResult};
pub(crate) use message::{Fault, FaultKind, Level, Message, MessageText, Place, Text};
pub(crate) use notice::Notice;
pub(crate) use outside::{OutsideFault, OutsideNotice, OutsideProcess};
pub(crate) use preflight::{
    Failure, PreflightFault, PreflightFinding, PreflightNotice, SystemError,
};
pub(crate) use preload::{PreloadFault, PreloadNotice};
pub(crate) use program::{ProgramFault, ProgramNotice, ProgramRemark};
pub(crate) use proof::ProofFault;
pub(crate) use provide::{ContainedOwnFile, Remark, RemarkKind, SharedRisk, UnusablePath};
pub(crate) use sanity::{Complaint, SanityFault};
pub(crate) use setting::SettingFault;
pub(crate) use silent::SilentFault;
pub(crate) use start::{PanicFault, StartFault};
pub(crate) use users::UsersNotice;
pub(crate) use view::{ViewFault, describe_no_mounts};
pub(crate) use walk::{SilentCause, WalkFault};
pub(crate) use wsgi::WsgiFault;

use std::fmt;

/// Items of a list, with commas, for a message.
pub(crate) fn join_list(numbers: &[impl fmt::Display]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Shows the words of types that other messages quote.
macro_rules! show_text {
    ($($kind:ty),+ $(,)?) => {
        $(impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.text().fmt(f)
            }
        })+
    };
}

show_text!(Complaint, DistrustReason, ProgramFault, ProgramRemark, SilentFault, WsgiFault);
