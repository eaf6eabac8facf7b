//! A thread for work that starts threads, or leaves thread-local values of the standard library.
//!
//! A library that has left a destructor with a thread cannot be unloaded before that thread ends.
//! If that is the main thread, a restart keeps the old module instead of the one that is
//! installed now (glibc 2.36; `std::thread` leaves one with each thread that starts another). So
//! such work is done by a thread that ends before anything else happens.

use std::any::Any;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Work of a thread, and its result.
struct ThreadTask<F, T> {
    work: Option<F>,
    result: Option<Result<T, Box<dyn Any + Send>>>,
}

impl<F: FnOnce() -> T, T> ThreadTask<F, T> {
    fn run(&mut self) {
        let work = self.work.take();
        self.result = work.map(|work| catch_unwind(AssertUnwindSafe(work)));
    }
}

/// Runs `work` on a thread that has ended when this returns, and returns its result. Signals are blocked there. If no
/// thread can be started, the calling thread does the work.
///
/// # Panics
/// If `work` panics, with the same payload.
pub(crate) fn run_on_fresh_thread<F: FnOnce() -> T + Send, T: Send>(work: F) -> T {
    let mut task = ThreadTask { work: Some(work), result: None };
    let before = block_signals();
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the function has the signature that pthread_create asks for; `task` is what it
    // expects, and stays where it is until the thread has been joined below.
    let refused = unsafe {
        libc::pthread_create(
            thread.as_mut_ptr(),
            std::ptr::null(),
            run::<F, T>,
            (&raw mut task).cast(),
        )
    };
    restore_signals(&before);
    if refused == 0 {
        // SAFETY: pthread_create has succeeded, so the number is written.
        let thread = unsafe { thread.assume_init() };
        // SAFETY: the thread was made joinable and is joined once. It cannot fail then.
        unsafe { libc::pthread_join(thread, std::ptr::null_mut()) };
    } else {
        task.run();
    }
    match task.result {
        Some(Ok(result)) => result,
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("a thread that was joined has run"),
    }
}

/// Main function of the thread.
extern "C" fn run<F: FnOnce() -> T, T>(task: *mut c_void) -> *mut c_void {
    // SAFETY: `task` above gives the pointer to this type, and waits.
    let task = unsafe { &mut *task.cast::<ThreadTask<F, T>>() };
    task.run();
    std::ptr::null_mut()
}

/// Blocks every signal for this thread, and for those that it starts. Returns the previous mask.
fn block_signals() -> libc::sigset_t {
    let mut all = MaybeUninit::uninit();
    // SAFETY: sigfillset writes one set where the pointer says.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    let mut before = MaybeUninit::uninit();
    // SAFETY: sigfillset has written the set that is read, and the other one is written.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    // SAFETY: written by the call, which cannot fail with these words.
    unsafe { before.assume_init() }
}

fn restore_signals(before: &libc::sigset_t) {
    // SAFETY: the set is one that pthread_sigmask has written.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_runs_on_another_thread_and_returns_its_result() {
        let me = std::thread::current().id();
        assert_ne!(run_on_fresh_thread(|| std::thread::current().id()), me);
    }

    #[test]
    fn a_panic_comes_back() {
        let panic = std::panic::catch_unwind(|| run_on_fresh_thread(|| panic!("as meant")));
        let panic = panic.unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"as meant"));
    }
}
