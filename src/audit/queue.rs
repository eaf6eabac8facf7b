//! Work that makes more work: last in, first out, so that a tree is finished branch by branch and
//! what waits stays little.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What is still to do. Everybody has ended when nothing waits and nobody works.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<QueueState<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct QueueState<T> {
    waiting: Vec<T>,
    working: usize,
    asleep: usize,
}

impl<T> Queue<T> {
    pub(super) fn new(first: T) -> Self {
        let state = QueueState { waiting: vec![first], working: 0, asleep: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next piece of work, waited for; `None` when there will be no more.
    pub(super) fn take(&self) -> Option<(T, WorkGuard<'_, T>)> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.waiting.pop() {
                state.working += 1;
                return Some((task, WorkGuard(self)));
            }
            if state.working == 0 {
                return None;
            }
            state.asleep += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
        }
    }

    /// More work; the last piece will be taken first.
    pub(super) fn give(&self, tasks: impl IntoIterator<Item = T>) {
        let mut state = self.lock();
        state.waiting.extend(tasks);
        self.wake(&state);
    }

    /// Nothing of what waits will be done.
    pub(super) fn abandon(&self) {
        self.lock().waiting.clear();
    }

    fn wake(&self, state: &QueueState<T>) {
        // To wake nobody is a system call too.
        if state.asleep > 0 {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody works. Ends when dropped, also by a panic, so that nobody waits for ever.
#[derive(Debug)]
pub(super) struct WorkGuard<'a, T>(&'a Queue<T>);

impl<T> Drop for WorkGuard<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.working -= 1;
        if state.working == 0 {
            self.0.wake(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn halve(queue: &Queue<u32>, done: &AtomicU64) {
        while let Some((task, _turn)) = queue.take() {
            done.fetch_add(1, Ordering::Relaxed);
            let more = if task > 0 { 2 } else { 0 };
            queue.give((0..more).map(|_| task - 1));
        }
    }

    #[test]
    fn all_work_is_done_once_and_everybody_goes_home() {
        let (queue, done) = (Queue::new(14), AtomicU64::new(0));
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| halve(&queue, &done))));
        });
        assert_eq!(done.into_inner(), (1 << 15) - 1);
    }

    #[test]
    fn who_panics_at_work_keeps_nobody_waiting() {
        let queue = Queue::new(());
        let panicked = std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let _turn = queue.take();
                panic!("as meant");
            });
            worker.join().is_err()
        });
        assert!(panicked && queue.take().is_none());
    }
}
