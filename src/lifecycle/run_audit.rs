//! When the jail is searched, and who hears of it.
//!
//! At configtest, on the terminal. At start and at each restart once, in the parent, in the log;
//! under `strict` before that too, while the terminal can still read why nothing is served.

use crate::audit;
use crate::audit::{BUDGET, OwnFile, Report, STRICT_BUDGET, SearchEvent, SearchScope};
use crate::config::{Audit, FixRoot, JailSetting, Settings};
use crate::httpd::log::{Level, write};
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::run_as::RunAs;
use crate::jail::{FoundJail, preconditions};
use crate::lifecycle::state::State;
use crate::lifecycle::wsgi;
use crate::messages::{AuditFault, AuditNotice, Fault};
use std::io::Write;

/// In check_config, as root. Answers what there is to say in the whole picture.
///
/// # Errors
/// The jail cannot be walked or searched, or holds something under `strict`.
pub(crate) fn before_logs(server: Server, asked: &JailSetting) -> Result<Vec<String>, Fault> {
    let Some(state) = State::of(&server) else { return Ok(Vec::new()) };
    let on_demand = server::is_configtest() && server::is_defined(c"CHROOT_AUDIT");
    let audit = state.settings.audit;
    let early = server::is_configtest() || audit == Audit::Strict;
    if !early || (audit == Audit::Off && !on_demand) {
        return Ok(Vec::new());
    }
    let jail = FoundJail::find(&asked.jail).map_err(|fault| fault.at(&asked.place))?;
    let run_as = preconditions::run_as(&server::circumstances())
        .map_err(|why| Fault::new(asked.jail.as_path(), why))?;
    let search = AuditRun::of(server, state, asked, &jail, &run_as)?;
    if on_demand { search.print() } else { search.log() }
}

/// In post_config, when the logs are open.
///
/// # Errors
/// As above.
pub(crate) fn at_start(server: Server, asked: &JailSetting, run_as: &RunAs) -> Result<(), Fault> {
    let Some(state) = State::of(&server) else { return Ok(()) };
    if state.settings.audit == Audit::Off {
        return Ok(());
    }
    let jail = FoundJail::find(&asked.jail).map_err(|fault| fault.at(&asked.place))?;
    AuditRun::of(server, state, asked, &jail, run_as)?.log().map(drop)
}

/// A search of the jail, and the settings that say what follows from it.
struct AuditRun<'a> {
    server: Server,
    jail: &'a FoundJail,
    accounts: Vec<RunAs>,
    asked: &'a JailSetting,
    settings: &'a Settings,
    own: &'a [OwnFile],
}

impl<'a> AuditRun<'a> {
    fn of(
        server: Server,
        state: &'a State,
        asked: &'a JailSetting,
        jail: &'a FoundJail,
        run_as: &RunAs,
    ) -> Result<Self, Fault> {
        let accounts = wsgi::accounts(state, run_as)?;
        Ok(Self { server, jail, accounts, asked, settings: &state.settings, own: &state.own })
    }
}

impl AuditRun<'_> {
    /// Searches within the budget and logs the first few findings of each kind. Returns their messages.
    fn log(&self) -> Result<Vec<String>, Fault> {
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
        Ok(searched.lines)
    }

    /// Searches without a budget and prints each finding as it is found, for `-D CHROOT_AUDIT`.
    fn print(&self) -> Result<Vec<String>, Fault> {
        let report = Report::default();
        let mode = self.settings.audit.word();
        let tell = |event: SearchEvent| {
            match &event {
                SearchEvent::Found(finding) => say(&finding.about(mode).to_string()),
                SearchEvent::Unreadable(path, error) => {
                    say(&AuditNotice::unreadable(path, error).about(mode).to_string())
                }
                SearchEvent::NotEntered(..) => {}
            }
            report.add(event);
        };
        let extent = audit::search(self.jail.entrance(), &self.scope(None), &tell)
            .map_err(|error| self.fault(AuditFault::Unsearchable(error)))?;
        let mut gaps = report.take_gaps(&extent, None);
        let incomplete = gaps.len();
        // Printed above, one by one.
        gaps.retain(|gap| !matches!(gap, AuditNotice::Unreadable(..)));
        for notice in gaps.into_iter().chain(report.take_remarks(&extent)) {
            say(&notice.about(mode).to_string());
        }
        self.verdict(report.count_findings(), incomplete, true)?;
        Ok(Vec::new())
    }

    fn scope(&self, budget: Option<std::time::Duration>) -> SearchScope<'_> {
        let strict = self.settings.audit == Audit::Strict;
        SearchScope {
            at: self.jail.at(),
            accounts: &self.accounts,
            own: self.own,
            host_paths: self.settings.fix_root != Some(FixRoot::Off),
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

    fn fault(&self, why: AuditFault) -> Fault {
        Fault::of("ChrootAudit", self.settings.audit.word(), why).at(&self.asked.place)
    }

    fn write(&self, level: Level, line: &str) {
        write(self.server.as_ptr(), level, line);
    }
}

/// On the terminal of who asked. A reader who has gone is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
