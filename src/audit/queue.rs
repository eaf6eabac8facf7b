//! Queue of tasks that create further tasks: last in, first out, so that a tree is searched branch by branch and the
//! queue stays short.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tasks still to do. The work has ended when no task waits and no thread works.
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

    /// Waits for the next task; `None` when there will be no more.
    pub(super) fn next_task(&self) -> Option<(T, WorkGuard<'_, T>)> {
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

    /// Adds tasks; the last one is done first.
    pub(super) fn add_tasks(&self, tasks: impl IntoIterator<Item = T>) {
        let mut state = self.lock();
        state.waiting.extend(tasks);
        self.wake_threads(&state);
    }

    /// Drops all waiting tasks.
    pub(super) fn clear(&self) {
        self.lock().waiting.clear();
    }

    fn wake_threads(&self, state: &QueueState<T>) {
        // Avoid the futex call when no thread waits.
        if state.asleep > 0 {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks a thread as working until it is dropped, also by a panic, so that no thread waits for ever.
#[derive(Debug)]
pub(super) struct WorkGuard<'a, T>(&'a Queue<T>);

impl<T> Drop for WorkGuard<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.working -= 1;
        if state.working == 0 {
            self.0.wake_threads(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn work(queue: &Queue<u32>, done: &AtomicU64) {
        while let Some((task, _guard)) = queue.next_task() {
            done.fetch_add(1, Ordering::Relaxed);
            let more = if task > 0 { 2 } else { 0 };
            queue.add_tasks((0..more).map(|_| task - 1));
        }
    }

    #[test]
    fn each_task_is_done_once_and_all_threads_end() {
        let (queue, done) = (Queue::new(14), AtomicU64::new(0));
        std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| work(&queue, &done))));
        });
        assert_eq!(done.into_inner(), (1 << 15) - 1);
    }

    #[test]
    fn a_thread_that_panics_keeps_no_other_waiting() {
        let queue = Queue::new(());
        let panicked = std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let _guard = queue.next_task();
                panic!("as meant");
            });
            worker.join().is_err()
        });
        assert!(panicked && queue.next_task().is_none());
    }
}
