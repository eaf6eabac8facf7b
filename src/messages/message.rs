//! The form of every message: `CHRnnn: Directive "value": fact; fix [file:line]`.

use crate::messages::{catalogue, escape};
use std::fmt;
use std::path::Path;

/// Place of a directive in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The configuration file, as httpd names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Levels of httpd's error log that the module uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The configuration is refused (`emerg`).
    Refused,
    /// A child is refused.
    Alert,
    /// Worth a look.
    Warning,
    /// Logged whatever `LogLevel` is.
    Notice,
    /// Logged with `LogLevel chroot:info`.
    Info,
}

/// Words of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The fact that was observed, with the observed value.
    pub fact: String,
    /// A command to run, or a directive to set. Empty if nothing is to be done.
    pub fix: String,
}

impl Text {
    /// A fact and its fix.
    pub(crate) fn new(fact: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { fact: fact.into(), fix: fix.into() }
    }

    /// A fact that needs no fix.
    pub(crate) fn without_fix(fact: impl Into<String>) -> Self {
        Self::new(fact, "")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)?;
        if self.fix.is_empty() { Ok(()) } else { write!(f, "; {}", self.fix) }
    }
}

/// A kind of message: its row in the catalogue and its words, without the directive that it is about.
pub(crate) trait MessageText {
    /// Id of its row in the catalogue.
    fn id(&self) -> u16;

    /// Its words.
    fn text(&self) -> Text;

    /// Its level, one of those of its row: the first, unless the circumstances matter.
    fn level(&self) -> Level {
        catalogue::levels(self.id()).first().map_or(Level::Refused, |(level, _)| *level)
    }
}

/// A message, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    id: u16,
    level: Level,
    directive: String,
    value: String,
    place: Option<Place>,
    text: Text,
}

impl Message {
    /// A message about `directive` with `value`.
    pub(crate) fn new(
        directive: impl Into<String>,
        value: impl Into<String>,
        kind: &impl MessageText,
    ) -> Self {
        let (id, level, text) = (kind.id(), kind.level(), kind.text());
        let needs_fix = !matches!(level, Level::Notice | Level::Info);
        debug_assert!(!needs_fix || !text.fix.is_empty(), "CHR{id} has no fix: {text}");
        debug_assert!(catalogue::has_level(id, level), "CHR{id} has no level {level:?}");
        Self { id, level, directive: directive.into(), value: value.into(), place: None, text }
    }

    /// Adds the place of the directive, unless a more exact one is known.
    #[must_use]
    pub(crate) fn with_place(self, place: Option<&Place>) -> Self {
        Self { place: self.place.or_else(|| place.cloned()), ..self }
    }

    /// Changes the level to another one of its row.
    #[must_use]
    pub(crate) fn with_level(self, level: Level) -> Self {
        debug_assert!(
            catalogue::has_level(self.id, level),
            "CHR{} has no level {level:?}",
            self.id
        );
        Self { level, ..self }
    }

    /// Level at which it is logged.
    pub(crate) fn level(&self) -> Level {
        self.level
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, directive, value, text, .. } = self;
        let place = self.place.as_ref().map(|place| format!(" [{place}]")).unwrap_or_default();
        // The fact may have names in it as well, and the place too.
        let words = format!("CHR{id}: {directive} \"{value}\": {text}{place}");
        f.write_str(&escape::escape_line(&words))
    }
}

/// A message that keeps the server, or a child, from serving.
#[derive(Debug)]
pub(crate) struct Fault(Box<Message>);

impl Fault {
    /// A fault of the jail that the configuration names `jail`.
    pub(crate) fn new(jail: impl AsRef<Path>, cause: impl Into<FaultKind>) -> Self {
        Self::for_directive("ChrootDir", jail.as_ref().to_string_lossy(), cause)
    }

    /// A fault of a directive with `value`.
    pub(crate) fn for_directive(
        directive: &'static str,
        value: impl Into<String>,
        cause: impl Into<FaultKind>,
    ) -> Self {
        let FaultKind { row: id, words: text } = cause.into();
        debug_assert!(!text.fix.is_empty(), "CHR{id} has no fix: {text}");
        let (directive, value, level) = (directive.into(), value.into(), Level::Refused);
        Self(Box::new(Message { id, level, directive, value, place: None, text }))
    }

    /// Adds the place of the directive, unless a more exact one is known.
    #[must_use]
    pub(crate) fn with_place(self, place: &Place) -> Self {
        Self(Box::new(self.0.with_place(Some(place))))
    }

    /// The message as a warning, for a fault that nothing depends on.
    pub(crate) fn as_warning(&self) -> Message {
        Message::clone(&self.0).with_level(Level::Warning)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The row and the words of a fault, before it is known which directive it is about.
#[derive(Debug)]
pub(crate) struct FaultKind {
    row: u16,
    words: Text,
}

impl<T: MessageText> From<T> for FaultKind {
    fn from(kind: T) -> Self {
        Self { row: kind.id(), words: kind.text() }
    }
}
