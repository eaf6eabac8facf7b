//! The words of a directive.

use crate::config::other_directives::OtherDirective;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A word's bytes.
pub(crate) fn bytes(word: &impl AsRef<OsStr>) -> &[u8] {
    word.as_ref().as_bytes()
}

/// The bytes of a word; none if there are not so many.
pub(crate) fn at(foreign: &OtherDirective, index: usize) -> &[u8] {
    foreign.words.get(index).map_or(&[], bytes)
}

/// The same as text.
pub(crate) fn text(foreign: &OtherDirective, index: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(at(foreign, index))
}

/// All words from the one with that number on, as text, with a space between.
pub(crate) fn rest(foreign: &OtherDirective, from: usize) -> String {
    let words = foreign.words.iter().skip(from).map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}

/// What comes before the first part that is only known at run time: `$1`, `${map:x}`, `%{name}`, `%1`.
pub(crate) fn fixed(word: &[u8]) -> &[u8] {
    let is_variable = |at: usize| {
        let next = word.get(at + 1).copied().unwrap_or(0);
        matches!(word[at], b'$' | b'%') && (next == b'{' || next.is_ascii_digit())
    };
    let end = (0..word.len()).find(|&at| is_variable(at)).unwrap_or(word.len());
    &word[..end]
}

/// What is before and behind the first `at`.
pub(crate) fn split(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = word.iter().position(|&byte| byte == at)?;
    Some((&word[..found], &word[found + 1..]))
}

/// The value of `key=value` among the words.
pub(crate) fn value_of<'a>(foreign: &'a OtherDirective, key: &str) -> Option<&'a [u8]> {
    foreign
        .words
        .iter()
        .find_map(|word| bytes(word).strip_prefix(key.as_bytes())?.strip_prefix(b"="))
}

/// Where `part` begins in `whole`.
pub(crate) fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    whole.windows(part.len()).position(|window| window == part)
}

/// The name and the argument of a section heading: `<Directory "/srv">` is `Directory` and `/srv`.
pub(crate) fn section(heading: &str) -> (&str, &str) {
    let heading = heading.trim().trim_start_matches('<').trim_end_matches('>');
    let (name, argument) = heading.split_once(char::is_whitespace).unwrap_or((heading, ""));
    (name, argument.trim().trim_matches(['"', '\'']))
}

/// The argument of the innermost section of that name that a directive stands in.
pub(crate) fn within<'a>(foreign: &'a OtherDirective, name: &str) -> Option<&'a str> {
    let sections = foreign.sections.iter().rev().map(|heading| section(heading));
    sections.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, what)| what).next()
}

/// Whether a directive stands in a section for a directory, a file or a URL, or in none but that of
/// a virtual host.
pub(crate) fn is_of_server(foreign: &OtherDirective) -> bool {
    foreign.sections.iter().all(|heading| section(heading).0.eq_ignore_ascii_case("VirtualHost"))
}
