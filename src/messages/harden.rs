//! Faults of the hardening of a child.

use crate::messages::fixes::add_to_unit;
use crate::messages::{MessageText, Text};

/// A measure that is not in force.
#[derive(Debug)]
pub(crate) enum HardenFault {
    /// A measure that was in force in the trial at start, and the system's answer now.
    Lost(&'static str, String),
    /// A measure that `full` requires, the system's answer, and the line of a service's unit that allows it, if something
    /// denies it.
    Missing(&'static str, String, &'static str),
    /// The same of a measure that `ChrootConnect` requires.
    NoConnectRules(&'static str, String, &'static str),
    /// No measure could be tried.
    Untried(std::io::Error),
    /// A measure that was in force and is not any more, and the state that was found.
    Undone(&'static str, String),
}

impl MessageText for HardenFault {
    fn id(&self) -> u16 {
        match self {
            Self::Lost(..) => 411,
            Self::Missing(..) => 412,
            Self::Untried(_) => 413,
            Self::NoConnectRules(..) => 414,
            Self::Undone(..) => 511,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Lost(what, cause) => Text::new(
                format!(
                    "{what} worked in the trial at start, and does not in this child ({cause})"
                ),
                "restart httpd, or set \"ChrootHarden off\"",
            ),
            Self::Missing(what, cause, line) => Text::new(
                format!("{what} is not available here ({cause})"),
                format!("{}set \"ChrootHarden auto\" to do without", allow(line)),
            ),
            Self::NoConnectRules(what, cause, "") => Text::new(
                format!("{what}, which restricts connections, is not available here ({cause})"),
                "start Linux 6.7 or later with landlock in lsm=, or set \"ChrootConnect any\"",
            ),
            Self::NoConnectRules(what, cause, line) => Text::new(
                format!("{what}, which restricts connections, is not available here ({cause})"),
                format!("{}set \"ChrootConnect any\"", allow(line)),
            ),
            Self::Untried(error) => Text::new(
                format!("the measures of this system cannot be tried in a child process: {error}"),
                "raise the limit of processes, or set \"ChrootHarden off\"",
            ),
            Self::Undone(what, found) => Text::new(
                format!("after entry {what} is not in force ({found})"),
                super::proof::INTERFERENCE,
            ),
        }
    }
}

/// The first part of a fix: a line of the service's unit, if there is one.
fn allow(line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!("{}, allow it to the container, or ", add_to_unit(line)),
    }
}
