//! What makes the way to the jail unfit: somebody besides root could change where it leads.

use crate::messages::listed;
use crate::platform::Grantee;
use std::fmt;
use std::path::{Path, PathBuf};

/// One component that somebody besides root can change, or that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// It belongs to this user.
    Owner(PathBuf, u32),
    /// Its group may write; the mode.
    Group(PathBuf, u32),
    /// Everybody may write; the mode.
    Others(PathBuf, u32),
    /// An access control list lets these write.
    List(PathBuf, Vec<Grantee>),
    /// The run-as user may write, by whatever right.
    RunAs(PathBuf, u32),
    /// Its access control list cannot be read.
    Unknown(PathBuf, String),
}

impl Complaint {
    pub(super) fn id(&self) -> u16 {
        match self {
            Self::Owner(..) => 211,
            Self::Group(..) => 212,
            Self::Others(..) => 213,
            Self::List(..) => 214,
            Self::RunAs(..) => 215,
            Self::Unknown(..) => 217,
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(path, uid) => write!(
                f,
                "component \"{0}\" belongs to uid {uid}, not to root; chown root \"{0}\", or keep \
                 the jail elsewhere",
                path.display()
            ),
            Self::Group(path, mode) => write!(
                f,
                "component \"{0}\" is writable by its group (mode {mode:04o}); chmod g-w \"{0}\"",
                path.display()
            ),
            Self::Others(path, mode) => others(path, *mode, f),
            Self::List(path, who) => write!(
                f,
                "component \"{0}\" has an access control list that lets {1} write; setfacl -b \
                 \"{0}\" (chmod -N on Darwin)",
                path.display(),
                listed(who)
            ),
            Self::RunAs(path, uid) => write!(
                f,
                "\"{0}\" can be written by the user that the children become (uid {uid}); give it \
                 to root and take the right to write from all others",
                path.display()
            ),
            Self::Unknown(path, error) => write!(
                f,
                "component \"{0}\" may have an access control list, which cannot be read \
                 ({error}); see what denies it (getfacl \"{0}\")",
                path.display()
            ),
        }
    }
}

/// Who would follow the advice to take the write bit from /tmp would break the machine.
fn others(path: &Path, mode: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let path = path.display();
    write!(f, "component \"{path}\" is writable by everybody (mode {mode:04o}); ")?;
    if mode & 0o1000 == 0 {
        write!(f, "chmod o-w \"{path}\"")
    } else {
        write!(f, "keep the jail elsewhere")
    }
}

/// All that was found on one way down: the first tells the id.
#[derive(Debug)]
pub(crate) struct SanityFault(pub Vec<Complaint>);

impl SanityFault {
    pub(super) fn id(&self) -> u16 {
        self.0.first().map_or(217, Complaint::id)
    }
}

impl fmt::Display for SanityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, complaint) in self.0.iter().enumerate() {
            if position > 0 {
                write!(f, "; and CHR{}: ", complaint.id())?;
            }
            complaint.fmt(f)?;
        }
        Ok(())
    }
}
