//! Every message of the module: its id, its object, the fact that was observed, the remedy.
//!
//! An id never changes its meaning; `docs/messages.md` explains each one. The hundreds tell the
//! moment: 1 what is written in the configuration, 2 the path, 3 the start, 4 the entry of a
//! child, 5 its proof, 6 what lies in the jail, 7 host paths, 9 what is merely told.

mod advice;
mod audit;
mod distrust;
mod entry;
mod finding;
mod harden;
mod known;
mod notice;
mod outside;
mod preflight;
mod program;
mod proof;
mod provide;
mod sanity;
mod setting;
mod silent;
mod start;
mod view;
mod walk;
mod warm;
mod wsgi;

pub(crate) use advice::Advice;
pub(crate) use audit::{AuditFault, AuditNotice};
pub(crate) use distrust::Distrust;
pub(crate) use entry::EntryFault;
pub(crate) use finding::{By, Finding, What, shown};
pub(crate) use harden::HardenFault;
pub(crate) use known::KnownTrouble;
pub(crate) use notice::Notice;
pub(crate) use outside::{OutsideFault, OutsideNotice, Stranger};
pub(crate) use preflight::{Lack, PreflightFault, PreflightNotice, Shortcoming};
pub(crate) use program::{ProgramFault, ProgramNotice, ProgramRemark};
pub(crate) use proof::ProofFault;
pub(crate) use provide::{Closed, OwnInIt, Remark, Remarked};
pub(crate) use sanity::{Complaint, SanityFault};
pub(crate) use setting::SettingFault;
pub(crate) use silent::SilentFault;
pub(crate) use start::StartFault;
pub(crate) use view::ViewFault;
pub(crate) use walk::WalkFault;
pub(crate) use warm::{WarmFault, WarmNotice};
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
    why: Box<Why>,
}

/// One broken rule or one failed call, by the moment at which it shows.
#[derive(Debug)]
pub(crate) enum Why {
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
    Warm(WarmFault),
    /// In paths that do not answer.
    Silent(SilentFault),
    /// A bug of ours, with what the panic said.
    Panic(String),
}

impl Fault {
    /// A fault of the jail written as `jail`.
    pub(crate) fn new(jail: impl AsRef<Path>, why: impl Into<Why>) -> Self {
        Self::of("ChrootDir", jail.as_ref().to_string_lossy(), why)
    }

    /// A fault of a directive, written with `value`.
    pub(crate) fn of(
        directive: &'static str,
        value: impl Into<String>,
        why: impl Into<Why>,
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
            Why::Setting(fault) => fault.id(),
            Why::Walk(fault) => fault.id(),
            Why::Sanity(fault) => fault.id(),
            Why::Harden(fault) => fault.id(),
            Why::Start(fault) => fault.id(),
            Why::Outside(fault) => fault.id(),
            Why::Wsgi(fault) => fault.id(),
            Why::View(fault) => fault.id(),
            Why::Entry(fault) => fault.id(),
            Why::Proof(fault) => fault.id(),
            Why::Audit(fault) => fault.id(),
            Why::Preflight(fault) => fault.id(),
            Why::Warm(fault) => fault.id(),
            Why::Silent(fault) => fault.id(),
            Why::Panic(_) => 599,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CHR{}: {} \"{}\": ", self.id(), self.directive, self.value)?;
        match &*self.why {
            Why::Setting(fault) => fault.fmt(f),
            Why::Walk(fault) => fault.fmt(f),
            Why::Sanity(fault) => fault.fmt(f),
            Why::Harden(fault) => fault.fmt(f),
            Why::Start(fault) => fault.fmt(f),
            Why::Outside(fault) => fault.fmt(f),
            Why::Wsgi(fault) => fault.fmt(f),
            Why::View(fault) => fault.fmt(f),
            Why::Entry(fault) => fault.fmt(f),
            Why::Proof(fault) => fault.fmt(f),
            Why::Audit(fault) => fault.fmt(f),
            Why::Preflight(fault) => fault.fmt(f),
            Why::Warm(fault) => fault.fmt(f),
            Why::Silent(fault) => fault.fmt(f),
            Why::Panic(said) => {
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
        $(impl From<$fault> for Why {
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
    WarmFault => Warm,
    SilentFault => Silent,
}

/// The numbers of a list, for a message.
pub(crate) fn listed(numbers: &[impl fmt::Display]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
