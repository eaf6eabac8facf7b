//! The configuration dump, for `httpd -t -D DUMP_CHROOT`: one fact a line, `key: value`, and behind it in
//! brackets where that is written. A finding is a line that begins with its id. Pure: facts in,
//! lines out.

use crate::config::{Directive, Settings};
use crate::messages::{Place, escape};
use std::path::Path;

/// Lines in the making, under the settings that they come from.
#[derive(Debug)]
pub(crate) struct Dump<'a> {
    settings: &'a Settings,
    lines: Vec<String>,
}

impl<'a> Dump<'a> {
    /// A picture that begins with the jail, or with that there is none.
    pub(crate) fn new(settings: &'a Settings) -> Self {
        let mut picture = Self { settings, lines: Vec::new() };
        match &settings.jail {
            Some(asked) => picture.add("jail", &path(asked.jail.as_path()), Some(&asked.place)),
            None => picture.add("jail", "none", settings.place(Directive::Dir)),
        }
        picture
    }

    /// One fact.
    pub(crate) fn fact(&mut self, key: &str, value: &str) {
        self.add(key, value, None);
    }

    /// As many facts of one kind.
    pub(crate) fn facts(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        values.into_iter().for_each(|value| self.fact(key, &value));
    }

    /// The value of a directive that takes one word, and its place.
    pub(crate) fn setting(&mut self, key: &str, value: &str, directive: Directive) {
        match self.settings.place(directive) {
            Some(place) => self.add(key, value, Some(place)),
            None => self.fact(key, &format!("{value} (default)")),
        }
    }

    /// A directive whose words add up, each time that it is written.
    pub(crate) fn written(&mut self, key: &str, directive: Directive) {
        for written in self.settings.all(directive) {
            self.add(key, &written.text(), Some(&written.place));
        }
    }

    /// Messages, which begin with their ids, about what `directive` asks for, or about the jail if it
    /// is not written.
    pub(crate) fn findings(
        &mut self,
        messages: impl IntoIterator<Item = String>,
        directive: Directive,
    ) {
        let jail = || self.settings.place(Directive::Dir);
        let place = self.settings.place(directive).or_else(jail);
        self.lines.extend(messages.into_iter().map(|message| with_place(&message, place)));
    }

    /// Messages that know their own places.
    pub(crate) fn messages(&mut self, messages: impl IntoIterator<Item = String>) {
        self.lines.extend(messages.into_iter().map(|message| escape::escape_line(&message)));
    }

    /// All of it.
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    fn add(&mut self, key: &str, value: &str, place: Option<&Place>) {
        self.lines.push(with_place(&format!("{key}: {value}"), place));
    }
}

/// A path, of whatever bytes.
pub(crate) fn path(path: &Path) -> String {
    escape::escape_bytes(path.as_os_str().as_encoded_bytes())
}

fn with_place(fact: &str, place: Option<&Place>) -> String {
    match place {
        Some(place) => escape::escape_line(&format!("{fact} [{place}]")),
        None => escape::escape_line(fact),
    }
}
