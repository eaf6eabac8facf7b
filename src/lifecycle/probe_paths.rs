//! Whether the file systems of paths answer. A look at a path can hang for as long as a disk or a file
//! server likes, and nothing interrupts it; so a child process looks first, in the place of this one.

use crate::messages::SilentFault;
use crate::platform::{Attempt, AttemptEnd, SharedCounter, SingleThread, probe_path};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

/// Time within which all of them have answered. An automounter may have to mount first.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at all of `paths` in a child process.
///
/// # Errors
/// Returns an error if one of them does not answer, or none could be asked.
pub(crate) fn all_answer(paths: &[PathBuf]) -> Result<(), SilentFault> {
    if paths.is_empty() {
        return Ok(());
    }
    let alone = SingleThread::check().map_err(SilentFault::Untried)?;
    ask_within(PATIENCE, alone, paths, &|path| probe_path(path))
}

fn ask_within(
    patience: Duration,
    alone: SingleThread,
    paths: &[PathBuf],
    look: &dyn Fn(&std::ffi::CStr),
) -> Result<(), SilentFault> {
    // Counted up before each look: the number tells which one hangs.
    let looks = SharedCounter::new().map_err(SilentFault::Untried)?;
    let reported = Attempt::new(alone, patience).run(|_| {
        for path in paths {
            looks.add_one();
            look(&CString::new(path.as_os_str().as_bytes()).unwrap_or_default());
        }
        Ok(())
    });
    let reported = reported.map_err(SilentFault::Untried)?;
    let last = usize::try_from(looks.read()).unwrap_or(0).saturating_sub(1);
    match (reported.end, paths.get(last)) {
        (AttemptEnd::Done, _) => Ok(()),
        (AttemptEnd::OutOfTime | AttemptEnd::Abandoned, Some(path)) => {
            Err(SilentFault::Silent(path.clone(), patience))
        }
        (end, _) => Err(SilentFault::Untried(end.to_error())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn paths() -> Vec<PathBuf> {
        ["/", "/nowhere", "/etc/passwd"].iter().map(PathBuf::from).collect()
    }

    #[test]
    fn what_answers_answers_whatever_it_says() {
        let look = |path: &std::ffi::CStr| probe_path(path);
        ask_within(PATIENCE, SingleThread::assume(), &paths(), &look).unwrap();
    }

    #[test]
    fn the_one_that_hangs_is_named() {
        let begin = Instant::now();
        let look = |path: &std::ffi::CStr| {
            if path == c"/nowhere" {
                std::thread::sleep(Duration::from_secs(60));
            }
        };
        let short = Duration::from_millis(300);
        let fault = ask_within(short, SingleThread::assume(), &paths(), &look).unwrap_err();
        assert!(fault.to_string().contains("\"/nowhere\" does not answer"), "{fault}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
}
