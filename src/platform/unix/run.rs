//! A program of the host, run without any rights to read its output.

use crate::platform::unix::attempt::{
    AttemptEnd, AttemptOutput, PipeReader, open_pipe, read_output,
};
use crate::platform::unix::fork::{ExitKind, ForkOptions, Inherited, fork};
use crate::platform::unix::ids::{set_groups, set_user};
use crate::platform::unix::posix::{GroupId, UserId, change_to_root, check};
use crate::platform::unix::single_thread::SingleThread;
use crate::platform::{SyscallError, backend};
use std::ffi::{CStr, c_char};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

/// Bytes that it may print.
const MOST: usize = 64 * 1024;

/// Limits of the process: CPU seconds, bytes of memory, open files, bytes of a file and of a core.
const LIMITS: [(Resource, libc::rlim_t); 5] = [
    (libc::RLIMIT_CPU, 5),
    (libc::RLIMIT_AS, 2 << 30),
    (libc::RLIMIT_NOFILE, 64),
    (libc::RLIMIT_FSIZE, 0),
    (libc::RLIMIT_CORE, 0),
];

/// Type of the C library for the numbers of resources.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// A user and a group that no account has.
pub(crate) const NO_ACCOUNT: (UserId, GroupId) = (UserId(65_533), GroupId(65_533));

/// A program, its arguments, and its user and group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnprivilegedCommand<'a> {
    /// Its path.
    pub program: &'a CStr,
    /// Its arguments, without its name.
    pub arguments: &'a [&'a CStr],
    /// Anybody but root.
    pub user: UserId,
    /// The only group.
    pub group: GroupId,
}

impl UnprivilegedCommand<'_> {
    /// Runs it, and returns its output. It has no rights, no environment and no input, cannot start
    /// processes, and is ended after `patience`.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn run(self, alone: SingleThread, patience: Duration) -> io::Result<AttemptOutput> {
        self.run_with_limit(alone, patience, MOST)
    }

    /// As [`Self::run`]; it may print up to `most` bytes.
    ///
    /// # Errors
    /// Returns an error if a call fails, with its `errno`.
    pub(crate) fn run_with_limit(
        self,
        alone: SingleThread,
        patience: Duration,
        most: usize,
    ) -> io::Result<AttemptOutput> {
        let deadline = Instant::now() + patience;
        let (read, write) = open_pipe()?;
        let keep = [write.as_raw_fd()];
        let options = ForkOptions { keep: &keep, patience, inherited: Inherited::Nothing };
        let child = fork(alone, options, || {
            // The process goes on as the program, or ends.
            let _ = self.execute(&write);
            // SAFETY: _exit takes a number.
            unsafe { libc::_exit(127) };
        })?;
        drop(write);
        let printed = read_output(&read, deadline, most, &mut OutputReader::default());
        let exit = match &printed {
            Ok(printed) if printed.end == AttemptEnd::Done => child.wait(deadline),
            _ => child.kill().map(|_| ExitKind::Signal(libc::SIGKILL)),
        };
        let printed = printed?;
        // The output of a program that failed may lack its end.
        let failed = printed.end == AttemptEnd::Done && exit?.is_failure();
        Ok(if failed { AttemptOutput { end: AttemptEnd::Failed, ..printed } } else { printed })
    }

    /// Executes the program, in the child. Returns only if that fails.
    fn execute(self, out: &File) -> Result<(), SyscallError> {
        const OUTPUT: RawFd = 1;
        // SAFETY: dup2 takes two numbers. Nobody owns this one in a process that becomes another program.
        check(unsafe { libc::dup2(out.as_raw_fd(), OUTPUT) })
            .map_err(SyscallError::for_call("dup2"))?;
        change_to_root()?;
        for (resource, most) in LIMITS {
            set_limit(resource, most).map_err(SyscallError::for_call("setrlimit"))?;
        }
        set_groups(self.group, &[self.group])?;
        set_user(self.user)?;
        backend::drop_capabilities().map_err(SyscallError::for_call("capset"))?;
        backend::forbid_new_privileges().map_err(SyscallError::for_call("prctl"))?;
        // The kernel counts the processes of a user when it becomes that user; this one is there already.
        set_limit(libc::RLIMIT_NPROC, 0).map_err(SyscallError::for_call("setrlimit"))?;
        let mut arguments: Vec<*const c_char> = vec![self.program.as_ptr()];
        arguments.extend(self.arguments.iter().map(|word| word.as_ptr()));
        arguments.push(std::ptr::null());
        let environment = [std::ptr::null()];
        // SAFETY: the path and all words end in NUL, and both lists in a null.
        unsafe { libc::execve(self.program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
        Err(SyscallError::for_call("execve")(io::Error::last_os_error()))
    }
}

fn set_limit(resource: Resource, most: libc::rlim_t) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: setrlimit reads one structure.
    check(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}

/// Plain output, which ends where the pipe does.
#[derive(Debug, Default)]
struct OutputReader(Vec<u8>);

impl PipeReader for OutputReader {
    const CLOSED: AttemptEnd = AttemptEnd::Done;

    fn push(&mut self, bytes: &[u8]) -> bool {
        self.0.extend_from_slice(bytes);
        false
    }

    fn content(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(script: &CStr, patience: Duration) -> AttemptOutput {
        let run = UnprivilegedCommand {
            program: c"/bin/sh",
            arguments: &[c"-c", script],
            user: UserId(65_534),
            group: GroupId(65_534),
        };
        run.run(SingleThread::assume(), patience).unwrap()
    }

    fn text(script: &CStr) -> String {
        let reported = printed(script, Duration::from_secs(20));
        assert_eq!(reported.end, AttemptEnd::Done, "{reported:?}");
        String::from_utf8(reported.bytes).unwrap()
    }

    #[test]
    fn a_command_has_no_rights() {
        if crate::platform::effective_user() != UserId(0) {
            eprintln!("SKIPPED: only root can become another user");
            return;
        }
        let words = c"while read -r name value; do case $name in Uid:|Gid:|Groups:|NoNewPrivs:|CapEff:|CapPrm:) \
                      echo $name $value;; esac; done </proc/self/status; pwd";
        let told = text(words);
        let wanted = "Uid: 65534 65534 65534 65534\nGid: 65534 65534 65534 65534\nGroups: 65534\n\
                      CapPrm: 0000000000000000\nCapEff: 0000000000000000\nNoNewPrivs: 1\n/\n";
        assert_eq!(told, wanted);
    }

    #[test]
    fn it_starts_no_process_and_writes_no_file() {
        if crate::platform::effective_user() != UserId(0) {
            eprintln!("SKIPPED: only root can become another user");
            return;
        }
        let reported = printed(c"(echo forked) || echo no", Duration::from_secs(20));
        assert!(!String::from_utf8_lossy(&reported.bytes).contains("forked"), "{reported:?}");
        let folder = tempfile::tempdir().unwrap();
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), everybody).unwrap();
        let words = format!("echo x >{}/file; echo written", folder.path().display());
        let words = std::ffi::CString::new(words).unwrap();
        let reported = printed(&words, Duration::from_secs(20));
        assert!(!String::from_utf8_lossy(&reported.bytes).contains("written"), "{reported:?}");
    }

    #[test]
    fn a_command_that_hangs_or_writes_too_much_is_ended() {
        if crate::platform::effective_user() != UserId(0) {
            eprintln!("SKIPPED: only root can become another user");
            return;
        }
        let begin = Instant::now();
        let stopped = printed(c"echo begun; kill -STOP $$", Duration::from_millis(500));
        assert_eq!((stopped.end, &*stopped.bytes), (AttemptEnd::OutOfTime, &b"begun\n"[..]));
        let endless = printed(c"while :; do echo xxxxxxxxxxxxxxxx; done", Duration::from_secs(20));
        assert_eq!((endless.end, endless.bytes.len()), (AttemptEnd::TooMuch, MOST));
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_command_that_fails_or_is_missing_has_failed() {
        assert_eq!(printed(c"echo x; exit 3", Duration::from_secs(20)).end, AttemptEnd::Failed);
        let none = UnprivilegedCommand {
            program: c"/nowhere",
            arguments: &[],
            user: UserId(65_534),
            group: GroupId(65_534),
        };
        let reported = none.run(SingleThread::assume(), Duration::from_secs(20)).unwrap();
        assert_eq!(reported.end, AttemptEnd::Failed);
    }
}
