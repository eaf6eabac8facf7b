//! Needs of directives of other modules that would be loaded late. Pure functions from directives to names.

use crate::config::other_directives::OtherDirective;
use crate::messages::Place;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStrExt;

/// A character set, and the directive that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeededCharset {
    /// Name of the character set.
    pub name: CString,
    /// The directive.
    pub directive: String,
    /// Place of the directive.
    pub place: Place,
}

/// Needs of all directives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PreloadNeeds {
    /// Character sets, each once.
    pub charsets: Vec<NeededCharset>,
    /// Whether httpd itself logs to syslog, and so is connected to it.
    pub logs_to_syslog: bool,
}

/// Directives whose first word is a character set.
const CHARSETS: [&str; 6] = [
    "CharsetSourceEnc",
    "CharsetDefault",
    "ProxyFtpDirCharset",
    "xml2EncDefault",
    "xml2EncAlias",
    "ProxyHTMLCharsetOut",
];

/// Directives that are read here: httpd's tree is searched for these names.
pub(crate) const DIRECTIVES: [&str; 7] =
    [CHARSETS[0], CHARSETS[1], CHARSETS[2], CHARSETS[3], CHARSETS[4], CHARSETS[5], "ErrorLog"];

/// Finds the needs of `directives`.
pub(crate) fn find_needs(directives: &[OtherDirective]) -> PreloadNeeds {
    let mut needs = PreloadNeeds::default();
    for OtherDirective { name, words, place, .. } in directives {
        let Some(word) = words.first() else { continue };
        if name.eq_ignore_ascii_case("ErrorLog") {
            needs.logs_to_syslog |= is_syslog(word);
        } else if let Some(charset) = parse_charset(name, word, place) {
            let is_known = |known: &NeededCharset| known.name == charset.name;
            if !needs.charsets.iter().any(is_known) {
                needs.charsets.push(charset);
            }
        }
    }
    needs
}

/// `syslog`, `syslog:facility`, `syslog:facility:tag`.
fn is_syslog(word: &OsString) -> bool {
    let bytes = word.as_bytes();
    bytes.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"syslog"))
        && matches!(bytes.get(6), None | Some(b':'))
}

/// Parses the name of a character set; `None` for `*`, which stands for that of the page, and for a path: the C library makes the
/// name a part of a path.
fn parse_charset(directive: &str, word: &OsString, place: &Place) -> Option<NeededCharset> {
    let bytes = word.as_bytes();
    let name = bytes.strip_suffix(b"//TRANSLIT").unwrap_or(bytes);
    let is_name = !name.is_empty() && name != b"*" && !name.contains(&b'/');
    let name = CString::new(name).ok().filter(|_| is_name)?;
    Some(NeededCharset { name, directive: directive.to_owned(), place: place.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs_of(lines: &[(&str, &str)]) -> PreloadNeeds {
        let foreign = |(name, words): &(&str, &str)| OtherDirective {
            name: (*name).to_owned(),
            words: words.split(' ').map(OsString::from).collect(),
            sections: Vec::new(),
            place: Place { file: "httpd.conf".into(), line: 1 },
        };
        find_needs(&lines.iter().map(foreign).collect::<Vec<_>>())
    }

    #[test]
    fn each_character_set_is_needed_once() {
        let needs = needs_of(&[
            ("CharsetSourceEnc", "ISO-8859-15"),
            ("CharsetDefault", "UTF-8"),
            ("xml2EncAlias", "windows-1252 x-ansi ansi"),
            ("ProxyFtpDirCharset", "ISO-8859-15"),
            ("ProxyHTMLCharsetOut", "*"),
            ("xml2EncDefault", "../../evil"),
        ]);
        let names: Vec<_> = needs.charsets.iter().map(|one| one.name.to_str().unwrap()).collect();
        assert_eq!(names, ["ISO-8859-15", "UTF-8", "windows-1252"]);
        assert_eq!(needs.charsets[2].directive, "xml2EncAlias");
    }

    #[test]
    fn httpd_logs_to_syslog_if_any_server_does() {
        for word in ["syslog", "syslog:local1", "SysLog:user:httpd"] {
            assert!(
                needs_of(&[("ErrorLog", "logs/error"), ("ErrorLog", word)]).logs_to_syslog,
                "{word}"
            );
        }
        for word in ["logs/syslog", "syslogger", "|syslog", "sys"] {
            assert!(!needs_of(&[("ErrorLog", word)]).logs_to_syslog, "{word}");
        }
    }
}
