//! Faults that a child finds in itself after it has entered. The fix is the same for all: to find the program that
//! interferes, because all calls had succeeded.

use crate::messages::{MessageText, Text, join_list};
use crate::platform::Capabilities;
use std::io;
use std::path::PathBuf;

/// The fix of every fault that has another program as its cause.
pub(super) const INTERFERENCE: &str =
    "unset LD_PRELOAD, detach tracers, and unload modules that change the process";

/// A property of a jailed process that does not hold.
#[derive(Debug)]
pub(crate) enum ProofFault {
    /// The root directory is another one: the expected one, and the found one.
    Root(String, String),
    /// `..` of the root directory is another directory.
    Parent(String, String),
    /// The user ids are others: the expected one, and the found ones.
    Users(u32, Vec<u32>),
    /// The group ids are others: the expected ones, and the found ones.
    Groups(Vec<u32>, Vec<u32>),
    /// Capabilities are left.
    Capabilities(Capabilities),
    /// A call made this process root again.
    Regained,
    /// This descriptor is an open directory.
    Descriptor(i32),
    /// This descriptor is still open, or another file than it was: its type.
    Handle(i32, String),
    /// This descriptor is a terminal.
    Terminal(i32),
    /// There are more threads than one.
    Threads,
    /// The working directory is not the root directory.
    Cwd(String),
    /// The jail is not at its host path: the path, the expected directory, and the found one.
    HostPath(PathBuf, String, String),
    /// httpd calls this child ready, but it never entered.
    NeverEntered,
    /// The proof itself failed: the call, and its error.
    Unprovable(&'static str, io::Error),
}

impl MessageText for ProofFault {
    fn id(&self) -> u16 {
        match self {
            Self::Root(..) | Self::Unprovable(..) => 501,
            Self::Parent(..) => 502,
            Self::Users(..) => 503,
            Self::Groups(..) => 504,
            Self::Capabilities(_) => 505,
            Self::Regained => 506,
            Self::Descriptor(_) => 507,
            Self::Cwd(_) => 508,
            Self::NeverEntered => 509,
            Self::HostPath(..) => 510,
            Self::Threads => 512,
            Self::Handle(..) => 513,
            Self::Terminal(_) => 514,
        }
    }

    fn text(&self) -> Text {
        let fact = match self {
            Self::NeverEntered => {
                "httpd made this child ready without letting it enter the jail".to_owned()
            }
            _ => format!("after entry {}", self.state()),
        };
        Text::new(fact, INTERFERENCE)
    }
}

impl ProofFault {
    /// The state that was found after the entry.
    fn state(&self) -> String {
        match self {
            Self::Root(expected, found) => format!("\"/\" is {found}, not {expected}"),
            Self::Parent(expected, found) => format!("\"/..\" is {found}, not {expected}"),
            Self::Users(expected, found) => {
                format!("the user ids are {}, not {expected}", join_list(found))
            }
            Self::Groups(expected, found) => {
                format!("the groups are {}, not {}", join_list(found), join_list(expected))
            }
            Self::Capabilities(left) => format!(
                "capabilities are left (permitted {:#x}, effective {:#x}, inheritable {:#x}, ambient \
                 {:#x})",
                left.permitted, left.effective, left.inheritable, left.ambient
            ),
            Self::Regained => "the child could become root again".to_owned(),
            Self::Descriptor(fd) => format!("descriptor {fd} is an open directory"),
            Self::Handle(fd, kind) => format!("descriptor {fd} is open: {kind}"),
            Self::Terminal(fd) => format!("descriptor {fd} is a terminal"),
            Self::Threads => "the child has more threads than one".to_owned(),
            Self::Cwd(found) => format!("the working directory is {found}, not \"/\""),
            Self::HostPath(path, expected, found) => {
                format!("\"{}\" is {found}, not {expected}", path.display())
            }
            Self::NeverEntered => "the child is not inside".to_owned(),
            Self::Unprovable(call, error) => format!("the jail cannot be proved: {call}: {error}"),
        }
    }
}
