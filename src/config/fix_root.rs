//! `ChrootFixRoot`: how host paths are kept true inside the jail.

/// What is asked for; which way is in force may depend on what the system can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FixRoot {
    /// The view where the system has one, else the link.
    On,
    /// The view, or no service.
    View,
    /// The link.
    Link,
    /// Not at all: the configuration is written with inside paths.
    Off,
}

impl FixRoot {
    /// The words of the directive.
    pub(super) const WORDS: [(&'static str, Self); 4] =
        [("on", Self::On), ("view", Self::View), ("link", Self::Link), ("off", Self::Off)];
}

impl FixRoot {
    /// The word that asks for it.
    pub(crate) fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, means)| *means == self).map_or("on", |&(word, _)| word)
    }
}
