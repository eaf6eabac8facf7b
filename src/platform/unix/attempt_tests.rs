use super::*;
use proptest::prelude::*;
use std::thread::sleep;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

fn attempt(patience: Duration) -> Attempt {
    Attempt::new(SingleThread::assume(), patience)
}

/// The report, and whether it came in time.
fn reported(
    patience: Duration,
    work: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> (AttemptOutput, bool) {
    let begin = Instant::now();
    let reported = attempt(patience).run(work).unwrap();
    (reported, begin.elapsed() < patience + Duration::from_secs(5))
}

fn is_alive(pid: libc::pid_t) -> bool {
    // SAFETY: kill takes two numbers; 0 is no signal.
    unsafe { libc::kill(pid, 0) == 0 }
}

/// Whether a process ends within a second. One that nobody has waited for has ended, too.
fn ends(pid: libc::pid_t) -> bool {
    let is_zombie = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        status.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))
    };
    (0..100).any(|_| {
        sleep(Duration::from_millis(10));
        !is_alive(pid) || is_zombie()
    })
}

fn number(bytes: &[u8]) -> libc::pid_t {
    String::from_utf8_lossy(bytes).trim().parse().unwrap()
}

#[test]
fn the_answer_of_a_child_is_heard() {
    assert_eq!(attempt(LONG).read_answer(|| b"yes".to_vec()).unwrap(), b"yes");
    assert!(attempt(LONG).check_rule(|| true).unwrap());
    assert!(!attempt(LONG).check_rule(|| false).unwrap());
}

#[test]
fn more_than_a_pipe_holds_is_heard() {
    let long = vec![b'x'; 500_000];
    assert_eq!(attempt(LONG).read_answer(|| long.clone()).unwrap(), long);
}

#[test]
fn a_child_that_hangs_is_ended_and_what_it_said_before_is_heard() {
    let (reported, in_time) = reported(SHORT, |out| {
        out.write_all(&[b'x'; 100_000])?;
        sleep(LONG);
        Ok(())
    });
    assert_eq!(
        (reported.bytes.len(), reported.end, in_time),
        (100_000, AttemptEnd::OutOfTime, true)
    );
}

#[test]
fn a_child_that_stops_itself_is_ended() {
    let (reported, in_time) = reported(SHORT, |out| {
        write!(out, "{}", std::process::id())?;
        // SAFETY: raise takes a number.
        unsafe { libc::raise(libc::SIGSTOP) };
        Ok(())
    });
    assert_eq!((reported.end, in_time), (AttemptEnd::OutOfTime, true));
    assert!(!is_alive(number(&reported.bytes)), "it was not waited for");
}

#[test]
fn a_child_that_ignores_signals_is_ended() {
    let (reported, in_time) = reported(SHORT, |_| {
        for signal in [libc::SIGALRM, libc::SIGTERM, libc::SIGHUP, libc::SIGPIPE] {
            // SAFETY: signal takes two numbers.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        sleep(LONG);
        Ok(())
    });
    assert_eq!((reported.end, in_time), (AttemptEnd::OutOfTime, true));
}

#[test]
fn a_child_that_writes_for_ever_is_ended() {
    let (reported, in_time) = reported(LONG, |out| {
        loop {
            out.write_all(&[b'x'; 4096])?;
        }
    });
    assert_eq!((reported.bytes.len(), reported.end, in_time), (MOST, AttemptEnd::TooMuch, true));
}

#[test]
fn a_child_that_panics_or_exits_is_an_error() {
    let panics = attempt(LONG).read_answer(|| panic!("on purpose")).unwrap_err();
    assert!(panics.to_string().contains("failed"), "{panics}");
    // SAFETY: _exit takes a number.
    let exits = attempt(LONG).check_rule(|| unsafe { libc::_exit(0) }).unwrap_err();
    assert!(exits.to_string().contains("failed"), "{exits}");
}

/// The pipe is open as long as any of them lives.
#[test]
fn a_child_of_the_child_keeps_nobody_waiting_and_ends_with_it() {
    let (reported, in_time) = reported(LONG, |out| {
        // SAFETY: the copy has one thread.
        let pid = check(unsafe { libc::fork() })?;
        if pid == 0 {
            sleep(LONG);
        }
        write!(out, "{pid}")
    });
    assert_eq!((reported.end, in_time), (AttemptEnd::Done, true));
    assert!(ends(number(&reported.bytes)), "its child outlives it");
}

#[test]
fn a_daemon_that_keeps_the_pipe_of_a_dead_child_is_not_waited_for() {
    let begin = Instant::now();
    let reported = attempt(SHORT)
        .run(|out| {
            // SAFETY: the copy has one thread.
            let pid = check(unsafe { libc::fork() })?;
            if pid == 0 {
                // SAFETY: setsid takes nothing.
                unsafe { libc::setsid() };
                sleep(Duration::from_secs(3));
            }
            write!(out, "{pid}")?;
            // SAFETY: _exit takes a number.
            unsafe { libc::_exit(0) }
        })
        .unwrap();
    assert_eq!(reported.end, AttemptEnd::OutOfTime);
    assert!(begin.elapsed() < Duration::from_secs(2));
    let daemon = number(&reported.bytes);
    // SAFETY: kill takes two numbers, and the process is the daemon of this test.
    unsafe { libc::kill(daemon, libc::SIGKILL) };
}

#[test]
fn a_child_has_its_own_session_no_environment_and_no_foreign_descriptor() {
    let kept = File::open("/").unwrap();
    let other = File::open("/").unwrap();
    let (kept_fd, other_fd) = (kept.as_raw_fd(), other.as_raw_fd());
    let told = attempt(LONG)
        .keep_open(kept.as_raw_fd())
        .read_answer(|| {
            let is_open = |fd| crate::platform::read_facts(fd).is_ok();
            // SAFETY: getsid takes a number.
            let session = unsafe { libc::getsid(0) };
            let is_own = u32::try_from(session).is_ok_and(|session| session == std::process::id());
            let facts = (is_own, std::env::vars_os().count(), is_open(kept_fd));
            let open: Vec<_> =
                crate::platform::list_descriptors(std::os::fd::AsFd::as_fd(&kept)).unwrap();
            // 0 to 2, the pipe, what is kept, and what lists them. 0 to 2 lead nowhere.
            format!("{facts:?} {} {}", is_open(other_fd), open.len() <= 6).into_bytes()
        })
        .unwrap();
    assert_eq!(String::from_utf8(told).unwrap(), "(true, 0, true) false true");
}

#[test]
fn a_signal_that_is_ignored_or_blocked_here_is_not_there() {
    let pretends = |way| {
        // SAFETY: signal takes two numbers.
        unsafe { libc::signal(libc::SIGUSR2, way) };
    };
    pretends(libc::SIG_IGN);
    let reported = attempt(LONG).run(|_| {
        // SAFETY: raise takes a number.
        unsafe { libc::raise(libc::SIGUSR2) };
        Ok(())
    });
    pretends(libc::SIG_DFL);
    assert_eq!(reported.unwrap().end, AttemptEnd::Failed);
}

proptest! {
    #[test]
    fn pieces_are_put_together_however_they_arrive(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..10),
        step in 1..20_usize,
    ) {
        let mut written = Vec::new();
        for piece in &pieces {
            written.extend(u32::try_from(piece.len()).unwrap().to_ne_bytes());
            written.extend(piece);
        }
        let mut reader = ChunkReader::default();
        prop_assert!(written.chunks(step).all(|bytes| !reader.push(bytes)));
        prop_assert!(reader.push(&[0; LENGTH]));
        prop_assert_eq!(reader.content, pieces.concat());
    }

    #[test]
    fn whatever_a_child_writes_is_read_without_harm(bytes: Vec<u8>) {
        ChunkReader::default().push(&bytes);
    }
}
