//! `ChrootDir`: the jail.

use crate::config::ParsedDirective;
use crate::messages::{Fault, Place, SettingFault};
use crate::path::JailPath;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Directories that words of `ChrootDir` stand for.
#[derive(Debug)]
pub(crate) struct JailBaseDirs<'a> {
    /// `ServerRoot`: absolute.
    pub server_root: &'a Path,
    /// The main server's `DocumentRoot`, or httpd's default for it; relative to `ServerRoot`.
    pub document_root: &'a Path,
}

/// The configured jail.
#[derive(Debug)]
pub(crate) struct JailSetting {
    /// Path of the jail.
    pub jail: JailPath,
    /// Place of the first directive that names it.
    pub place: Place,
}

/// Parses one directive; `None` for `none`.
///
/// # Errors
/// Returns an error unless it has one word, or if the path has a NUL byte.
pub(super) fn parse_jail(
    parsed: &ParsedDirective,
    bases: &JailBaseDirs<'_>,
) -> Result<Option<JailPath>, Fault> {
    let word = parsed.single_word()?;
    let path = match word.as_bytes() {
        b"SERVER_ROOT" => OsStr::new(""),
        b"DOCUMENT_ROOT" => bases.document_root.as_os_str(),
        none if none.eq_ignore_ascii_case(b"none") => return Ok(None),
        _ => word,
    };
    let jail = if path.is_empty() {
        JailPath::new(bases.server_root)
    } else {
        JailPath::below(bases.server_root, path)
    };
    jail.map(Some).ok_or_else(|| parsed.wrap_fault(SettingFault::NotAbsolute))
}
