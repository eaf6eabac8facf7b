//! A door for this repository's tests and benches, which have no httpd around them: what they try
//! and measure is the module's own code, not a copy. Not an interface: it changes as they do.

use crate::audit::{OwnFile, OwnKind, SearchEvent, SearchScope, search};
use crate::jail::FoundJail;
use crate::jail::run_as::RunAs;
use crate::messages::AuditNotice;
use crate::path::JailPath;
use crate::platform::{GroupId, UserId};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What to search.
#[derive(Debug, Clone)]
pub struct SearchQuestion {
    /// The jail.
    pub jail: PathBuf,
    /// The user of the children.
    pub uid: u32,
    /// Their groups, the primary one first.
    pub gids: Vec<u32>,
    /// Files that the server keeps for itself.
    pub own: Vec<PathBuf>,
    /// Whether the jail's own path holds inside.
    pub host_paths: bool,
    /// Whether mounted file systems are searched too.
    pub across: bool,
    /// How long it may take.
    pub budget: Option<Duration>,
}

/// What the search says.
#[derive(Debug, Clone)]
pub struct SearchAnswer {
    /// One message for each finding, sorted.
    pub findings: Vec<String>,
    /// What could not be looked at, and what was not entered.
    pub gaps: Vec<String>,
    /// How many names were looked at.
    pub names: u64,
    /// False if the time was up.
    pub complete: bool,
    /// False if nobody could be asked for file capabilities.
    pub capabilities: bool,
}

/// Searches as the module does.
///
/// # Errors
/// The message of what is wrong with the jail.
pub fn ask(question: &SearchQuestion) -> Result<SearchAnswer, String> {
    let path = JailPath::new(&question.jail).ok_or("not an absolute path")?;
    let jail = FoundJail::find(&path).map_err(|fault| fault.to_string())?;
    let groups: Vec<_> = question.gids.iter().copied().map(GroupId).collect();
    let group = groups.first().copied().ok_or("no group")?;
    let run_as = RunAs::plain(UserId(question.uid), group, groups);
    let own: Vec<_> = question
        .own
        .iter()
        .map(|path| OwnFile { what: "own", path: path.clone(), kind: OwnKind::Key })
        .collect();
    let SearchQuestion { host_paths, across, budget, .. } = *question;
    let scope =
        SearchScope { at: jail.at(), run_as: &run_as, own: &own, host_paths, across, budget };
    let (found, gaps) = (Mutex::default(), Mutex::default());
    let extent = search(jail.entrance(), &scope, &|event| match event {
        SearchEvent::Found(finding) => note(&found, finding.about("warn")),
        SearchEvent::Unreadable(path, error) => {
            note(&gaps, AuditNotice::unreadable(&path, &error).about("warn"));
        }
        SearchEvent::NotEntered(path, kind) => {
            note(&gaps, AuditNotice::NotEntered(1, path, kind).about("warn"));
        }
    })
    .map_err(|error| error.to_string())?;
    Ok(SearchAnswer {
        findings: sorted(found),
        gaps: sorted(gaps),
        names: extent.names,
        complete: extent.complete,
        capabilities: extent.capabilities,
    })
}

fn note(lines: &Mutex<Vec<String>>, line: String) {
    lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

fn sorted(lines: Mutex<Vec<String>>) -> Vec<String> {
    let mut lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
    lines.sort_unstable();
    lines
}
