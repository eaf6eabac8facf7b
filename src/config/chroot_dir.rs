//! `ChrootDir`: which directory is the jail.

use crate::config::ParsedDirective;
use crate::messages::{Fault, Place, SettingFault};
use crate::path::JailPath;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The directories that words of `ChrootDir` stand for.
#[derive(Debug)]
pub(crate) struct JailBaseDirs<'a> {
    /// `ServerRoot`: absolute.
    pub server_root: &'a Path,
    /// The main server's `DocumentRoot`, or httpd's default for it; relative to `ServerRoot`.
    pub document_root: &'a Path,
}

/// The jail that the configuration asks for.
#[derive(Debug)]
pub(crate) struct JailSetting {
    /// The jail.
    pub jail: JailPath,
    /// The first directive that names it.
    pub place: Place,
}

/// What one directive asks for; `None` for `none`.
///
/// # Errors
/// Anything but one word; a path with a NUL byte.
pub(super) fn meaning(
    written: &ParsedDirective,
    landmarks: &JailBaseDirs<'_>,
) -> Result<Option<JailPath>, Fault> {
    let word = written.word()?;
    let named = match word.as_bytes() {
        b"SERVER_ROOT" => OsStr::new(""),
        b"DOCUMENT_ROOT" => landmarks.document_root.as_os_str(),
        none if none.eq_ignore_ascii_case(b"none") => return Ok(None),
        _ => word,
    };
    let jail = if named.is_empty() {
        JailPath::new(landmarks.server_root)
    } else {
        JailPath::below(landmarks.server_root, named)
    };
    jail.map(Some).ok_or_else(|| written.fault(SettingFault::NotAbsolute))
}
