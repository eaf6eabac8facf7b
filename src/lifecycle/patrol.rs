//! A look at the children of httpd while it runs: a copy of httpd that stays outside is ended.
//!
//! A module may fork whenever httpd calls its hooks in the parent. Such a process is outside for a
//! moment, as every child is before it enters, or as a daemon that could not enter. So a process is
//! ended only if it is outside in three looks, ten seconds apart. With `ChrootAllowOutside` none is ended:
//! the module that has started it is not known here.

use crate::httpd::server;
use crate::httpd::server::Server;
use crate::lifecycle::state::State;
use crate::lifecycle::watch::Watch;
use crate::lifecycle::{learn, watched_child};
use crate::messages::{Fault, OutsideFault, OutsideNotice, OutsideProcess};
use crate::platform;
use crate::platform::{ChildId, Identity, Support};
use std::collections::BTreeSet;

/// Looks at every child that is not known to be inside.
///
/// # Errors
/// Returns an error if the children cannot be listed.
pub(crate) fn end_strangers(server: Server) -> Result<(), Fault> {
    let Some(state) = State::find(&server) else { return Ok(()) };
    let Some(asked) = &state.settings.jail else { return Ok(()) };
    learn::check_watcher(server, state);
    if watched_child::is_outside(state) {
        return Ok(());
    }
    if state.settings.allow_outside.names().next().is_some() || server::is_one_process() {
        return Ok(());
    }
    let fault = |error| Fault::new(asked.jail.as_path(), OutsideFault::Unlisted(error));
    for (child, stranger) in find_strangers(&state.watch).map_err(fault)? {
        platform::kill_child(child.pid);
        let notice = OutsideNotice::Ended(stranger);
        let jail = asked.jail.as_path().to_string_lossy();
        server.log(&notice.about("ChrootDir", &jail));
    }
    Ok(())
}

/// How often a process must be seen outside.
const LOOKS: usize = 3;

/// Copies of httpd that are outside now, and were in earlier looks.
fn find_strangers(watch: &Watch) -> std::io::Result<Vec<(ChildId, OutsideProcess)>> {
    let Support::Available(children) = watch.children()? else { return Ok(Vec::new()) };
    let host = platform::read_path_facts(c"/")?.identity;
    let mut seen = watch.seen();
    let now: BTreeSet<_> = children.iter().copied().collect();
    seen.inside.retain(|child| now.contains(child));
    let mut outside = Vec::new();
    for child in children {
        if seen.inside.contains(&child) {
            continue;
        }
        match whereabouts(child, host)? {
            Some(stranger) => outside.push((child, stranger)),
            None => {
                seen.inside.insert(child);
            }
        }
    }
    let earlier = std::mem::take(&mut seen.suspects);
    let looks = |child: &ChildId| earlier.get(child).map_or(1, |looks| looks + 1);
    seen.suspects = outside.iter().map(|(child, _)| (*child, looks(child))).collect();
    outside.retain(|(child, _)| looks(child) >= LOOKS);
    Ok(outside)
}

/// A copy of httpd whose root is that of the host.
fn whereabouts(child: ChildId, host: Identity) -> std::io::Result<Option<OutsideProcess>> {
    let Support::Available(Some(kin)) = platform::inspect_process(child)? else { return Ok(None) };
    let stays = kin.root == Some(host) && kin.is_copy == Some(true);
    Ok(stays.then_some(OutsideProcess { pid: child.pid, name: kin.name, is_copy: kin.is_copy }))
}
