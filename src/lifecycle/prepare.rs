//! Preparation of the jail by the parent, as root and outside. One list of steps (`prepare`) serves a rehearsal, which
//! writes nothing, and a start, so that configtest and start judge alike.

use crate::config::{JailSetting, Preflight, Provide};
use crate::httpd::pass::Pass;
use crate::httpd::pool::Pool;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::CheckedJail;
use crate::jail::account_lookup::AccountLookup;
use crate::jail::preconditions;
use crate::jail::run_as::RunAs;
use crate::learning::LearnMode;
use crate::lifecycle::advise::Rehearsed;
use crate::lifecycle::daemons::WatchHooks;
use crate::lifecycle::dump::{JailFacts, RehearsalResult};
use crate::lifecycle::run_audit::{AuditResult, Owners};
use crate::lifecycle::run_preflight::Trial;
use crate::lifecycle::state::{PreparedJail, State};
use crate::lifecycle::{
    advise, child, daemons, directory, dump, learn, preload, probe_calls, probe_hardening,
    rehearse_entry, run_audit, socket_folders, user_files, wsgi,
};
use crate::messages::{Fault, Notice, StartFault};
use crate::platform::UserId;
use crate::provide::{ConfiguredPaths, UserFiles};
use crate::view;
use crate::view::{ChosenMode, FixedRoot, HostPathRequest};
use std::path::Path;

/// Purpose of a preparation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PreparationPurpose {
    /// To find what is wrong, while the terminal can still read it. Nothing is written, and nothing serves.
    Rehearse,
    /// To serve.
    Serve,
}

/// A preparation, and the settings and facts that its steps need.
#[derive(Clone, Copy)]
struct Preparation<'a> {
    purpose: PreparationPurpose,
    server: Server,
    state: &'a State,
    setting: &'a JailSetting,
    lookup: &'a AccountLookup,
    ptemp: Pool,
}

/// Result of a preparation.
struct Prepared {
    jail: PreparedJail,
    /// Requirements of the configuration, to be tried from inside.
    trial: Trial,
    facts: JailFacts,
    result: RehearsalResult,
}

/// Rehearses the jail and everything else that can be wrong with it: at configtest, and before the logs are open.
///
/// # Errors
/// Returns the first reason for which the server must not serve.
pub(crate) fn check(server: Server, ptemp: Pool, hooks: WatchHooks) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    let is_outside = super::learn_mode::check(state)?;
    let Some(setting) = &state.settings.jail else { return Ok(()) };
    let (info, jail) = (server::info(), setting.jail.as_path());
    let to_serve = state.pass.leads_to_serving();
    let notices = preconditions::check(&info, to_serve, server::is_loaded)
        .map_err(|cause| Fault::new(jail, cause).with_place(&setting.place))?;
    daemons::check(server, state, hooks)?;
    if state.pass.serves() {
        // The first pass, or the start before this restart, has logged it.
        return Ok(());
    }
    for notice in notices {
        server.log(&notice.about(jail));
    }
    if is_outside {
        // Nothing enters the jail; its lines are still to be found.
        return Ok(());
    }
    if matches!(state.pass, Pass::ConfigTest(_)) {
        if let Some(lines) = super::learn_trace::make_lines(server, state, setting)? {
            // check_config is called once in each pass.
            let _ = state.advice.set(lines);
            return Ok(());
        }
    }
    let (purpose, lookup) = (PreparationPurpose::Rehearse, &AccountLookup::default());
    let preparation = Preparation { purpose, server, state, setting, lookup, ptemp };
    let (facts, result) = match info.started_as {
        UserId(0) => preparation.rehearse().map(|(facts, result)| (facts, Some(result)))?,
        UserId(uid) => match preconditions::find_closed_component(jail) {
            Some(component) => {
                server.log(&Notice::Closed { uid, component }.about(jail));
                return Ok(());
            }
            None => (preparation.survey()?, None),
        },
    };
    if state.pass.prints_dump() {
        // check_config is called once in each pass.
        let _ = state.dump.set(dump::describe(state, &facts, result.as_ref()));
    }
    Ok(())
}

/// Prints the configuration dump, if it is requested (`httpd -t -D DUMP_CHROOT`), or else the lines that are advised.
///
/// # Errors
/// Returns no error.
pub(crate) fn print_results(server: Server) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    let lines = match &state.settings.jail {
        _ if !state.pass.prints_dump() => state.advice.get().cloned().unwrap_or_default(),
        Some(_) => state.dump.get().cloned().unwrap_or_default(),
        None => dump::describe_no_jail(state),
    };
    advise::print_lines(&lines);
    Ok(())
}

/// Prepares the jail for the children of this pass, and has them enter it.
///
/// # Errors
/// Returns the first reason for which the server must not serve.
pub(crate) fn serve(server: Server, pconf: Pool, ptemp: Pool) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else {
        return Err(Fault::new("", StartFault::NotRead));
    };
    match state.pass {
        Pass::SignalOnly => return Err(Fault::new("", StartFault::OnlySignals)),
        Pass::Start | Pass::Restart => {}
        Pass::FirstRead | Pass::ConfigTest(_) | Pass::Print => return Ok(()),
    }
    let Some(setting) = &state.settings.jail else {
        server.log(&Notice::NoJail.about(Path::new("none")));
        return Ok(());
    };
    daemons::report_allowed(server, state);
    let lookup = &AccountLookup::default();
    match super::learn_mode::read_mode()? {
        Some(LearnMode::Outside) => {
            return learn::serve_outside(server, state, setting, lookup, pconf);
        }
        Some(LearnMode::Inside) => learn::prepare_inside(server, state, setting, lookup, pconf)?,
        None => {}
    }
    let purpose = PreparationPurpose::Serve;
    Preparation { purpose, server, state, setting, lookup, ptemp }.serve(pconf)
}

impl Preparation<'_> {
    /// Prepares a jail, has a process enter it that ends at once, and drops it.
    fn rehearse(self) -> Result<(JailFacts, RehearsalResult), Fault> {
        let Prepared { jail, trial, facts, mut result } = self.prepare()?;
        let enter = || jail.enter(&jail.run_as).map(drop);
        let mode = self.state.settings.preflight;
        if mode == Preflight::Off || !matches!(self.state.pass, Pass::ConfigTest(_)) {
            result.failures = trial.run(self.server, self.state, enter)?;
            return Ok((facts, result));
        }
        let judgement = trial.judge(self.server, self.state, enter)?;
        drop(trial);
        let rehearse = |provide: &Provide| self.rehearse_with(provide, &jail.run_as);
        result.failures = advise::log_advice(self.server, self.state, judgement, rehearse)?;
        Ok((facts, result))
    }

    /// Rehearses the jail once more, with other words of `ChrootProvide`. Nothing is logged.
    ///
    /// # Errors
    /// Returns an error if such a jail would be refused, or a process could not enter it.
    fn rehearse_with(self, provide: &Provide, run_as: &RunAs) -> Result<Rehearsed, Fault> {
        let mut configured = self.configured_paths();
        let request = HostPathRequest { provide, ..self.host_path_request(&configured, run_as) };
        let mode = view::choose_mode(&request)?;
        let jail = self.find_jail()?;
        let accounts = std::slice::from_ref(run_as);
        configured.users = self.make_user_files(provide, &jail, accounts, Some(Owners::default()));
        let request = HostPathRequest { provide, ..self.host_path_request(&configured, run_as) };
        let fixed = view::rehearse_host_paths(mode, jail, &request)?;
        let trial = Trial::before_writing(&fixed, self.state.pass);
        let remarks = fixed.remarks;
        let enter = || fixed.jail.enter(run_as).map(drop);
        let failures = trial.judge(self.server, self.state, enter)?.failures;
        Ok(Rehearsed { failures, remarks })
    }

    /// Carries out the checks that need no rights.
    fn survey(self) -> Result<JailFacts, Fault> {
        let run_as = self.look_up_run_as()?;
        let accounts = wsgi::accounts(self.state, &run_as, self.lookup)?;
        let jail = self.find_jail()?;
        preload::load(self.state, &jail, self.ptemp)?;
        let directory = directory::examine(&jail, self.state.settings.check, &accounts);
        Ok(JailFacts::new(&jail, &directory, run_as))
    }

    /// Prepares the jail, keeps it for the children, and tries whether each kind of them can enter it.
    fn serve(self, pconf: Pool) -> Result<(), Fault> {
        let Self { server, state, lookup, .. } = self;
        let Prepared { jail, trial, .. } = self.prepare()?;
        // post_config is called once with each state.
        let jail = state.ready.get_or_init(|| jail);
        server::set_unixd_jail(Some(&jail.for_unixd));
        trial.run(server, state, || child::enter(server))?;
        rehearse_entry::rehearse_fcgid(server, state, jail).map_err(|cause| self.fault(cause))?;
        wsgi::take_over(server, state, jail, lookup, pconf)?;
        learn::watch_children(state);
        Ok(())
    }

    /// Prepares the jail: the steps of the parent, in their order. The groups are asked once, and the jail is walked
    /// once, after the mount namespace was left that a view cannot copy from.
    fn prepare(self) -> Result<Prepared, Fault> {
        let Self { server, state, setting, ptemp, .. } = self;
        probe_calls::check(&state.settings, state.serves_root)
            .map_err(|cause| self.fault(cause))?;
        let run_as = self.look_up_run_as()?;
        let accounts = wsgi::accounts(state, &run_as, self.lookup)?;
        let mut configured = self.configured_paths();
        let request = self.host_path_request(&configured, &run_as);
        let mode = view::choose_mode(&request).map_err(|fault| fault.with_place(&setting.place))?;
        let jail = self.find_jail()?;
        let directory = directory::examine(&jail, state.settings.check, &accounts);
        let facts = JailFacts::new(&jail, &directory, run_as.clone());
        let AuditResult { lines: audited, owners } =
            run_audit::run(server, state, setting, &jail, &accounts)?;
        let provide = &state.settings.provide;
        configured.users = self.make_user_files(provide, &jail, &accounts, owners);
        let fixed = self.fix_host_paths(mode, jail, &configured, &run_as)?;
        self.log_host_paths(&fixed, &run_as);
        self.refuse_missing(&fixed)?;
        let preloaded = preload::load(state, &fixed.jail, ptemp)?;
        let hardening = probe_hardening::probe(&state.settings, &fixed.jail, ptemp)?;
        if self.purpose == PreparationPurpose::Serve {
            preload::log_loaded(server, setting, &preloaded);
            probe_hardening::log(server, &fixed.jail, &accounts, &hardening, directory);
        }
        let trial = match self.purpose {
            PreparationPurpose::Rehearse => Trial::before_writing(&fixed, state.pass),
            PreparationPurpose::Serve => Trial::after_writing(&fixed, state.pass),
        };
        let warmed = preloaded.describe();
        let result = RehearsalResult::new(&fixed, state.pass, audited, hardening.clone(), warmed);
        let run_as = RunAs { hardening, ..run_as };
        let jail = {
            let observed = (fixed.late, fixed.follower);
            PreparedJail::new(fixed.jail, fixed.mode, observed, run_as, preloaded)
        };
        Ok(Prepared { jail, trial, facts, result })
    }

    /// Makes the host paths valid in `jail`, in the way of the purpose.
    fn fix_host_paths(
        self,
        mode: ChosenMode,
        jail: CheckedJail,
        configured: &ConfiguredPaths,
        run_as: &RunAs,
    ) -> Result<FixedRoot, Fault> {
        let request = self.host_path_request(configured, run_as);
        let fixed = match self.purpose {
            PreparationPurpose::Rehearse => view::rehearse_host_paths(mode, jail, &request),
            PreparationPurpose::Serve => {
                socket_folders::create_socket_folders(configured, run_as);
                view::set_up_host_paths(mode, jail, &request)
            }
        };
        fixed.map_err(|fault| fault.with_place(&self.setting.place))
    }

    /// Lists of users and groups for `jail`, if `provide` requests them. Owners are searched for, unless the audit has found
    /// them, or nobody will look them up.
    fn make_user_files(
        self,
        provide: &Provide,
        jail: &CheckedJail,
        accounts: &[RunAs],
        owners: Option<Owners>,
    ) -> Option<UserFiles> {
        if !user_files::are_requested(provide) {
            return None;
        }
        let is_asked = self.purpose == PreparationPurpose::Serve || self.state.pass.prints_dump();
        let owners = owners.or_else(|| is_asked.then(|| run_audit::find_owners(jail)));
        let needs = user_files::find_needs(self.state, provide, jail, accounts, owners);
        let files = user_files::ask(self.server, &needs);
        if self.purpose == PreparationPurpose::Serve {
            // A jail is prepared once in each pass that serves.
            let _ = self.state.user_needs.set(needs);
        }
        Some(files)
    }

    /// Looks up the groups of the children.
    fn look_up_run_as(self) -> Result<RunAs, Fault> {
        preconditions::run_as(&server::info(), self.lookup).map_err(|cause| self.fault(cause))
    }

    /// Walks to the jail, and applies `ChrootCheck`.
    fn find_jail(self) -> Result<CheckedJail, Fault> {
        self.state.find_jail(self.setting)
    }

    /// Paths that directives of other modules name. The sockets of mod_wsgi have the number of the generation to be
    /// made, so a rehearsal does not have them.
    fn configured_paths(self) -> ConfiguredPaths {
        let mut configured = self.state.configured.clone();
        if self.purpose == PreparationPurpose::Serve {
            configured.wsgi = wsgi::sockets(self.state, self.lookup);
        }
        configured
    }

    fn host_path_request<'b>(
        &'b self,
        configured: &'b ConfiguredPaths,
        run_as: &'b RunAs,
    ) -> HostPathRequest<'b> {
        let state = self.state;
        HostPathRequest {
            fix_root: state.settings.fix_root,
            serves_root: state.serves_root,
            inside_paths: state.inside_paths,
            provide: &state.settings.provide,
            configured,
            own: &state.own,
            run_as,
        }
    }

    /// Logs the mode of host paths, and remarks about the files that are provided.
    fn log_host_paths(self, fixed: &FixedRoot, run_as: &RunAs) {
        for remark in &fixed.remarks {
            self.server.log(&remark.message());
        }
        if self.purpose == PreparationPurpose::Serve {
            let written = self.setting.jail.as_path();
            self.server.log(&preconditions::describe_ready(&fixed.jail, run_as).about(written));
            self.server.log(&fixed.notice().about(written));
        }
        for notice in &fixed.notices {
            self.server.log(&notice.about());
        }
    }

    /// Under `ChrootPreflight strict`, refuses at configtest a path of `ChrootProvide` that does not exist. Another
    /// service may create it later, so it keeps no server from starting.
    fn refuse_missing(self, fixed: &FixedRoot) -> Result<(), Fault> {
        let is_strict = self.state.settings.preflight == Preflight::Strict;
        if !is_strict || !matches!(self.state.pass, Pass::ConfigTest(_)) {
            return Ok(());
        }
        match fixed.remarks.iter().find(|remark| remark.is_missing()) {
            Some(remark) => Err(remark.to_fault()),
            None => Ok(()),
        }
    }

    fn fault(self, cause: StartFault) -> Fault {
        Fault::new(self.setting.jail.as_path(), cause)
    }
}
