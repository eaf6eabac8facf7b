//! Entry points for the tests and benches of this repository, which run without httpd: they test and measure the
//! module's own code, not a copy. It is not an interface: it changes as they do.

use crate::audit::{OwnFile, OwnKind, SearchEvent, SearchScope, search};
use crate::config::{KEYWORDS, ProvideSet};
use crate::jail::FoundJail;
use crate::jail::run_as::RunAs;
use crate::messages::AuditNotice;
use crate::path::JailPath;
use crate::platform;
use crate::platform::{GroupId, Support, UserId};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A row of the catalogue of sets.
#[derive(Debug, Clone)]
pub struct SetFacts {
    /// The word of `ChrootProvide`.
    pub word: &'static str,
    /// Whether a view provides it by default.
    pub is_default: bool,
    /// Whether it can be copied into a jail.
    pub is_copyable: bool,
    /// Paths that it always consists of.
    pub paths: &'static [&'static str],
}

/// Lists the sets of `ChrootProvide`, in the order of the documentation.
#[must_use]
pub fn list_sets() -> Vec<SetFacts> {
    let facts = |set: &ProvideSet| SetFacts {
        word: set.word(),
        is_default: set.is_default(),
        is_copyable: set.is_copyable(),
        paths: set.paths(),
    };
    ProvideSet::ALL.iter().map(facts).collect()
}

/// Lists the directives that take one word of a few, each with these words.
#[must_use]
pub fn list_keywords() -> &'static [(&'static str, &'static [&'static str])] {
    KEYWORDS
}

/// Lists the system calls that the filter refuses, as `ChrootHarden allow:` names them; `None` if this system has no filter.
#[must_use]
pub fn list_filtered_calls() -> Option<Vec<&'static str>> {
    match platform::list_filtered_calls() {
        Ok(Support::Available(calls)) => Some(calls),
        Ok(Support::Unsupported) | Err(_) => None,
    }
}

/// Input of a search.
#[derive(Debug, Clone)]
pub struct SearchQuestion {
    /// The jail.
    pub jail: PathBuf,
    /// User of the children.
    pub uid: u32,
    /// Groups of the children, the primary one first.
    pub gids: Vec<u32>,
    /// Files that the server keeps for itself.
    pub own: Vec<PathBuf>,
    /// Whether host paths are valid inside.
    pub host_paths: bool,
    /// Whether mounted file systems are searched too.
    pub across: bool,
    /// Time that it may take.
    pub budget: Option<Duration>,
}

/// Result of a search.
#[derive(Debug, Clone)]
pub struct SearchAnswer {
    /// One message for each finding, sorted.
    pub findings: Vec<String>,
    /// One message for each place that could not be read, or was not entered.
    pub gaps: Vec<String>,
    /// Number of names that were examined.
    pub names: u64,
    /// Whether the search ended within its time.
    pub complete: bool,
    /// Whether file capabilities could be read.
    pub capabilities: bool,
}

/// Searches as the module does.
///
/// # Errors
/// Returns the message about a jail that cannot be opened.
pub fn ask(question: &SearchQuestion) -> Result<SearchAnswer, String> {
    let path = JailPath::new(&question.jail).ok_or("not an absolute path")?;
    let jail = FoundJail::find(&path).map_err(|fault| fault.to_string())?;
    let groups: Vec<_> = question.gids.iter().copied().map(GroupId).collect();
    let group = groups.first().copied().ok_or("no group")?;
    let accounts = [RunAs::plain(UserId(question.uid), group, groups)];
    let own: Vec<_> = question
        .own
        .iter()
        .map(|path| OwnFile { directive: "own", path: path.clone(), kind: OwnKind::Key })
        .collect();
    let SearchQuestion { host_paths, across, budget, .. } = *question;
    let scope = SearchScope {
        at: jail.at(),
        accounts: &accounts,
        own: &own,
        host_paths,
        provided: &[],
        across,
        budget,
    };
    let (found, gaps) = (Mutex::default(), Mutex::default());
    let extent = search(jail.entrance(), &scope, &|event| match event {
        SearchEvent::Found(finding) => note(&found, finding.about("warn").to_string()),
        SearchEvent::Unreadable(path, error) => {
            note(&gaps, AuditNotice::unreadable(&path, &error).about("warn").to_string());
        }
        SearchEvent::NotEntered(path, kind) => {
            note(&gaps, AuditNotice::NotEntered(1, path, kind).about("warn").to_string());
        }
        SearchEvent::Owners(..) => {}
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
