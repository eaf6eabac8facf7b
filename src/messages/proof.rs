//! Properties that a child found wrong about itself after it had entered. The remedy is the same for
//! all: to find out which program interferes, because the calls had all said that they succeeded.

use crate::messages::listed;
use crate::platform::Capabilities;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A property of a jailed process that does not hold.
#[derive(Debug)]
pub(crate) enum ProofFault {
    /// The root directory is another one: what it should be, what it is.
    Root(String, String),
    /// `..` of the root directory is another directory.
    Parent(String, String),
    /// The user ids: what they should be, what they are.
    Users(u32, Vec<u32>),
    /// The group ids: what they should be, what they are.
    Groups(Vec<u32>, Vec<u32>),
    /// Capabilities are left.
    Capabilities(Capabilities),
    /// A call made this process root again.
    Regained,
    /// This descriptor is an open directory.
    Descriptor(i32),
    /// This descriptor is open still, or something else than it was: what.
    Handle(i32, String),
    /// This descriptor is a terminal.
    Terminal(i32),
    /// There are more threads than one.
    Threads,
    /// The working directory is not the root directory.
    Cwd(String),
    /// The jail is not where its host path leads: the path, what should be there, what is.
    HostPath(PathBuf, String, String),
    /// httpd calls this child ready, but it never entered.
    NeverEntered,
    /// The proof itself could not be had.
    Unprovable(&'static str, io::Error),
}

impl ProofFault {
    pub(super) fn id(&self) -> u16 {
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
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(wanted, is) => write!(f, "after entry \"/\" is {is}, not {wanted}"),
            Self::Parent(wanted, is) => write!(f, "after entry \"/..\" is {is}, not {wanted}"),
            Self::Users(wanted, are) => {
                write!(f, "after entry the user ids are {}, not {wanted}", listed(are))
            }
            Self::Groups(wanted, are) => {
                write!(f, "after entry the groups are {}, not {}", listed(are), listed(wanted))
            }
            Self::Capabilities(left) => write!(
                f,
                "after entry capabilities are left (permitted {:#x}, effective {:#x}, inheritable \
                 {:#x}, ambient {:#x})",
                left.permitted, left.effective, left.inheritable, left.ambient
            ),
            Self::Regained => write!(f, "after entry the child could become root again"),
            Self::Descriptor(fd) => {
                write!(f, "after entry descriptor {fd} is an open directory")
            }
            Self::Handle(fd, what) => write!(f, "after entry descriptor {fd} is open: {what}"),
            Self::Terminal(fd) => write!(f, "after entry descriptor {fd} is a terminal"),
            Self::Threads => write!(f, "after entry the child has more threads than one"),
            Self::Cwd(is) => write!(f, "after entry the working directory is {is}, not \"/\""),
            Self::HostPath(path, wanted, is) => {
                write!(f, "after entry \"{}\" is {is}, not {wanted}", path.display())
            }
            Self::NeverEntered => {
                write!(f, "httpd made this child ready without letting it enter the jail")
            }
            Self::Unprovable(call, error) => {
                write!(f, "after entry the jail cannot be proved: {call}: {error}")
            }
        }?;
        write!(f, "; find out what interferes with this process (LD_PRELOAD, a tracer, a module)")
    }
}
