//! Messages about files of the host that were to be provided: left out, or shown although
//! the server keeps them for itself.

use crate::messages::finding::show_path;
use crate::messages::{Fault, Level, Message, MessageText, Place, Text};
use std::fmt;
use std::path::{Path, PathBuf};

/// A message about one word of `ChrootProvide`, or about what it has left in the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// The word.
    pub word: String,
    /// Its place, if it has one.
    pub place: Option<Place>,
    /// The remark itself.
    pub kind: RemarkKind,
}

/// A remark about a word of `ChrootProvide`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RemarkKind {
    /// A path that no word names is left out, because it has a file of the server's own.
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
        /// The file for which the rest is not shown.
        own: Option<ContainedOwnFile>,
        /// The directive that names the directory, if a daemon of httpd's makes the socket: each new one
        /// is then shown as well.
        directive: Option<&'static str>,
    },
    /// A path that a word names shows a file of the server's own.
    Shown(ContainedOwnFile),
    /// The children could not read it outside, so there is no copy of it.
    Closed {
        /// The path that is not copied.
        path: PathBuf,
        /// The obstacle, and the commands that let the group of the children pass.
        closed_dirs: Vec<UnusablePath>,
        /// The children's user.
        uid: u32,
        /// Their group.
        gid: u32,
        /// Number of further paths alike.
        more: usize,
    },
    /// A path is left out, because another user can decide what is there.
    Unsafe {
        /// The path.
        path: PathBuf,
        /// The reason.
        risk: SharedRisk,
    },
    /// A path is shown that lies in a directory in which every user can make files.
    Shared {
        /// The path.
        path: PathBuf,
        /// The owner of the file there.
        owner: u32,
    },
    /// A path in a private directory is not shown, for this reason.
    NoPlace(PathBuf, String),
    /// A path that a word names does not exist, so that it is left out.
    Missing(PathBuf),
    /// Copies of an earlier start are left in a jail that is not root's alone any more.
    LeftBehind(PathBuf),
}

/// Reason not to show a file that lies in, or below, a directory in which every user can make files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SharedRisk {
    /// A symbolic link of this user leads there.
    Link(PathBuf, u32),
    /// The file has this number of names: a user can give a file of others a name of his own.
    Names(u64),
    /// Every user can rename and remove the files of others in this directory.
    NotSticky(PathBuf),
    /// Children would write to a file or directory of this user.
    Owner(u32),
}

/// Something that the server keeps for itself, in what is provided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContainedOwnFile {
    /// Its path.
    pub path: PathBuf,
    /// The directive that names it, or what else it is.
    pub directive: &'static str,
    /// Number of further ones.
    pub more: usize,
}

/// A file or folder that the children cannot use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusablePath {
    /// Its path.
    pub path: PathBuf,
    /// Whether it is a folder that has to be passed.
    pub is_folder: bool,
    /// Whether an access control list of an unknown kind decides.
    pub by_list: bool,
}

impl Remark {
    /// The message about the word, or about the jail.
    pub(crate) fn message(&self) -> Message {
        let directive = match self.kind {
            RemarkKind::LeftBehind(_) => "ChrootDir",
            _ => "ChrootProvide",
        };
        Message::new(directive, self.word.clone(), self).with_place(self.place.as_ref())
    }

    /// Whether it is about a path that does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.kind, RemarkKind::Missing(_))
    }

    /// Whether it is about a path that another user can decide about.
    pub(crate) fn is_unsafe(&self) -> bool {
        matches!(self.kind, RemarkKind::Unsafe { .. })
    }

    /// Whether it is about a path that the children cannot read outside either.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.kind, RemarkKind::Closed { .. })
    }

    /// The remark as a reason to refuse the configuration.
    pub(crate) fn to_fault(&self) -> Fault {
        let fault = Fault::for_directive("ChrootProvide", self.word.clone(), self.clone());
        match &self.place {
            Some(place) => fault.with_place(place),
            None => fault,
        }
    }

    /// The fix for `path`, if it is missing inside.
    pub(crate) fn remedy_for(&self, path: &Path) -> Option<String> {
        match &self.kind {
            RemarkKind::Withheld { path: folder, remedy, .. } if path.starts_with(folder) => {
                Some(remedy.clone())
            }
            RemarkKind::Closed { path: closed, closed_dirs, gid, .. }
                if path.starts_with(closed) =>
            {
                Some(opened(closed_dirs, *gid))
            }
            _ => None,
        }
    }
}

impl MessageText for Remark {
    fn id(&self) -> u16 {
        match self.kind {
            RemarkKind::Withheld { .. } => 715,
            RemarkKind::Shown(_) => 716,
            RemarkKind::Closed { .. } => 717,
            RemarkKind::LeftBehind(_) => 718,
            RemarkKind::Missing(_) => 729,
            RemarkKind::SocketAlone { .. } => 719,
            RemarkKind::Unsafe { .. } => 742,
            RemarkKind::Shared { .. } => 743,
            RemarkKind::NoPlace(..) => 744,
        }
    }

    fn level(&self) -> Level {
        match self.kind {
            RemarkKind::SocketAlone { directive: Some(_), .. } => Level::Info,
            RemarkKind::Shared { .. } => Level::Notice,
            _ => Level::Warning,
        }
    }

    fn text(&self) -> Text {
        match &self.kind {
            RemarkKind::Withheld { path, own, remedy } => Text::new(
                format!(
                    "\"{}\" is left out, because it would show a file that the server keeps for itself \
                     ({own})",
                    show_path(path)
                ),
                remedy.clone(),
            ),
            RemarkKind::SocketAlone { path, own, directive } => {
                socket_alone(path, own.as_ref(), *directive)
            }
            RemarkKind::Shown(own) => Text::new(
                format!(
                    "shows the children a file that the server keeps for itself ({own}), as far as its \
                     mode lets them"
                ),
                "list the needed files instead",
            ),
            RemarkKind::Closed { path, closed_dirs, uid, gid, more } => {
                describe_closed(path, closed_dirs, (*uid, *gid), *more)
            }
            RemarkKind::Missing(path) => Text::new(
                format!("is left out, because \"{}\" does not exist", show_path(path)),
                "correct the path, unless another service creates it later: then it is provided without a reload",
            ),
            RemarkKind::Unsafe { path, risk } => describe_risk(path, risk),
            RemarkKind::Shared { path, owner } => describe_shared(path, *owner),
            RemarkKind::NoPlace(path, cause) => describe_no_place(path, cause),
            RemarkKind::LeftBehind(jail) => Text::new(
                "copies of an earlier start are left in it (\"/.mod_chroot\" lists them), and others \
                 than root can change it",
                format!(
                    "chown root \"{0}\" and chmod go-w \"{0}\", or remove them",
                    show_path(jail)
                ),
            ),
        }
    }
}

const ELSEWHERE: &str = "move it to a directory that no other user can change, such as one in /run";

fn describe_shared(path: &Path, owner: u32) -> Text {
    Text::new(
        format!(
            "\"{}\" is shown from a directory in which every user can make files: the children \
                     use it as it is, and the user who makes the name first decides (uid {owner} did)",
            show_path(path)
        ),
        ELSEWHERE,
    )
}

fn describe_no_place(path: &Path, cause: &str) -> Text {
    Text::new(
        format!("\"{}\" cannot be shown in the private directory ({cause})", show_path(path)),
        "stop and start the server, which empties the private directory",
    )
}

fn describe_risk(path: &Path, risk: &SharedRisk) -> Text {
    let (cause, fix) = match risk {
        SharedRisk::Link(link, uid) => (
            format!(
                "the symbolic link \"{}\" of uid {uid} leads there, from a directory in which every user \
                 can make files",
                show_path(link)
            ),
            "set the path that the link leads to (readlink -f prints it)".to_owned(),
        ),
        SharedRisk::Names(count) => (
            format!(
                "it has {count} names (hard links), and every user can make files in its directory"
            ),
            ELSEWHERE.to_owned(),
        ),
        SharedRisk::NotSticky(folder) => (
            format!("every user can rename and remove what is in \"{}\"", show_path(folder)),
            format!("chown root \"{0}\" && chmod o+t \"{0}\"", show_path(folder)),
        ),
        SharedRisk::Owner(uid) => (
            format!(
                "children would write to it, and it belongs to uid {uid}, in a directory in which every \
                 user can make files"
            ),
            ELSEWHERE.to_owned(),
        ),
    };
    Text::new(format!("\"{}\" is left out, because {cause}", show_path(path)), fix)
}

fn describe_closed(
    path: &Path,
    closed_dirs: &[UnusablePath],
    (uid, gid): (u32, u32),
    more: usize,
) -> Text {
    let more = if more > 0 { format!("(and {more} more) ") } else { String::new() };
    Text::new(
        format!(
            "\"{}\" {more}is not copied, because uid {uid} cannot read it outside either",
            show_path(path)
        ),
        opened(closed_dirs, gid),
    )
}

fn socket_alone(path: &Path, own: Option<&ContainedOwnFile>, directive: Option<&str>) -> Text {
    let because = match own {
        Some(own) => format!("the server keeps a file of its own there ({own})"),
        None => "it is not for sockets alone".to_owned(),
    };
    let fact = format!("of \"{}\" only the socket is shown, because {because}", show_path(path));
    match directive {
        Some(directive) => {
            Text::new(fact, format!("set {directive} to a directory of its own to show all of it"))
        }
        None => Text::new(
            format!("{fact}, and no other one that is made in its place"),
            "set a directory of its own in the program that makes it",
        ),
    }
}

impl fmt::Display for ContainedOwnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" ({})", show_path(&self.path), self.directive)?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// The commands that let the children through.
fn opened(closed_dirs: &[UnusablePath], gid: u32) -> String {
    let open = |closed: &UnusablePath| {
        let path = show_path(&closed.path);
        match (closed.by_list, closed.is_folder) {
            (true, _) => format!("setfacl -b \"{path}\""),
            (_, true) => format!("chgrp {gid} \"{path}\" && chmod g+x \"{path}\""),
            (_, false) => format!("chgrp {gid} \"{path}\" && chmod g+r \"{path}\""),
        }
    };
    closed_dirs.iter().map(open).collect::<Vec<_>>().join(" && ")
}
