//! Words of a directive, and parts of words.

use crate::config::other_directives::OtherDirective;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Bytes of a word.
pub(crate) fn as_bytes(word: &impl AsRef<OsStr>) -> &[u8] {
    word.as_ref().as_bytes()
}

/// Bytes of the word number `index`, counted from 0; empty if there are fewer words.
pub(crate) fn get_word(directive: &OtherDirective, index: usize) -> &[u8] {
    directive.words.get(index).map_or(&[], as_bytes)
}

/// Text of the word number `index`; empty if there are fewer words.
pub(crate) fn get_text(directive: &OtherDirective, index: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(get_word(directive, index))
}

/// Text of all words from number `from` on, with a space between them.
pub(crate) fn join_words(directive: &OtherDirective, from: usize) -> String {
    let words = directive.words.iter().skip(from).map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}

/// Part of `word` before the first variable, whose value is only known at run time: `$1`, `${map:x}`, `%{name}`, `%1`.
pub(crate) fn cut_variables(word: &[u8]) -> &[u8] {
    let is_variable = |at: usize| {
        let next = word.get(at + 1).copied().unwrap_or(0);
        matches!(word[at], b'$' | b'%') && (next == b'{' || next.is_ascii_digit())
    };
    let end = (0..word.len()).find(|&at| is_variable(at)).unwrap_or(word.len());
    &word[..end]
}

/// Parts of `word` before and after the first byte `at`.
pub(crate) fn split_at_byte(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = word.iter().position(|&byte| byte == at)?;
    Some((&word[..found], &word[found + 1..]))
}

/// Value of the first word `key=value`.
pub(crate) fn find_value<'a>(directive: &'a OtherDirective, key: &str) -> Option<&'a [u8]> {
    directive
        .words
        .iter()
        .find_map(|word| as_bytes(word).strip_prefix(key.as_bytes())?.strip_prefix(b"="))
}

/// Position of the first `part` in `whole`.
pub(crate) fn find_bytes(whole: &[u8], part: &[u8]) -> Option<usize> {
    whole.windows(part.len()).position(|window| window == part)
}

/// Name and argument of a section heading: `<Directory "/srv">` is `Directory` and `/srv`.
pub(crate) fn parse_section(heading: &str) -> (&str, &str) {
    let heading = heading.trim().trim_start_matches('<').trim_end_matches('>');
    let (name, argument) = heading.split_once(char::is_whitespace).unwrap_or((heading, ""));
    (name, argument.trim().trim_matches(['"', '\'']))
}

/// Argument of the innermost section `name` that contains the directive.
pub(crate) fn find_section<'a>(directive: &'a OtherDirective, name: &str) -> Option<&'a str> {
    let sections = directive.sections.iter().rev().map(|heading| parse_section(heading));
    sections.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, what)| what).next()
}

/// Whether a directive is in no section except `<VirtualHost>`.
pub(crate) fn is_server_wide(directive: &OtherDirective) -> bool {
    directive
        .sections
        .iter()
        .all(|heading| parse_section(heading).0.eq_ignore_ascii_case("VirtualHost"))
}
