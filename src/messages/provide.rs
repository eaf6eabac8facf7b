//! Messages about files of the host that were to be provided: left out, or shown although
//! the server keeps them for itself.

use crate::messages::Place;
use crate::messages::finding::shown;
use std::fmt;
use std::path::{Path, PathBuf};

/// A message about one word of `ChrootProvide`, or about what it has left in the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// The word.
    pub word: String,
    /// Where it is written, if it is.
    pub place: Option<Place>,
    /// The remark itself.
    pub what: RemarkKind,
}

/// A remark about a word of `ChrootProvide`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RemarkKind {
    /// A path that nobody asked for by name is left out, for something of the server's own lies in it.
    Withheld {
        /// The path.
        path: PathBuf,
        /// The server's own file in it.
        own: ContainedOwnFile,
        /// The fix.
        remedy: String,
    },
    /// Of a directory only one socket is shown.
    SocketAlone {
        /// The directory.
        path: PathBuf,
        /// Why not all of it.
        own: Option<ContainedOwnFile>,
        /// The directive that names the directory, if a daemon of httpd's makes the socket: each new one
        /// is then shown as well.
        directive: Option<&'static str>,
    },
    /// A path that was asked for by name shows something of the server's own.
    Shown(ContainedOwnFile),
    /// The children could not read it outside, so there is no copy of it.
    Closed {
        /// The path that is not copied.
        path: PathBuf,
        /// The obstacle, and the commands that let the group of the children pass.
        doors: Vec<UnusablePath>,
        /// The children's user.
        uid: u32,
        /// Their group.
        gid: u32,
        /// How many more there are alike.
        more: usize,
    },
    /// Copies of an earlier start are left in a jail that is not root's alone any more.
    LeftBehind(PathBuf),
}

/// Something that the server keeps for itself, in what is provided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContainedOwnFile {
    /// Where it is.
    pub path: PathBuf,
    /// The directive that names it, or what else it is.
    pub what: &'static str,
    /// How many more there are.
    pub more: usize,
}

/// A file or folder that the children cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusablePath {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a folder that has to be passed.
    pub is_folder: bool,
    /// Whether an access control list of an unknown kind decides.
    pub by_list: bool,
}

impl Remark {
    fn id(&self) -> u16 {
        match self.what {
            RemarkKind::Withheld { .. } => 715,
            RemarkKind::Shown(_) => 716,
            RemarkKind::Closed { .. } => 717,
            RemarkKind::LeftBehind(_) => 718,
            RemarkKind::SocketAlone { .. } => 719,
        }
    }

    /// Whether nothing is to be done about it.
    pub(crate) fn is_for_information(&self) -> bool {
        matches!(self.what, RemarkKind::SocketAlone { directive: Some(_), .. })
    }

    /// The fix for `path`, if it is missing inside.
    pub(crate) fn remedy_for(&self, path: &Path) -> Option<String> {
        match &self.what {
            RemarkKind::Withheld { path: folder, remedy, .. } if path.starts_with(folder) => {
                Some(remedy.clone())
            }
            RemarkKind::Closed { path: closed, doors, gid, .. } if path.starts_with(closed) => {
                Some(opened(doors, *gid))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directive = match self.what {
            RemarkKind::LeftBehind(_) => "ChrootDir",
            _ => "ChrootProvide",
        };
        write!(f, "CHR{}: {directive} \"{}\": ", self.id(), self.word)?;
        self.what.fmt(f)?;
        match &self.place {
            Some(place) => write!(f, " [{place}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RemarkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withheld { path, own, remedy } => write!(
                f,
                "\"{}\" is left out, because it would show what the server keeps for itself ({own}); \
                 {remedy}",
                shown(path)
            ),
            Self::SocketAlone { path, own, directive } => alone(path, own.as_ref(), *directive, f),
            Self::Shown(own) => write!(
                f,
                "shows the children what the server keeps for itself ({own}), as far as its mode lets \
                 them; name the files that are needed"
            ),
            Self::Closed { path, doors, uid, gid, more } => {
                write!(f, "\"{}\" ", shown(path))?;
                if *more > 0 {
                    write!(f, "(and {more} more) ")?;
                }
                write!(
                    f,
                    "is not copied, because uid {uid} cannot read it outside either; {}",
                    opened(doors, *gid)
                )
            }
            Self::LeftBehind(jail) => write!(
                f,
                "copies of an earlier start are left in it (\"/.mod_chroot\" lists them), and others \
                 than root can change it; chown root \"{0}\" and chmod go-w \"{0}\", or remove them",
                shown(jail)
            ),
        }
    }
}

fn alone(
    path: &Path,
    own: Option<&ContainedOwnFile>,
    directive: Option<&str>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "of \"{}\" only the socket is shown, because ", shown(path))?;
    match own {
        Some(own) => write!(f, "the server keeps something there for itself ({own})")?,
        None => f.write_str("it is not for sockets alone")?,
    }
    match directive {
        Some(directive) => {
            write!(f, "; set {directive} with a directory of its own to show that")
        }
        None => write!(
            f,
            ", and no other one that is made in its place; let the program that makes it have a \
             directory of its own"
        ),
    }
}

impl fmt::Display for ContainedOwnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" ({})", shown(&self.path), self.what)?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The commands that let the children through.
fn opened(doors: &[UnusablePath], gid: u32) -> String {
    let open = |door: &UnusablePath| {
        let path = shown(&door.path);
        match (door.by_list, door.is_folder) {
            (true, _) => format!("setfacl -b \"{path}\""),
            (_, true) => format!("chgrp {gid} \"{path}\" && chmod g+x \"{path}\""),
            (_, false) => format!("chgrp {gid} \"{path}\" && chmod g+r \"{path}\""),
        }
    };
    doors.iter().map(open).collect::<Vec<_>>().join(" && ")
}
