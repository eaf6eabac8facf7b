//! Properties of the readers of programs, for any file.

use crate::programs::binary::{Binary, MOST_NEEDED, MOST_OF_STRING};
use crate::programs::made_elf::Made;
use crate::programs::script::interpreter;
use crate::programs::tokens::Tokens;
use std::ffi::{OsStr, OsString};
use std::io::Cursor;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `input` is a file. A binary names a bounded number of files, by strings that a path can have. Lines of text are put
/// into an ELF file, and read from it.
pub(crate) fn check_elf(input: &[u8]) {
    if let Some(binary) = read(input) {
        check_binary(&binary);
    }
    let text = std::str::from_utf8(input).ok();
    if let Some(text) = text.filter(|text| !text.contains('\0') && text.len() < 4096) {
        check_made(text);
    }
}

fn read(bytes: &[u8]) -> Option<Binary> {
    Binary::read_source(Box::new(Cursor::new(bytes.to_vec())))
}

fn check_binary(binary: &Binary) {
    let Binary { loader, name, needed, rpath, runpath, .. } = binary;
    assert!(needed.len() <= MOST_NEEDED);
    assert!(runpath.is_empty() || rpath.is_empty());
    assert!(loader.as_ref().is_none_or(|loader| !loader.as_os_str().is_empty()));
    let tokens = Tokens { origin: b"/opt", lib: &[b"lib", b"lib64"], machine: binary.machine };
    for text in name.iter().chain(needed).chain(rpath).chain(runpath) {
        let text = text.as_bytes();
        assert!(!text.contains(&0) && text.len() as u64 <= MOST_OF_STRING, "{text:?}");
        assert!(tokens.expand(text).len() <= 64, "{text:?}");
    }
}

/// The first line is the loader, the second one the list of folders, and each other one a library.
fn check_made(text: &str) {
    let mut lines = text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned);
    let (loader, runpath) = (lines.next(), lines.next());
    let needed: Vec<_> = lines.collect();
    let made = Made { needed, loader, runpath, ..Made::default() };
    let binary = read(&made.bytes());
    assert!(binary.is_some(), "{made:?} is not read");
    let Some(binary) = binary else { return };
    assert_eq!(binary.needed, made.needed.iter().map(OsString::from).collect::<Vec<_>>());
    assert_eq!(binary.loader.as_deref(), made.loader.as_deref().map(Path::new));
    let folders = made.runpath.iter().flat_map(|list| list.split(':'));
    let folders: Vec<_> = folders.filter(|it| !it.is_empty()).map(OsString::from).collect();
    assert_eq!(binary.runpath, folders);
}

/// `input` is the beginning of a file. The interpreter is the first word of its first line, and what it starts is a name.
pub(crate) fn check_script(input: &[u8]) {
    let Some(found) = interpreter(input) else { return };
    let path = found.path.as_os_str().as_bytes();
    let rest = input.strip_prefix(b"#!").unwrap_or_default().trim_ascii_start();
    assert!(rest.starts_with(path) && !path.is_empty(), "{found:?}");
    assert!(!path.iter().any(|byte| byte.is_ascii_whitespace() || *byte == 0), "{found:?}");
    assert_eq!(
        interpreter(&[b"#!", path, b"\n"].concat()).map(|it| it.path),
        Some(found.path.clone())
    );
    let Some(name) = &found.by_env else { return };
    assert_eq!(found.path.file_name(), Some(OsStr::new("env")));
    let bytes = name.as_bytes();
    assert!(!bytes.is_empty() && !bytes.starts_with(b"-") && !bytes.contains(&b'='), "{name:?}");
    let again = interpreter(&[b"#!", path, b" ", bytes, b"\n"].concat());
    assert_eq!(again.as_ref(), Some(&found));
}
