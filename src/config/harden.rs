//! `ChrootHarden`: a keyword, and system calls that the filter is to let pass.

use crate::config::{Harden, ParsedDirective, merge_equal, parse_keyword};
use crate::messages::{Fault, SettingFault};
use crate::platform;
use crate::platform::Support;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The word that allows children to bind TCP ports, which no filter of calls decides about.
pub(crate) const BIND: &str = "bind";

/// Prefix of the words that name a call.
const ALLOW: &str = "allow:";

/// Reads all `ChrootHarden` directives: the keyword, and the names behind `allow:`.
///
/// # Errors
/// Returns an error if the first word is no keyword, if another does not name a call that is refused, or if two
/// directives differ.
pub(super) fn read<'a>(
    all: impl Iterator<Item = &'a ParsedDirective>,
) -> Result<(Harden, Vec<String>), Fault> {
    Ok(merge_equal(all, parse)?.map_or_else(Default::default, |(setting, _)| setting))
}

fn parse(parsed: &ParsedDirective) -> Result<(Harden, Vec<String>), Fault> {
    let Some((first, rest)) = parsed.words.split_first() else {
        return Err(parsed.wrap_fault(SettingFault::Words(0)));
    };
    let harden = parse_keyword(parsed, first, Harden::WORDS)?;
    let allowed = rest.iter().map(|word| parse_allowed(parsed, word, harden));
    Ok((harden, allowed.collect::<Result<_, _>>()?))
}

/// A system without a filter has no names to compare with: it takes those of others.
fn parse_allowed(parsed: &ParsedDirective, word: &OsStr, harden: Harden) -> Result<String, Fault> {
    let name = word.as_bytes().strip_prefix(ALLOW.as_bytes());
    let name = name.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default();
    let is_known = match platform::list_filtered_calls() {
        Ok(Support::Available(calls)) => name == BIND || calls.contains(&name),
        _ => !name.is_empty(),
    };
    if is_known && harden != Harden::Off {
        return Ok(name.to_owned());
    }
    let known = vec!["auto allow:NAME", "full allow:NAME (names are listed in directives.md)"];
    Err(parsed.wrap_word_fault(word, SettingFault::Unknown(known)))
}
