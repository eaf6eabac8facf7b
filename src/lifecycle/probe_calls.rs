//! A filter of system calls that httpd was started under, such as `SystemCallFilter=` of a service's unit. One that ends the
//! process in place of returning an error would end the parent, or each child, without a message: so it is looked for first,
//! in a process that may end.

use crate::config::{FixRoot, Harden, Settings};
use crate::messages::StartFault;
use crate::platform;
use crate::platform::{Attempt, ExitKind, SingleThread, Support, TriedCalls};
use std::time::Duration;

/// Time within which the calls are tried.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks for a call of the module that ends the process, if there is a filter.
///
/// # Errors
/// Returns an error if there is one. If nothing can be tried, the steps that follow find the reason.
pub(crate) fn check(settings: &Settings, serves_root: bool) -> Result<(), StartFault> {
    if !matches!(platform::is_filtered(), Ok(Support::Available(true))) {
        return Ok(());
    }
    let calls = TriedCalls {
        view: matches!(
            FixRoot::or_default(settings.fix_root, serves_root),
            FixRoot::On | FixRoot::View
        ),
        hardening: settings.harden != Harden::Off,
    };
    let attempt = |alone| {
        Attempt::new(alone, PATIENCE).run_to_exit(|out| {
            let mut report = |call: &str| out.write_all(format!("{call}\n").as_bytes());
            platform::try_calls(calls, &mut report).map(drop)
        })
    };
    match SingleThread::check().and_then(attempt) {
        Ok((reported, Some(ExitKind::Signal(libc::SIGSYS)))) => {
            let report = String::from_utf8_lossy(&reported.bytes).into_owned();
            Err(StartFault::CallEnds(report.lines().last().unwrap_or_default().to_owned()))
        }
        _ => Ok(()),
    }
}
