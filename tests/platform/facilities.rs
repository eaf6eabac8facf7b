//! Facilities that a system may lack: what it has is in force when it is asked.

use crate::config::Harden;
use crate::jail::harden::HardeningPlan;
use crate::platform;
use crate::platform::{SingleThread, Support};
use crate::scene::{Played, Scene, as_anyone, as_root, at, check, in_copy};

pub(crate) const SCENES: &[Scene] = &[
    as_anyone("new_privileges_are_forbidden_for_good", forbids_privileges),
    as_anyone("tracers_are_refused", refuses_tracers),
    as_root("every_measure_that_is_granted_is_in_force", hardens),
    as_anyone("libraries_that_this_process_has_loaded_are_listed", lists_objects),
];

const LACKS: &str = "the system has none";

/// A scene about a facility: not run where the system lacks it.
fn with_support(act: impl FnOnce() -> Result<Support<String>, String>) -> Played {
    let lacks = || LACKS.to_owned();
    let played = in_copy(|| match act()? {
        Support::Available(fact) => Ok(fact),
        Support::Unsupported => Ok(lacks()),
    });
    match played {
        Played::Holds(fact) if fact == LACKS => Played::NotRun(fact),
        played => played,
    }
}

fn forbids_privileges() -> Played {
    with_support(|| {
        if platform::forbid_new_privileges().map_err(at("forbid"))? == Support::Unsupported {
            return Ok(Support::Unsupported);
        }
        let is = platform::has_no_new_privileges().map_err(at("ask"))?;
        check(is == Support::Available(true), || format!("{is:?}"))?;
        Ok(Support::Available("no_new_privs is set".into()))
    })
}

fn refuses_tracers() -> Played {
    with_support(|| {
        if platform::refuse_tracers().map_err(at("refuse"))? == Support::Unsupported {
            return Ok(Support::Unsupported);
        }
        let is = platform::has_refused_tracers().map_err(at("ask"))?;
        check(is == Support::Available(true), || format!("{is:?}"))?;
        Ok(Support::Available("the process is not traced".into()))
    })
}

fn hardens() -> Played {
    in_copy(|| {
        let root = platform::open_root().map_err(at("/"))?;
        let alone = SingleThread::check().map_err(at("threads"))?;
        let plan = HardeningPlan { asked: Harden::Auto, ..HardeningPlan::default() };
        let root = std::os::fd::AsFd::as_fd(&root);
        let tried = plan.tried(alone, root).map_err(|fault| format!("{fault:?}"))?;
        let evidence = tried.apply_outside(root).map_err(|fault| format!("{fault:?}"))?;
        tried.apply_inside().map_err(|fault| format!("{fault:?}"))?;
        tried.prove(&evidence).map_err(|fault| format!("{fault:?}"))?;
        Ok(format!(
            "in force: {}; absent: {}",
            tried.in_force().join("; "),
            tried.absent().join("; ")
        ))
    })
}

fn lists_objects() -> Played {
    in_copy(|| {
        let found = platform::list_loaded_objects();
        Ok(format!("{} objects", found.len()))
    })
}
