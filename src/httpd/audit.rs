//! When the jail is searched, and who hears of it.
//!
//! At configtest, on the terminal. At start and at each restart once, in the parent, in the log;
//! under `strict` before that too, while the terminal can still read why nothing is served.

use super::log::{Level, write};
use super::server::{self, Server};
use crate::audit::{self, BUDGET, Event, Extent, Report, Scope};
use crate::fault::{AuditFault, AuditNotice, Fault};
use crate::jail::Jail;
use crate::run_as::RunAs;
use crate::settings::{Asked, Audit, FixRoot, Settings};
use crate::start;
use std::io::Write;

/// In check_config, as root. Answers what there is to say in the whole picture.
///
/// # Errors
/// The jail cannot be walked or searched, or holds something under `strict`.
pub(super) fn before_logs(server: Server, asked: &Asked) -> Result<Vec<String>, Fault> {
    let Some(state) = server.state() else { return Ok(Vec::new()) };
    let on_demand = server::is_configtest() && server::is_defined(c"CHROOT_AUDIT");
    let audit = state.settings.audit;
    let early = server::is_configtest() || audit == Audit::Strict;
    if !early || (audit == Audit::Off && !on_demand) {
        return Ok(Vec::new());
    }
    let jail = Jail::find(&asked.jail).map_err(|fault| fault.at(&asked.place))?;
    let run_as = start::run_as(&server::circumstances())
        .map_err(|why| Fault::new(asked.jail.as_path(), why))?;
    let view = View { server, jail: &jail, run_as: &run_as, asked, settings: &state.settings };
    if on_demand { view.print() } else { view.log() }
}

/// In post_config, when the logs are open.
///
/// # Errors
/// As above.
pub(super) fn at_start(server: Server, asked: &Asked, run_as: &RunAs) -> Result<(), Fault> {
    let Some(state) = server.state() else { return Ok(()) };
    if state.settings.audit == Audit::Off {
        return Ok(());
    }
    let jail = Jail::find(&asked.jail).map_err(|fault| fault.at(&asked.place))?;
    View { server, jail: &jail, run_as, asked, settings: &state.settings }.log().map(drop)
}

/// Whom a search is for.
struct View<'a> {
    server: Server,
    jail: &'a Jail,
    run_as: &'a RunAs,
    asked: &'a Asked,
    settings: &'a Settings,
}

impl View<'_> {
    /// In the time there is, into the log: the first few of each kind. Answers the same.
    fn log(&self) -> Result<Vec<String>, Fault> {
        let report = Report::default();
        let extent = self.search(Some(BUDGET), &|event| report.add(event))?;
        let strict = self.settings.audit == Audit::Strict;
        let level = if strict { Level::Refused } else { Level::Warning };
        let mode = self.settings.audit.word();
        let lines = report.lines(mode);
        for line in &lines {
            self.write(level, line);
        }
        for gap in report.gaps(&extent) {
            self.write(Level::Warning, &gap.about(mode));
        }
        for remark in report.remarks(&extent) {
            self.write(Level::Info, &remark.about(mode));
        }
        self.verdict(&report)?;
        Ok(lines)
    }

    /// As long as it takes, to who asked for it: one finding a line, as it is found. Nothing is left
    /// to be said later.
    fn print(&self) -> Result<Vec<String>, Fault> {
        let report = Report::default();
        let mode = self.settings.audit.word();
        let extent = self.search(None, &|event| {
            match &event {
                Event::Found(finding) => say(&finding.about(mode)),
                Event::Unreadable(path, error) => {
                    say(&AuditNotice::unreadable(path, error).about(mode))
                }
                Event::NotEntered(..) => {}
            }
            report.add(event);
        })?;
        let mut gaps = report.gaps(&extent);
        // Said above, one by one.
        gaps.retain(|gap| !matches!(gap, AuditNotice::Unreadable(..)));
        for notice in gaps.into_iter().chain(report.remarks(&extent)) {
            say(&notice.about(mode));
        }
        self.verdict(&report)?;
        Ok(Vec::new())
    }

    fn search(
        &self,
        budget: Option<std::time::Duration>,
        tell: &(dyn Fn(Event) + Sync),
    ) -> Result<Extent, Fault> {
        let scope = Scope {
            at: self.jail.at(),
            run_as: self.run_as,
            own: self.server.state().map_or(&[], |state| state.own.as_slice()),
            host_paths: self.settings.fix_root != Some(FixRoot::Off),
            across: server::is_defined(c"CHROOT_AUDIT_MOUNTS"),
            budget,
        };
        audit::search(self.jail.entrance(), &scope, tell)
            .map_err(|error| self.fault(AuditFault::Unsearchable(error)))
    }

    fn verdict(&self, report: &Report) -> Result<(), Fault> {
        match report.findings() {
            count if count > 0 && self.settings.audit == Audit::Strict => {
                Err(self.fault(AuditFault::Found(count)))
            }
            _ => Ok(()),
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
