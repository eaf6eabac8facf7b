//! Processes: threads are counted, attempts end in time, fork handlers run.

use crate::platform;
use crate::platform::{Attempt, AttemptEnd, SingleThread, Support, Threads};
use crate::scene::{Played, Scene, as_anyone, at, check, holds, in_copy};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) const SCENES: &[Scene] = &[
    as_anyone("threads_are_counted", counts_threads),
    as_anyone("an_attempt_reports_all_that_it_wrote", reports_all),
    as_anyone("an_attempt_that_takes_too_long_is_ended", ends_in_time),
    as_anyone("a_process_is_reported_to_a_module_when_it_is_forked", reports_forks),
];

fn counts_threads() -> Played {
    in_copy(|| {
        let one = platform::count_threads().map_err(at("one"))?;
        check(one == Support::Available(Threads::One), || format!("one: {one:?}"))?;
        let (send, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || wait.recv());
        let two = platform::count_threads().map_err(at("two"))?;
        drop(send);
        let _ = other.join();
        check(matches!(two, Support::Available(Threads::Several(_))), || format!("two: {two:?}"))?;
        Ok("one, and several".into())
    })
}

fn attempt(patience: Duration) -> Result<Attempt, String> {
    Ok(Attempt::new(SingleThread::check().map_err(at("threads"))?, patience))
}

fn reports_all() -> Played {
    const MANY: usize = 300_000;
    let read = attempt(Duration::from_secs(10)).and_then(|attempt| {
        let answer = attempt.read_answer(|| vec![b'x'; MANY]).map_err(at("the attempt"))?;
        check(answer == vec![b'x'; MANY], || format!("{} bytes arrived", answer.len()))?;
        Ok(format!("{MANY} bytes through a pipe"))
    });
    holds(read)
}

fn ends_in_time() -> Played {
    let begin = Instant::now();
    let ended = attempt(Duration::from_millis(300)).and_then(|attempt| {
        let asleep = |_: &mut dyn std::io::Write| {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        };
        let output = attempt.run(asleep).map_err(at("the attempt"))?;
        check(output.end == AttemptEnd::OutOfTime, || format!("{:?}", output.end))?;
        check(begin.elapsed() < Duration::from_secs(10), || format!("{:?}", begin.elapsed()))?;
        Ok("by SIGKILL".into())
    });
    holds(ended)
}

static HAS_FORKED: AtomicBool = AtomicBool::new(false);

extern "C" fn in_parent() {}

extern "C" fn in_child() {
    HAS_FORKED.store(true, Ordering::Relaxed);
}

fn reports_forks() -> Played {
    let played = in_copy(|| {
        let registered = platform::register_fork_handlers(in_parent, in_child);
        if registered.map_err(at("the handlers"))? == Support::Unsupported {
            return Ok("unsupported".into());
        }
        let answer = attempt(Duration::from_secs(10))?
            .read_answer(|| vec![u8::from(HAS_FORKED.load(Ordering::Relaxed))]);
        check(answer.map_err(at("the attempt"))? == [1], || "the handler did not run".into())?;
        Ok("the handler ran in the new process".into())
    });
    match played {
        Played::Holds(fact) if fact == "unsupported" => {
            Played::NotRun("the system has no fork handlers that can be removed".into())
        }
        played => played,
    }
}
