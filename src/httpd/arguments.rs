//! httpd's command line, read as httpd reads it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// Options that take a value, attached or as the next word: those of main.c (`AP_SERVER_BASEARGS`) and `-k` of the MPMs.
const WITH_VALUE: &[u8] = b"CDcdEefk";

/// Whether `words`, which follow the name of the program, ask httpd to end a running server only: `-k stop` or
/// `-k graceful-stop`. The value of another option is no option (`-D -kstop`).
pub(crate) fn ends_a_server(words: impl Iterator<Item = OsString>) -> bool {
    value_of(b'k', words).is_some_and(|value| value == "stop" || value == "graceful-stop")
}

/// The value of `wanted`, as `apr_getopt` reads it: options may share a word (`-Xk stop`), and the first word that is
/// none ends them. httpd refuses a second `-k`.
fn value_of(wanted: u8, mut words: impl Iterator<Item = OsString>) -> Option<OsString> {
    let mut found = None;
    while let Some(word) = words.next() {
        let Some(options) = word.as_bytes().strip_prefix(b"-") else { break };
        if options.is_empty() || options == b"-" {
            break;
        }
        let Some(at) = options.iter().position(|option| WITH_VALUE.contains(option)) else {
            continue;
        };
        let attached = &options[at + 1..];
        let value = if attached.is_empty() {
            words.next()?
        } else {
            std::ffi::OsStr::from_bytes(attached).to_owned()
        };
        if options[at] == wanted {
            found = Some(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(line: &str) -> bool {
        ends_a_server(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_server_is_ended_by_the_value_of_k_in_every_spelling() {
        for line in [
            "-k stop",
            "-kstop",
            "-k graceful-stop",
            "-kgraceful-stop",
            "-f /etc/httpd.conf -k stop",
            "-DX -D Y -kstop",
            "-Xk stop",
            "-tkstop",
        ] {
            assert!(ends(line), "{line}");
        }
    }

    #[test]
    fn the_value_of_another_option_ends_no_server() {
        for line in [
            "",
            "-k start",
            "-k start -D -kstop",
            "-k graceful -e -kstop",
            "-D k -f stop",
            "-D -k stop",
            "-f -k -d stop",
            "-c -kstop -C -kgraceful-stop",
            "-k",
            "-D stop",
            "-- -k stop",
            "- -kstop",
            "stop -k stop",
            "-kstopped",
            "-k restart",
        ] {
            assert!(!ends(line), "{line}");
        }
    }
}
