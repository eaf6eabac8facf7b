//! Scenes, and the copies of this process in which they play.

use crate::platform::{Attempt, SingleThread, effective_user};
use std::fmt::Display;
use std::time::Duration;

/// A promise of the backend, asked for on the kernel.
pub(crate) struct Scene {
    /// The promise.
    pub name: &'static str,
    /// Whether only root can play it.
    pub needs_root: bool,
    /// Plays it.
    pub act: fn() -> Played,
}

/// Result of a scene.
#[derive(Debug)]
pub(crate) enum Played {
    /// The promise holds: the fact that was observed.
    Holds(String),
    /// This system or this user cannot play it: why.
    NotRun(String),
    /// The promise does not hold: the state that was found.
    Fails(String),
}

/// A scene that root plays.
pub(crate) const fn as_root(name: &'static str, act: fn() -> Played) -> Scene {
    Scene { name, needs_root: true, act }
}

/// A scene that every user can play.
pub(crate) const fn as_anyone(name: &'static str, act: fn() -> Played) -> Scene {
    Scene { name, needs_root: false, act }
}

impl Scene {
    /// Plays the scene.
    pub(crate) fn play(&self) -> Played {
        if self.needs_root && effective_user().0 != 0 {
            return Played::NotRun("it needs root".into());
        }
        (self.act)()
    }
}

/// The fact that `found` holds, or the state that was found in its place.
pub(crate) fn holds(found: Result<String, String>) -> Played {
    found.map_or_else(Played::Fails, Played::Holds)
}

/// Plays in a copy of this process, which ends at once.
pub(crate) fn in_copy(act: impl FnOnce() -> Result<String, String>) -> Played {
    in_copy_with(&[], act)
}

/// The same, with these descriptors of this process.
pub(crate) fn in_copy_with(kept: &[i32], act: impl FnOnce() -> Result<String, String>) -> Played {
    let Ok(alone) = SingleThread::check() else {
        return Played::Fails("this process has several threads".into());
    };
    let attempt = Attempt::new(alone, Duration::from_secs(20));
    let attempt = kept.iter().copied().fold(attempt, Attempt::keep_open);
    let answer = attempt.read_answer(|| match act() {
        Ok(fact) => format!("+{fact}").into_bytes(),
        Err(found) => format!("-{found}").into_bytes(),
    });
    let answer = match answer {
        Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
        Err(error) => return Played::Fails(format!("the copy did not finish: {error}")),
    };
    match (answer.strip_prefix('+'), answer.strip_prefix('-')) {
        (Some(fact), _) => Played::Holds(fact.to_owned()),
        (None, found) => Played::Fails(found.unwrap_or("no answer").to_owned()),
    }
}

/// An error in words, with the step that it belongs to.
pub(crate) fn at<E: Display>(step: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{step}: {error}")
}

/// Checks a condition.
pub(crate) fn check(condition: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise()) }
}
