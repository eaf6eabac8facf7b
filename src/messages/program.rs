//! Programs that `ChrootProvide program:` names, and what they need.

use crate::messages::{DistrustReason, Message, MessageText, Place, Text};
use std::io;
use std::path::{Path, PathBuf};

/// A file that would have to be read, and must not be.
#[derive(Debug)]
pub(crate) struct ProgramFault {
    /// The program, its interpreter, its loader or a library.
    pub path: PathBuf,
    /// The reason against it.
    pub cause: DistrustReason,
}

impl ProgramFault {
    /// The fault of the file at `path`.
    pub(crate) fn new(path: &Path, cause: DistrustReason) -> Self {
        Self { path: path.to_owned(), cause }
    }
}

impl MessageText for ProgramFault {
    fn id(&self) -> u16 {
        match self.cause {
            DistrustReason::Changeable(_) => 721,
            DistrustReason::InJail(_) => 722,
            DistrustReason::Kind(_) => 723,
            DistrustReason::Walk(_) | DistrustReason::Unreadable(..) => 724,
        }
    }

    fn text(&self) -> Text {
        let Text { fact, fix } = self.cause.text();
        Text::new(format!("\"{}\" {fact}", self.path.display()), fix)
    }
}

/// A remark about a program that is provided, with the program.
#[derive(Debug)]
pub(crate) struct ProgramNotice {
    /// The program.
    pub program: PathBuf,
    /// The place of the word.
    pub place: Option<Place>,
    /// The remark.
    pub remark: ProgramRemark,
}

/// A remark about a program.
#[derive(Debug)]
pub(crate) enum ProgramRemark {
    /// A directory of modules is not provided: the reason.
    LeftOut(PathBuf, String),
    /// A library of a module is not provided: the reason.
    LibraryLeftOut(ProgramFault),
    /// An interpreter does not say where its modules are: which, and the reason.
    Silent(PathBuf, io::Error),
    /// Libraries that are nowhere: their names.
    Missing(Vec<String>),
    /// More than are followed.
    TooMany(usize),
}

impl ProgramNotice {
    /// The message about the word.
    pub(crate) fn about(&self) -> Message {
        let word = format!("program:{}", self.program.display());
        Message::new("ChrootProvide", word, self).with_place(self.place.as_ref())
    }
}

impl MessageText for ProgramNotice {
    fn id(&self) -> u16 {
        match self.remark {
            ProgramRemark::LeftOut(..)
            | ProgramRemark::LibraryLeftOut(_)
            | ProgramRemark::TooMany(_) => 725,
            ProgramRemark::Silent(..) => 726,
            ProgramRemark::Missing(_) => 727,
        }
    }

    fn text(&self) -> Text {
        self.remark.text()
    }
}

impl ProgramRemark {
    /// Its words.
    pub(super) fn text(&self) -> Text {
        match self {
            Self::LeftOut(path, cause) => Text::new(
                format!(
                    "its directory of modules \"{}\" is not provided (it {cause})",
                    path.display()
                ),
                format!("add \"ChrootProvide {}\" if programs need it", path.display()),
            ),
            Self::LibraryLeftOut(fault) => Text::new(
                format!(
                    "the library \"{}\" of one of its modules is not provided (it {})",
                    fault.path.display(),
                    fault.cause
                ),
                format!("add \"ChrootProvide {}\" if programs need it", fault.path.display()),
            ),
            Self::Silent(interpreter, error) => Text::new(
                format!(
                    "\"{}\" did not print the directories of its modules when it was run without any \
                     rights ({error})",
                    interpreter.display()
                ),
                format!(
                    "chmod 0755 \"{}\", or provide these directories by name",
                    interpreter.display()
                ),
            ),
            Self::Missing(names) => Text::new(
                format!("its loader finds no {}, outside neither", names.join(", ")),
                "install the package that has it, or run ldconfig",
            ),
            Self::TooMany(most) => Text::new(
                format!(
                    "it has more than {most} libraries and modules, and not all of them are provided"
                ),
                "provide the directories that programs need by name",
            ),
        }
    }
}
