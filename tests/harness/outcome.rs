//! How a command that is to end by itself has ended.

use std::process::Command;

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The exit status; nothing when a signal ended it.
    pub(crate) status: Option<i32>,
    /// Everything it wrote, stderr and the error log.
    pub(crate) output: String,
}

impl Outcome {
    /// Asserts that the output holds the words.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Outcome {
        assert!(self.output.contains(words), "not said: {words}\n{self:#?}");
        self
    }

    /// Asserts that the output does not hold the words.
    #[track_caller]
    pub(crate) fn does_not_say(self, words: &str) -> Outcome {
        assert!(!self.output.contains(words), "said: {words}\n{self:#?}");
        self
    }

    /// Asserts the exit status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Outcome {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    /// Asserts that the command failed.
    #[track_caller]
    pub(crate) fn fails(self) -> Outcome {
        assert_ne!(self.status, Some(0), "{self:#?}");
        self
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let texts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    Outcome { status: output.status.code(), output: texts.concat() }
}
