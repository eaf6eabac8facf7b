//! Entry of a child: it enters the jail, and proves it.

use crate::config::JailSetting;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::proof;
use crate::jail::run_as::RunAs;
use crate::lifecycle::state::State;
use crate::lifecycle::watched_child;
use crate::messages::{EntryFault, Fault, Notice, ProofFault, StartFault};

/// The child, root and outside, with one thread: goes in, and proves it.
pub(crate) fn enter(server: Server) -> Result<(), Fault> {
    enter_as(server, |children| to_child(children, server::is_serving_child()))
}

/// Enters as a child that is to serve, whatever the MPM is doing.
pub(crate) fn enter_to_serve(server: Server) -> Result<(), Fault> {
    enter_as(server, |children| to_child(children, true))
}

/// The account of a process of the server, which serves or starts programs.
fn to_child(children: &RunAs, serves: bool) -> RunAs {
    let mut run_as = children.clone();
    run_as.hardening.serves = serves;
    run_as
}

/// Enters from httpd's hook `drop_privileges`: a child that is to serve, or mod_cgid's daemon, which has made its socket
/// by now and mounts it in the view. Only the parent does that too, when the daemon has entered: two at the same time would
/// mount one on the other.
pub(crate) fn enter_by_hook(server: Server) -> Result<(), Fault> {
    if !server::is_serving_child() {
        show_sockets(&server);
    }
    enter(server)
}

/// Mounts the sockets of daemons that exist by now in the view, if they have a place there.
pub(crate) fn show_sockets(server: &Server) {
    let ready = State::find(server).and_then(|state| state.ready.get());
    let Some((ready, late)) = ready.and_then(|ready| Some((ready, ready.late.as_ref()?))) else {
        return;
    };
    let shown = ready.with_entrance(|entrance| late.mount_sockets(entrance, ready.run_as.user));
    if let Some(Err(cause)) = shown {
        let fault = Fault::for_directive("ChrootProvide", "sockets", cause);
        server.log(&fault.as_warning());
    }
}

/// Enters, with one thread, as the account that `select_account` makes of that of the children.
///
/// # Errors
/// Returns an error if the process cannot enter, or is not what it should be afterwards: it must end.
pub(crate) fn enter_as(
    server: Server,
    select_account: impl Fn(&RunAs) -> RunAs,
) -> Result<(), Fault> {
    let Some((state, asked)) = find_jail_setting(&server)? else { return Ok(()) };
    if watched_child::put_under_watch(state, &select_account)? {
        return Ok(());
    }
    let gone = || Fault::new(asked.jail.as_path(), EntryFault::Gone);
    let ready = state.ready.get().ok_or_else(gone)?;
    let jailed = ready.enter(&select_account(&ready.run_as))?;
    // mod_unixd comes next: without root and without a directory it has nothing left to do.
    server::set_unixd_jail(None);
    if !jailed.closed.is_empty() {
        server.log(&Notice::ClosedDescriptors(jailed.closed).about(asked.jail.as_path()));
    }
    Ok(())
}

/// The jail that the configuration asks for; `None` if it asks for none.
///
/// # Errors
/// Returns an error if the configuration was never read by this module: nothing is known of a jail, so nothing may serve.
fn find_jail_setting(server: &Server) -> Result<Option<(&State, &JailSetting)>, Fault> {
    let state = State::find(server).ok_or_else(|| Fault::new("", StartFault::NotRead))?;
    Ok(state.settings.jail.as_ref().map(|asked| (state, asked)))
}

/// The child, before it serves: still inside, still nobody. Guards against a server that never
/// asked it to enter.
pub(crate) fn check_still_inside(server: Server) -> Result<(), Fault> {
    let Some((state, asked)) = find_jail_setting(&server)? else { return Ok(()) };
    if let Some(answer) = watched_child::check_outside(state) {
        return answer;
    }
    let fault = |cause: ProofFault| Fault::new(asked.jail.as_path(), cause);
    match state.ready.get() {
        Some(ready) if ready.is_taken() => {
            proof::is_inside(&ready.inside).map_err(fault)?;
            proof::users(ready.run_as.user).map_err(fault)
        }
        _ => Err(fault(ProofFault::NeverEntered)),
    }
}
