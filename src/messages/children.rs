//! Messages about children that end before they could serve.

use crate::messages::{MessageText, Text};
use crate::platform::ExitKind;

/// Children that cannot serve.
#[derive(Debug)]
pub(crate) enum ChildrenFault {
    /// Several in a row have ended.
    Ended {
        /// Their number.
        count: usize,
        /// The trial of their start.
        trial: StartTrial,
    },
    /// A trial of their start ended, before there were any.
    Rehearsed(StartTrial),
}

/// Result of a trial of the start of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StartTrial {
    /// All modules were started.
    Passed,
    /// It ended.
    Ended {
        /// The module that was being started.
        module: Option<String>,
        /// The exit.
        exit: Option<ExitKind>,
    },
    /// It was not made, or not to the end: the error.
    Untried(String),
}

impl MessageText for ChildrenFault {
    fn id(&self) -> u16 {
        match self {
            Self::Ended { .. } => 850,
            Self::Rehearsed(_) => 851,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Ended { count, trial } => Text::new(
                format!(
                    "{count} children in a row have ended before they could serve, so no request is \
                     answered ({})",
                    trial.describe()
                ),
                trial.advise(),
            ),
            Self::Rehearsed(trial) => Text::new(
                format!("every child would end before it could serve ({})", trial.describe()),
                trial.advise(),
            ),
        }
    }
}

impl StartTrial {
    fn describe(&self) -> String {
        match self {
            Self::Passed => "a trial of their start succeeded".to_owned(),
            Self::Untried(error) => format!("a trial of their start failed: {error}"),
            Self::Ended { module, exit } => {
                let place = module.as_ref().map_or_else(
                    || "before a module was started".to_owned(),
                    |module| format!("while {module} was started"),
                );
                let exit = match exit {
                    Some(ExitKind::Status(status)) => format!(", with exit status {status}"),
                    Some(ExitKind::Signal(signal)) => format!(", by signal {signal}"),
                    Some(ExitKind::Unknown) | None => String::new(),
                };
                format!("a trial of their start ended {place}{exit}")
            }
        }
    }

    fn advise(&self) -> String {
        let Self::Ended { module: Some(module), .. } = self else {
            return "read the error log before this line, and set \"ChrootDir none\" to compare"
                .into();
        };
        let known = KNOWN.iter().find(|(name, _)| module.starts_with(name));
        match known {
            Some((_, advice)) => (*advice).to_owned(),
            None => format!(
                "read the error log before this line, add the files that {module} lacks to ChrootProvide, or \
                 remove its LoadModule line"
            ),
        }
    }
}

/// Modules that read files of the host when they are started in a child.
const KNOWN: [(&str, &str); 3] = [
    (
        "mod_wsgi",
        "add \"ChrootProvide program:/usr/bin/python3\", or \"WSGIRestrictEmbedded On\" if only daemons run \
         Python",
    ),
    ("mod_shib", "add \"ChrootProvide /etc/shibboleth /usr/share/xml\""),
    ("mod_perl", "add \"ChrootProvide program:/usr/bin/perl\""),
];
