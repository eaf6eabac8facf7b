//! `ChrootConnect`: TCP ports that children may connect to.

use crate::config::{Harden, ParsedDirective};
use crate::messages::{Fault, SettingFault};
use std::collections::BTreeSet;
use std::ffi::OsStr;

/// Ports that children may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Connect {
    /// Every port.
    #[default]
    Any,
    /// These, of any machine.
    Only(BTreeSet<u16>),
}

impl Connect {
    /// The only ports; `None` if every port is allowed.
    pub(crate) fn ports(&self) -> Option<Vec<u16>> {
        match self {
            Self::Any => None,
            Self::Only(ports) => Some(ports.iter().copied().collect()),
        }
    }

    /// The words of the directive that mean this.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Only(ports) if ports.is_empty() => "none".to_owned(),
            Self::Only(ports) => {
                ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Reads all `ChrootConnect` directives. Ports add up; `any` and `none` cannot be combined with another value.
///
/// # Errors
/// Returns an error if a word is no port, if `any` or `none` stands beside another word or another directive has
/// another value, or if ports are restricted with `ChrootHarden off`.
pub(super) fn read<'a>(
    all: impl Iterator<Item = &'a ParsedDirective>,
    harden: Harden,
) -> Result<Connect, Fault> {
    let mut merged: Option<(Connect, &ParsedDirective)> = None;
    for parsed in all {
        let value = parse(parsed)?;
        if value != Connect::Any && harden == Harden::Off {
            return Err(parsed.wrap_fault(SettingFault::NeedsHardening));
        }
        merged = Some(match merged {
            None => (value, parsed),
            Some((earlier, first)) => match add_ports(&earlier, &value) {
                Some(sum) => (sum, first),
                None => {
                    let (other, at) = (first.text(), first.place.clone());
                    return Err(parsed.wrap_fault(SettingFault::Twice { other, at }));
                }
            },
        });
    }
    Ok(merged.map(|(value, _)| value).unwrap_or_default())
}

fn parse(parsed: &ParsedDirective) -> Result<Connect, Fault> {
    let is = |word: &OsStr, keyword: &str| word.eq_ignore_ascii_case(keyword);
    match parsed.words.as_slice() {
        [] => Err(parsed.wrap_fault(SettingFault::Words(0))),
        [word] if is(word, "any") => Ok(Connect::Any),
        [word] if is(word, "none") => Ok(Connect::Only(BTreeSet::new())),
        words => {
            let ports = words.iter().map(|word| parse_port(parsed, word));
            Ok(Connect::Only(ports.collect::<Result<_, _>>()?))
        }
    }
}

/// Port 0 is none: nothing can listen there, and the proof of a child connects to it.
fn parse_port(parsed: &ParsedDirective, word: &OsStr) -> Result<u16, Fault> {
    let port = word.to_str().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    match port.and_then(|port| port.parse().ok()).filter(|port| *port != 0) {
        Some(port) => Ok(port),
        None => {
            let words = vec!["any", "none", "ports from 1 to 65535"];
            Err(parsed.wrap_word_fault(word, SettingFault::Unknown(words)))
        }
    }
}

/// Both values together, if they are lists of ports or equal.
fn add_ports(one: &Connect, other: &Connect) -> Option<Connect> {
    match (one, other) {
        (Connect::Only(some), Connect::Only(more)) if !some.is_empty() && !more.is_empty() => {
            Some(Connect::Only(some | more))
        }
        _ => (one == other).then(|| one.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ports(all: &[u16]) -> Connect {
        Connect::Only(all.iter().copied().collect())
    }

    #[test]
    fn none_and_ports_contradict_each_other() {
        assert_eq!(add_ports(&ports(&[]), &ports(&[443])), None);
        assert_eq!(add_ports(&Connect::Any, &ports(&[443])), None);
        assert_eq!(add_ports(&ports(&[]), &ports(&[])), Some(ports(&[])));
    }

    proptest! {
        #[test]
        fn ports_of_two_directives_add_up(
            one in proptest::collection::btree_set(1_u16.., 1..5),
            other in proptest::collection::btree_set(1_u16.., 1..5),
        ) {
            let sum = add_ports(&Connect::Only(one.clone()), &Connect::Only(other.clone()));
            prop_assert_eq!(sum, Some(Connect::Only(&one | &other)));
        }
    }
}
