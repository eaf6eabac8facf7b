//! The first line of a script, which names its interpreter.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Bytes of a first line. Linux reads 256, FreeBSD 4096.
const LONGEST: u64 = 4096;

/// Limit of interpreters of interpreters, as in Linux.
pub(crate) const DEEPEST: usize = 5;

/// Reads the beginning of a file, and rewinds it.
pub(crate) fn read_start(file: &mut File) -> Vec<u8> {
    let mut start = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut start).and_then(|_| file.rewind());
    read.map(|()| start).unwrap_or_default()
}

/// The program that runs a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// The program that the kernel starts.
    pub path: PathBuf,
    /// The program that this one looks for and starts, if it is `env`.
    pub by_env: Option<OsString>,
}

/// The program that runs the script that begins with `start`; `None` if it is no script.
pub(crate) fn interpreter(start: &[u8]) -> Option<Interpreter> {
    let line = start.strip_prefix(b"#!")?;
    let line = line.split(|&byte| matches!(byte, b'\n' | b'\r' | 0)).next()?;
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let path = Path::new(OsStr::from_bytes(words.next()?)).to_owned();
    let by_env =
        if path.file_name() == Some(OsStr::new("env")) { find_program_of_env(words) } else { None };
    Some(Interpreter { path, by_env })
}

/// The program that `env` starts: its first word that is no option of its own, and no variable.
fn find_program_of_env<'a>(words: impl Iterator<Item = &'a [u8]>) -> Option<OsString> {
    const WITH_VALUE: [&[u8]; 6] = [b"-u", b"--unset", b"-C", b"--chdir", b"-P", b"-L"];
    const SPLIT: [&[u8]; 3] = [b"--split-string=", b"-vS", b"-S"];
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word) {
            words.next();
            continue;
        }
        // The words are split here already; the first one, which may be an option, may stand beside this option.
        let split = SPLIT.iter().find_map(|option| word.strip_prefix(*option));
        let word = split.unwrap_or(word);
        let word = word.trim_ascii();
        let quote = |byte: &&u8| matches!(byte, b'"' | b'\'');
        let (before, behind) =
            (word.iter().take_while(quote).count(), word.iter().rev().take_while(quote).count());
        let word = word.get(before..word.len() - behind).unwrap_or_default();
        if !word.is_empty() && !word.starts_with(b"-") && !word.contains(&b'=') {
            // A relative path would start at the directory of the script.
            if word.contains(&b'/') && !word.starts_with(b"/") {
                return None;
            }
            return Some(OsStr::from_bytes(word).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(String, Option<String>)> {
        let found = interpreter(text.as_bytes())?;
        let text = |text: &OsStr| text.to_string_lossy().into_owned();
        Some((text(found.path.as_os_str()), found.by_env.as_deref().map(text)))
    }

    #[test]
    fn the_interpreter_and_what_env_starts_are_read() {
        let env = |path: &str, name: &str| Some((path.to_owned(), Some(name.to_owned())));
        let plain = |path: &str| Some((path.to_owned(), None));
        for (text, wanted) in [
            ("#!/bin/sh\necho", plain("/bin/sh")),
            ("#! /usr/bin/perl -w\r\n", plain("/usr/bin/perl")),
            ("#!/usr/bin/env perl", env("/usr/bin/env", "perl")),
            ("#!/usr/bin/env -S perl -w", env("/usr/bin/env", "perl")),
            ("#!/usr/bin/env -Sperl -w", env("/usr/bin/env", "perl")),
            ("#!/usr/bin/env --split-string=perl -w", env("/usr/bin/env", "perl")),
            ("#!/usr/bin/env -S \"perl\" -w", env("/usr/bin/env", "perl")),
            ("#!/usr/bin/env -i -u X A=b C=d python3", env("/usr/bin/env", "python3")),
            ("#!/usr/bin/env -S -i A=b python3", env("/usr/bin/env", "python3")),
            ("#!/usr/bin/env -S-i python3", env("/usr/bin/env", "python3")),
            ("#!/usr/bin/env -", plain("/usr/bin/env")),
            ("#!/usr/bin/env", plain("/usr/bin/env")),
            ("#!perl", plain("perl")),
            ("#!", None),
            ("#!\n/bin/sh", None),
            ("\x7fELF", None),
            ("", None),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_line_holds_is_read_without_harm(rest: Vec<u8>) {
            interpreter(&[b"#!", &rest[..]].concat());
            interpreter(&[b"#!/usr/bin/env -", &rest[..]].concat());
        }
    }
}
