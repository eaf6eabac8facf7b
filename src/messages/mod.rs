//! Every message of the module: its id, its object, the fact that was observed, the remedy.
//!
//! An id never changes its meaning; `docs/messages.md` explains each one. The hundreds tell the
//! moment: 1 what is written in the configuration, 2 the path, 3 the start, 4 the entry of a
//! child, 5 its proof, 6 what lies in the jail, 7 host paths, 9 what is merely told.

mod advice;
mod audit;
mod distrust;
mod entry;
pub(crate) mod escape;
mod finding;
mod harden;
mod known;
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
mod view;
mod walk;
mod wsgi;

pub(crate) use advice::Advice;
pub(crate) use audit::{AuditFault, AuditNotice};
pub(crate) use distrust::DistrustReason;
pub(crate) use entry::EntryFault;
pub(crate) use finding::{Finding, FindingKind, WritableBy, shown};
pub(crate) use harden::HardenFault;
pub(crate) use known::KnownIssueKind;
pub(crate) use notice::Notice;
pub(crate) use outside::{OutsideFault, OutsideNotice, OutsideProcess};
pub(crate) use preflight::{Failure, PreflightFault, PreflightFinding, PreflightNotice};
pub(crate) use preload::{PreloadFault, PreloadNotice};
pub(crate) use program::{ProgramFault, ProgramNotice, ProgramRemark};
pub(crate) use proof::ProofFault;
pub(crate) use provide::{ContainedOwnFile, Remark, RemarkKind, UnusablePath};
pub(crate) use sanity::{Complaint, SanityFault};
pub(crate) use setting::SettingFault;
pub(crate) use silent::SilentFault;
pub(crate) use start::StartFault;
pub(crate) use view::ViewFault;
pub(crate) use walk::WalkFault;
pub(crate) use wsgi::WsgiFault;

use std::fmt;
use std::path::Path;

/// Where in the configuration something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The configuration file, as httpd names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why there is no jail, and therefore no service.
#[derive(Debug)]
pub(crate) struct Fault {
    directive: &'static str,
    value: String,
    place: Option<Place>,
    why: Box<FaultKind>,
}

/// One broken rule or one failed call, by the moment at which it shows.
#[derive(Debug)]
pub(crate) enum FaultKind {
    /// In what is written.
    Setting(SettingFault),
    /// On the way down to the jail.
    Walk(WalkFault),
    /// In who could change that way.
    Sanity(SanityFault),
    /// In what the server is started as or with.
    Start(StartFault),
    /// In processes that would stay outside.
    Outside(OutsideFault),
    /// In mod_wsgi's daemons.
    Wsgi(WsgiFault),
    /// In keeping host paths true.
    View(ViewFault),
    /// While a child enters.
    Entry(EntryFault),
    /// While a child is hardened.
    Harden(HardenFault),
    /// After a child has entered.
    Proof(ProofFault),
    /// In what lies in the jail.
    Audit(AuditFault),
    /// In what the configuration needs.
    Preflight(PreflightFault),
    /// In what is to be loaded before entry.
    Warm(PreloadFault),
    /// In paths that do not answer.
    Silent(SilentFault),
    /// A bug of ours, with what the panic said.
    Panic(String),
}

impl Fault {
    /// A fault of the jail written as `jail`.
    pub(crate) fn new(jail: impl AsRef<Path>, why: impl Into<FaultKind>) -> Self {
        Self::of("ChrootDir", jail.as_ref().to_string_lossy(), why)
    }

    /// A fault of a directive, written with `value`.
    pub(crate) fn of(
        directive: &'static str,
        value: impl Into<String>,
        why: impl Into<FaultKind>,
    ) -> Self {
        Self { directive, value: value.into(), place: None, why: Box::new(why.into()) }
    }

    /// The same, found at `place`, unless a more exact one is known.
    #[must_use]
    pub(crate) fn at(self, place: &Place) -> Self {
        Self { place: self.place.or_else(|| Some(place.clone())), ..self }
    }

    fn id(&self) -> u16 {
        match &*self.why {
            FaultKind::Setting(fault) => fault.id(),
            FaultKind::Walk(fault) => fault.id(),
            FaultKind::Sanity(fault) => fault.id(),
            FaultKind::Harden(fault) => fault.id(),
            FaultKind::Start(fault) => fault.id(),
            FaultKind::Outside(fault) => fault.id(),
            FaultKind::Wsgi(fault) => fault.id(),
            FaultKind::View(fault) => fault.id(),
            FaultKind::Entry(fault) => fault.id(),
            FaultKind::Proof(fault) => fault.id(),
            FaultKind::Audit(fault) => fault.id(),
            FaultKind::Preflight(fault) => fault.id(),
            FaultKind::Warm(fault) => fault.id(),
            FaultKind::Silent(fault) => fault.id(),
            FaultKind::Panic(_) => 599,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CHR{}: {} \"{}\": ", self.id(), self.directive, self.value)?;
        match &*self.why {
            FaultKind::Setting(fault) => fault.fmt(f),
            FaultKind::Walk(fault) => fault.fmt(f),
            FaultKind::Sanity(fault) => fault.fmt(f),
            FaultKind::Harden(fault) => fault.fmt(f),
            FaultKind::Start(fault) => fault.fmt(f),
            FaultKind::Outside(fault) => fault.fmt(f),
            FaultKind::Wsgi(fault) => fault.fmt(f),
            FaultKind::View(fault) => fault.fmt(f),
            FaultKind::Entry(fault) => fault.fmt(f),
            FaultKind::Proof(fault) => fault.fmt(f),
            FaultKind::Audit(fault) => fault.fmt(f),
            FaultKind::Preflight(fault) => fault.fmt(f),
            FaultKind::Warm(fault) => fault.fmt(f),
            FaultKind::Silent(fault) => fault.fmt(f),
            FaultKind::Panic(said) => {
                write!(f, "the module has a bug and refuses to go on ({said}); please report it")
            }
        }?;
        match &self.place {
            Some(place) => write!(f, " [{place}]"),
            None => Ok(()),
        }
    }
}

macro_rules! why {
    ($($fault:ident => $moment:ident),+ $(,)?) => {
        $(impl From<$fault> for FaultKind {
            fn from(fault: $fault) -> Self {
                Self::$moment(fault)
            }
        })+
    };
}

why! {
    SettingFault => Setting,
    WalkFault => Walk,
    SanityFault => Sanity,
    HardenFault => Harden,
    StartFault => Start,
    OutsideFault => Outside,
    WsgiFault => Wsgi,
    ViewFault => View,
    EntryFault => Entry,
    ProofFault => Proof,
    AuditFault => Audit,
    PreflightFault => Preflight,
    PreloadFault => Warm,
    SilentFault => Silent,
}

/// The numbers of a list, for a message.
pub(crate) fn listed(numbers: &[impl fmt::Display]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
