//! What the parent does, root and outside: checks, and makes the jail ready.

use crate::config::JailSetting;
use crate::httpd::guard::{GO_ON, guard};
use crate::httpd::log::Level;
use crate::httpd::pool::Pool;
use crate::httpd::server::Server;
use crate::httpd::{fork_handlers, server};
use crate::jail::run_as::RunAs;
use crate::jail::walk::{complaints_of, on_host};
use crate::jail::{CheckedJail, FoundJail, preconditions};
use crate::lifecycle::daemons::WatchHooks;
use crate::lifecycle::dump::RehearsalResult;
use crate::lifecycle::run_preflight::Trial;
use crate::lifecycle::state::{PreparedJail, State};
use crate::lifecycle::{
    child, daemons, dump, preload, probe_hardening, rehearse_entry, run_audit, wsgi,
};
use crate::messages::{Advice, Fault, Notice, ProgramNotice, Remark, StartFault};
use crate::platform;
use crate::platform::{MadeDirectory, Ownership, Support, UserId};
use crate::provide::{ConfiguredPaths, Sockets, SocketsBy};
use crate::view;
use std::ffi::CString;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Everything that can stand against a jail, while the terminal can still read it.
///
/// # Errors
/// What stands against it.
pub(crate) fn check(server: Server, ptemp: Pool, hooks: WatchHooks) -> Result<(), Fault> {
    let Some(state) = State::of(&server) else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    let circumstances = server::circumstances();
    let jail = asked.jail.as_path();
    let notices = preconditions::check(&circumstances, server::is_to_serve(), server::is_loaded)
        .map_err(|why| Fault::new(jail, why).at(&asked.place))?;
    daemons::check(server, state, hooks)?;
    // The second pass says nothing that the first has not said.
    if server::is_last_pass() {
        return Ok(());
    }
    for notice in notices {
        server.log(&notice.about(jail));
    }
    let tried = match circumstances.started_as {
        UserId(0) => Some(tried(server, state, asked, ptemp)?),
        _ => {
            preload::make_ready(state, &find_jail(state, asked)?, ptemp)?;
            None
        }
    };
    if server::is_defined(c"DUMP_CHROOT") {
        let run_as = preconditions::run_as(&circumstances).map_err(|why| Fault::new(jail, why))?;
        let jail = find_jail(state, asked)?;
        let lines = dump::of(state, &jail, &run_as, tried.as_ref())?;
        // check_config is called once in each pass.
        let _ = state.dump.set(lines);
    }
    Ok(())
}

/// What root can try before there are logs, without a trace.
fn tried(
    server: Server,
    state: &State,
    asked: &JailSetting,
    ptemp: Pool,
) -> Result<RehearsalResult, Fault> {
    let audited = run_audit::before_logs(server, asked)?;
    let run_as = preconditions::run_as(&server::circumstances());
    let run_as = run_as.map_err(|why| Fault::new(asked.jail.as_path(), why))?;
    let wishes = wishes(state, &run_as);
    let mode = view::choose_mode(&wishes).map_err(|fault| fault.at(&asked.place))?;
    let fixed = view::rehearse(mode, find_jail(state, asked)?, &wishes);
    let fixed = fixed.map_err(|fault| fault.at(&asked.place))?;
    tell_remarks(server, &fixed.remarks);
    // Whatever runs in the jail is hardened as a child is, in every mode: in a rehearsal too.
    let hardening = probe_hardening::tried(&state.settings, &fixed.jail)?;
    let (way, provided) = (fixed.way_in_words(), fixed.provided_in_words());
    let remarks = fixed.remarks.iter().map(|remark| remark.message().to_string()).collect();
    let programs = tell_of_programs(server, &fixed.notices);
    let trial = Trial::of_plan(&fixed);
    let warm = preload::make_ready(state, &fixed.jail, ptemp)?;
    let warmed = warm.described();
    let jail = fixed.jail;
    let run_as = RunAs { hardening: hardening.clone(), ..run_as };
    let out_of_reach = trial.run(server, state, move || {
        warm.before_entry();
        jail.enter(&run_as).map(drop)
    })?;
    Ok(RehearsalResult {
        way,
        provided,
        remarks,
        programs,
        audited,
        hardening,
        warmed,
        out_of_reach,
    })
}

/// Logs the remarks about programs that are provided. Returns their messages.
fn tell_of_programs(server: Server, notices: &[ProgramNotice]) -> Vec<String> {
    for notice in notices {
        server.log(&notice.about());
    }
    notices.iter().map(|notice| notice.about().to_string()).collect()
}

/// Prints the whole picture, if it is asked for (`httpd -t -D DUMP_CHROOT`).
///
/// # Errors
/// None.
pub(crate) fn dump(server: Server) -> Result<(), Fault> {
    if !server::is_defined(c"DUMP_CHROOT") {
        return Ok(());
    }
    let Some(state) = State::of(&server) else { return Ok(()) };
    let lines = match &state.settings.jail {
        Some(_) => state.dump.get().cloned().unwrap_or_default(),
        None => dump::of_none(state),
    };
    // Nobody is left to be told that the terminal is gone.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    Ok(())
}

/// Makes folders for sockets that children make, as mod_fcgid will a moment later, and too late to
/// be shown in a view. That it cannot be made is for mod_fcgid to say.
fn make_socket_folders(configured: &ConfiguredPaths, run_as: &RunAs) {
    let manners = Ownership { mode: 0o700, user: run_as.user, group: run_as.group };
    for Sockets { path, .. } in configured.sockets.iter().filter(|it| it.by == SocketsBy::Children)
    {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let (Ok(parent), Ok(name)) = (on_host(parent), CString::new(name.as_bytes())) else {
            continue;
        };
        let complaints = complaints_of(parent.file.as_fd(), &parent.at);
        if complaints.is_ok_and(|complaints| complaints.is_empty()) {
            let made = MadeDirectory::create_at(parent.file.as_fd(), &name);
            let _ = made.and_then(|made| made.set_ownership(manners));
        }
    }
}

/// Says what is left out of what was to be within reach, and what should not be.
fn tell_remarks(server: Server, remarks: &[Remark]) {
    for remark in remarks {
        server.log(&remark.message());
    }
}

fn wishes<'a>(state: &'a State, run_as: &'a RunAs) -> view::HostPathRequest<'a> {
    view::HostPathRequest {
        fix_root: state.settings.fix_root,
        serves_root: state.serves_root,
        inside_paths: state.inside_paths,
        provide: &state.settings.provide,
        configured: &state.configured,
        own: &state.own,
        run_as,
    }
}

/// Walks to the jail and applies `ChrootCheck`.
fn find_jail(state: &State, asked: &JailSetting) -> Result<CheckedJail, Fault> {
    let jail = FoundJail::find(&asked.jail).and_then(|jail| jail.check(state.settings.check));
    jail.map_err(|fault| fault.at(&asked.place))
}

/// The path by which mod_unixd enters `jail`: that of the descriptor, where the system has one.
fn name_for_unixd(jail: &CheckedJail) -> CString {
    match platform::find_descriptor_path(jail.entrance()) {
        Support::Available(path) => path,
        Support::Unsupported => CString::new(jail.at().as_os_str().as_bytes()).unwrap_or_default(),
    }
}

/// Walks the jail, keeps host paths true in it, holds it, and looks up who the children become.
///
/// # Errors
/// Any of that fails.
pub(crate) fn make_ready(server: Server, pconf: Pool, ptemp: Pool) -> Result<(), Fault> {
    let Some(state) = State::of(&server) else {
        return Err(Fault::new("", StartFault::NotRead));
    };
    if state.only_signals {
        return Err(Fault::new("", StartFault::OnlySignals));
    }
    if !server::is_last_pass() {
        return Ok(());
    }
    let Some(asked) = &state.settings.jail else {
        server.log(&Notice::NoJail.about(Path::new("none")));
        return Ok(());
    };
    let written = asked.jail.as_path();
    daemons::tell_allowed(server, state);
    let run_as = preconditions::run_as(&server::circumstances());
    let mut run_as = run_as.map_err(|why| Fault::new(written, why))?;
    run_audit::at_start(server, asked, &run_as)?;
    make_socket_folders(&state.configured, &run_as);
    let configured = ConfiguredPaths { wsgi: wsgi::sockets(state), ..state.configured.clone() };
    let wishes = view::HostPathRequest { configured: &configured, ..wishes(state, &run_as) };
    let mode = view::choose_mode(&wishes).map_err(|fault| fault.at(&asked.place))?;
    let fixed = view::fix(mode, find_jail(state, asked)?, &wishes);
    let fixed = fixed.map_err(|fault| fault.at(&asked.place))?;
    tell_remarks(server, &fixed.remarks);
    server.log(&preconditions::ready(&fixed.jail, &run_as).about(written));
    server.log(&fixed.notice().about(written));
    tell_of_programs(server, &fixed.notices);
    let loaded = preload::make_ready(state, &fixed.jail, ptemp)?;
    // post_config is called once with each state.
    let _ = state.warm.set(loaded);
    preload::tell(server, state, &fixed.jail);
    let trial = Trial::of_fact(&fixed);
    let (way, late, jail) = (fixed.way, fixed.late, fixed.jail);
    run_as.hardening = probe_hardening::make_ready(server, state, &jail, &run_as)?;
    let for_unixd = name_for_unixd(&jail);
    let ready = state.ready.get_or_init(|| PreparedJail::new(jail, way, run_as, for_unixd, late));
    server::tell_unixd(Some(&ready.for_unixd));
    trial.run(server, state, || child::enter(server))?;
    rehearse_fcgid(server).map_err(|why| Fault::new(written, why))?;
    wsgi::take_over(server, state, pconf)
}

/// mod_fcgid does not look at what becomes of its process manager: so it is tried, and must succeed,
/// before mod_fcgid gets its turn.
fn rehearse_fcgid(server: Server) -> Result<(), StartFault> {
    if !server::is_loaded(c"mod_fcgid.c") {
        return Ok(());
    }
    let Some(state) = State::of(&server) else { return Ok(()) };
    let (Some(asked), Some(ready)) = (&state.settings.jail, state.ready.get()) else {
        return Ok(());
    };
    if !(fork_handlers::register(child::enter) && state.watch.has("mod_fcgid")) {
        let notice = Notice::Advice(Advice::ManagerUnhardened);
        server.log(&notice.about(asked.jail.as_path()));
        return rehearse_entry::of_fcgid(server, ready);
    }
    let enters = || guard(server.as_ptr(), Level::Alert, || child::enter(server)) == GO_ON;
    rehearse_entry::holds(server, ready, enters)
}
