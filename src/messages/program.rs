//! Programs that `ChrootProvide program:` names, and what they need.

use crate::messages::{DistrustReason, Place};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file that would have to be read, and must not be.
#[derive(Debug)]
pub(crate) struct ProgramFault {
    /// The program, its interpreter, its loader or a library.
    pub path: PathBuf,
    /// The reason against it.
    pub why: DistrustReason,
}

impl ProgramFault {
    /// The fault of the file at `path`.
    pub(crate) fn new(path: &Path, why: DistrustReason) -> Self {
        Self { path: path.to_owned(), why }
    }

    pub(super) fn id(&self) -> u16 {
        match self.why {
            DistrustReason::Changeable(_) => 721,
            DistrustReason::InJail(_) => 722,
            DistrustReason::Kind(_) => 723,
            DistrustReason::Walk(_) | DistrustReason::Unreadable(..) => 724,
        }
    }
}

impl fmt::Display for ProgramFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" {}", self.path.display(), self.why)
    }
}

/// A remark about a program that is provided, with the program.
#[derive(Debug)]
pub(crate) struct ProgramNotice {
    /// The program.
    pub program: PathBuf,
    /// Where the word is written.
    pub place: Option<Place>,
    /// The remark.
    pub what: ProgramRemark,
}

/// A remark about a program.
#[derive(Debug)]
pub(crate) enum ProgramRemark {
    /// A directory of modules is not provided: why.
    LeftOut(PathBuf, String),
    /// A library of a module is not provided: why.
    LibraryLeftOut(ProgramFault),
    /// An interpreter does not say where its modules are: which, and why.
    Silent(PathBuf, io::Error),
    /// Libraries that are nowhere: their names.
    Missing(Vec<String>),
    /// More than are followed.
    TooMany(usize),
}

impl ProgramNotice {
    /// The whole message.
    pub(crate) fn about(&self) -> String {
        let (id, name, program) = (self.id(), "ChrootProvide", self.program.display());
        let place = self.place.iter().map(|place| format!(" [{place}]")).collect::<String>();
        format!("CHR{id}: {name} \"program:{program}\": {}{place}", self.what)
    }

    /// Whether the program will hardly work so.
    pub(crate) fn is_serious(&self) -> bool {
        matches!(self.what, ProgramRemark::Silent(..))
    }

    fn id(&self) -> u16 {
        match self.what {
            ProgramRemark::LeftOut(..)
            | ProgramRemark::LibraryLeftOut(_)
            | ProgramRemark::TooMany(_) => 725,
            ProgramRemark::Silent(..) => 726,
            ProgramRemark::Missing(_) => 727,
        }
    }
}

impl fmt::Display for ProgramRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut(path, why) => write!(
                f,
                "its directory of modules \"{0}\" is not provided (it {why}); add \"ChrootProvide {0}\" \
                 if programs need it",
                path.display()
            ),
            Self::LibraryLeftOut(fault) => write!(
                f,
                "the library \"{0}\" of one of its modules is not provided (it {1}); add \
                 \"ChrootProvide {0}\" if programs need it",
                fault.path.display(),
                fault.why
            ),
            Self::Silent(interpreter, error) => write!(
                f,
                "\"{0}\" did not print the directories of its modules when it was run without any \
                 rights ({error}); let everybody run it, or provide these directories by name",
                interpreter.display()
            ),
            Self::Missing(names) => write!(
                f,
                "its loader finds no {}, outside neither; install the package that has it, or run \
                 ldconfig",
                names.join(", ")
            ),
            Self::TooMany(most) => write!(
                f,
                "it has more than {most} libraries and modules, and not all of them are provided; \
                 provide the directories that programs need by name"
            ),
        }
    }
}
