//! The moments at which the jail is searched, and the place where the findings are printed.
//!
//! At configtest, on the terminal. At start and at each restart once, in the parent, in the log;
//! under `strict` before that too, while the terminal can still read why nothing is served.

use crate::audit;
use crate::audit::{BUDGET, OwnFile, Report, STRICT_BUDGET, SearchEvent, SearchScope, Searched};
use crate::config::{Audit, FixRoot, JailSetting, ProvideItem, Settings};
use crate::httpd::log::{Level, write};
use crate::httpd::pass::{Pass, TestOptions};
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::lifecycle::state::State;
use crate::messages::{AuditFault, AuditNotice, Fault};
use crate::platform::{GroupId, UserId};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// Users and groups that own something in the jail.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// The users.
    pub users: BTreeSet<UserId>,
    /// The groups.
    pub groups: BTreeSet<GroupId>,
}

/// Results of a search.
#[derive(Debug, Default)]
pub(crate) struct AuditResult {
    /// Messages for the configuration dump.
    pub lines: Vec<String>,
    /// Owners of what is in the jail; `None` if it was not searched.
    pub owners: Option<Owners>,
}

/// Searches the jail, if it is the moment for it.
///
/// # Errors
/// Returns an error if the jail cannot be searched, or holds something under `strict`.
pub(crate) fn run(
    server: Server,
    state: &State,
    setting: &JailSetting,
    jail: &CheckedJail,
    accounts: &[RunAs],
) -> Result<AuditResult, Fault> {
    let run = AuditRun::new(server, state, setting, jail, accounts);
    match (state.pass, state.settings.audit) {
        (Pass::ConfigTest(TestOptions { audit: true, .. }), _) => run.print(),
        (_, Audit::Off) | (Pass::FirstRead | Pass::Print, Audit::Warn) => {
            Ok(AuditResult::default())
        }
        _ => run.log(),
    }
}

/// Searches the jail for owners alone, within the budget of the audit.
pub(crate) fn find_owners(jail: &CheckedJail) -> Owners {
    let (accounts, own, provided) = (&[][..], &[][..], &[][..]);
    let (at, budget) = (jail.at(), Some(BUDGET));
    let (host_paths, across) = (false, false);
    let scope = SearchScope { at, accounts, own, host_paths, provided, across, budget };
    let searched = audit::search_in_child(jail.entrance(), &scope, Audit::Off.word());
    let Searched { users, groups, .. } = searched.unwrap_or_default();
    Owners { users, groups }
}

/// A search of the jail, and the settings that decide about its findings.
struct AuditRun<'a> {
    server: Server,
    jail: &'a CheckedJail,
    accounts: &'a [RunAs],
    setting: &'a JailSetting,
    settings: &'a Settings,
    own: &'a [OwnFile],
    provided: Vec<PathBuf>,
}

impl<'a> AuditRun<'a> {
    fn new(
        server: Server,
        state: &'a State,
        setting: &'a JailSetting,
        jail: &'a CheckedJail,
        accounts: &'a [RunAs],
    ) -> Self {
        let settings = &state.settings;
        let path = |(item, _): &(ProvideItem, _)| match item {
            ProvideItem::Path { path, .. } => Some(path.clone()),
            _ => None,
        };
        let provided = settings.provide.requested.iter().filter_map(path).collect();
        Self { server, jail, accounts, setting, settings, own: &state.own, provided }
    }
}

impl AuditRun<'_> {
    /// Searches within the budget and logs the first few findings of each kind. Returns their messages.
    fn log(&self) -> Result<AuditResult, Fault> {
        let mode = self.settings.audit.word();
        let strict = self.settings.audit == Audit::Strict;
        let budget = if strict { STRICT_BUDGET } else { BUDGET };
        let searched =
            audit::search_in_child(self.jail.entrance(), &self.scope(Some(budget)), mode)
                .map_err(|error| self.fault(AuditFault::Unsearchable(error)))?;
        if let Some(error) = searched.unsearchable {
            return Err(self.fault(AuditFault::Unsearchable(std::io::Error::other(error))));
        }
        let level = if strict { Level::Refused } else { Level::Warning };
        searched.lines.iter().for_each(|line| self.write(level, line));
        searched.gaps.iter().for_each(|line| self.write(Level::Warning, line));
        searched.remarks.iter().for_each(|line| self.write(Level::Info, line));
        if !searched.ended && !strict {
            self.server.log(&AuditNotice::Hangs.about(mode));
        }
        self.verdict(searched.findings, searched.gaps.len(), searched.ended)?;
        let Searched { lines, users, groups, .. } = searched;
        Ok(AuditResult { lines, owners: Some(Owners { users, groups }) })
    }

    /// Searches without a budget and prints each finding as it is found, for `-D CHROOT_AUDIT`.
    fn print(&self) -> Result<AuditResult, Fault> {
        let report = Report::default();
        let mode = self.settings.audit.word();
        let print_event = |event: SearchEvent| {
            match &event {
                SearchEvent::Found(finding) => print_line(&finding.about(mode).to_string()),
                SearchEvent::Unreadable(path, error) => {
                    print_line(&AuditNotice::unreadable(path, error).about(mode).to_string())
                }
                SearchEvent::NotEntered(..) | SearchEvent::Owners(..) => {}
            }
            report.add(event);
        };
        let extent = audit::search(self.jail.entrance(), &self.scope(None), &print_event)
            .map_err(|error| self.fault(AuditFault::Unsearchable(error)))?;
        let mut gaps = report.take_gaps(&extent, None);
        let incomplete = gaps.len();
        // Printed above, one by one.
        gaps.retain(|gap| !matches!(gap, AuditNotice::Unreadable(..)));
        for notice in gaps.into_iter().chain(report.take_remarks(&extent)) {
            print_line(&notice.about(mode).to_string());
        }
        self.verdict(report.count_findings(), incomplete, true)?;
        let (users, groups) = report.take_owners();
        Ok(AuditResult { lines: Vec::new(), owners: Some(Owners { users, groups }) })
    }

    fn scope(&self, budget: Option<std::time::Duration>) -> SearchScope<'_> {
        let strict = self.settings.audit == Audit::Strict;
        SearchScope {
            at: self.jail.at(),
            accounts: self.accounts,
            own: self.own,
            host_paths: self.settings.fix_root != Some(FixRoot::Off),
            provided: &self.provided,
            // Under strict a file system that is not searched is part of the jail all the same.
            across: strict || server::is_defined(c"CHROOT_AUDIT_MOUNTS"),
            budget,
        }
    }

    /// Under `strict`, refuses what was found, and what was not searched.
    fn verdict(&self, findings: u64, gaps: usize, ended: bool) -> Result<(), Fault> {
        if self.settings.audit != Audit::Strict {
            return Ok(());
        }
        match (findings, gaps, ended) {
            (0, 0, true) => Ok(()),
            (1.., ..) => Err(self.fault(AuditFault::Found(findings))),
            (_, _, false) => Err(self.fault(AuditFault::Hangs)),
            _ => Err(self.fault(AuditFault::Incomplete(gaps))),
        }
    }

    fn fault(&self, cause: AuditFault) -> Fault {
        Fault::for_directive("ChrootAudit", self.settings.audit.word(), cause)
            .with_place(&self.setting.place)
    }

    fn write(&self, level: Level, line: &str) {
        write(self.server.as_ptr(), level, line);
    }
}

/// Prints a line on standard output. A reader that closed the pipe is no reason to stop the search.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
