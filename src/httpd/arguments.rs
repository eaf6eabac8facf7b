//! httpd's command line, read as httpd reads it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Options that take a value, attached or as the next word: those of main.c (`AP_SERVER_BASEARGS`) and `-k` of the MPMs.
const WITH_VALUE: &[u8] = b"CDcdEefk";

/// The words that follow the name of the program.
pub(crate) fn words() -> Vec<OsString> {
    let words: Vec<_> = std::env::args_os().collect();
    // The C library does not hand them to a module everywhere (musl).
    let words = if words.is_empty() { read_own_words() } else { words };
    words.into_iter().skip(1).collect()
}

fn read_own_words() -> Vec<OsString> {
    let line = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    line.split(|&byte| byte == 0).map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

/// Whether `words`, which follow the name of the program, ask httpd to end a running server only: `-k stop` or
/// `-k graceful-stop`. The value of another option is no option (`-D -kstop`). httpd refuses a second `-k`.
pub(crate) fn ends_a_server(words: impl IntoIterator<Item = OsString>) -> bool {
    let values = read_values(b'k', words);
    values.last().is_some_and(|value| value == "stop" || value == "graceful-stop")
}

/// Whether `words`, which follow the name of the program, have `-D name`.
pub(crate) fn defines(words: impl IntoIterator<Item = OsString>, name: &str) -> bool {
    read_values(b'D', words).iter().any(|value| value == name)
}

/// The value of `-D name=value` in `words`, which follow the name of the program.
pub(crate) fn find_value(
    words: impl IntoIterator<Item = OsString>,
    name: &str,
) -> Option<OsString> {
    let value = |define: &OsString| {
        let rest = define.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        Some(OsStr::from_bytes(rest).to_owned())
    };
    read_values(b'D', words).iter().find_map(value)
}

/// The values of `wanted`, as `apr_getopt` reads them: options may share a word (`-Xk stop`), and the first word that is
/// none ends them.
fn read_values(wanted: u8, words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let (mut found, mut words) = (Vec::new(), words.into_iter());
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
            // httpd does not start without it.
            let Some(value) = words.next() else { return Vec::new() };
            value
        } else {
            OsStr::from_bytes(attached).to_owned()
        };
        if options[at] == wanted {
            found.push(value);
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

    #[test]
    fn a_value_is_that_of_the_option_alone() {
        let find = |line: &str| find_value(line.split_whitespace().map(OsString::from), "FROM");
        for line in ["-D FROM=/a=b", "-t -DFROM=/a=b -D FROM=/c"] {
            assert_eq!(find(line), Some(OsString::from("/a=b")), "{line}");
        }
        for line in ["", "-D FROM", "-D FROMX=/a", "-c -DFROM=/a", "-d DFROM=/a"] {
            assert_eq!(find(line), None, "{line}");
        }
    }

    #[test]
    fn a_name_is_defined_by_the_option_alone() {
        let has = |line: &str| defines(line.split_whitespace().map(OsString::from), "LEARN");
        for line in ["-D LEARN", "-DLEARN", "-k start -D X -D LEARN", "-XDLEARN -f x"] {
            assert!(has(line), "{line}");
        }
        for line in ["", "-D LEARNT", "-c -DLEARN", "-D", "-f -D LEARN", "-- -D LEARN", "-d DLEARN"]
        {
            assert!(!has(line), "{line}");
        }
    }
}
