//! The limit of open descriptors (`RLIMIT_NOFILE`). A shell and a service manager set a soft one of 1,024; what is more is
//! for programs that ask for it.

use crate::platform::unix::posix::check;
use std::io;

/// The soft limit is raised to the hard one, until this is dropped.
#[derive(Debug)]
pub(crate) struct RaisedDescriptorLimit(Option<libc::rlimit>);

impl RaisedDescriptorLimit {
    /// Raises the limit. If the system denies that, the limit stays as it is.
    pub(crate) fn raise() -> Self {
        let Ok(before) = read_limit() else { return Self(None) };
        let raised = libc::rlimit { rlim_cur: before.rlim_max, ..before };
        Self(set_limit(&raised).is_ok().then_some(before))
    }
}

impl Drop for RaisedDescriptorLimit {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // To lower a soft limit is always permitted; descriptors above it stay open.
            let _ = set_limit(before);
        }
    }
}

/// The limit of open descriptors.
pub(in crate::platform) fn read_limit() -> io::Result<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit writes one `struct rlimit` where the pointer says.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    Ok(limit)
}

fn set_limit(limit: &libc::rlimit) -> io::Result<()> {
    // SAFETY: setrlimit reads one `struct rlimit` where the pointer says.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, limit) }).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::run_attempt;

    #[test]
    fn a_raised_limit_is_the_earlier_one_again_afterwards() {
        let answer = run_attempt(|| {
            let hard = read_limit().unwrap().rlim_max;
            set_limit(&libc::rlimit { rlim_cur: 64, rlim_max: hard }).unwrap();
            let raised = RaisedDescriptorLimit::raise();
            let during = read_limit().unwrap().rlim_cur;
            drop(raised);
            format!("{} {}", during == hard, read_limit().unwrap().rlim_cur).into_bytes()
        });
        assert_eq!(String::from_utf8(answer.unwrap()).unwrap(), "true 64");
    }
}
