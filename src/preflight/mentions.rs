//! Paths that are written in the files of an application. They are clues, no more: most lead to nothing that is missing.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directories at the top of the host that applications keep their files in.
const TOPS: [&[u8]; 6] = [b"/etc/", b"/usr/", b"/var/", b"/opt/", b"/srv/", b"/run/"];

/// Endings of files that may name paths; a file without one is read too.
const ENDINGS: [&str; 22] = [
    "php", "inc", "phtml", "pl", "pm", "cgi", "fcgi", "psgi", "py", "rb", "lua", "sh", "conf",
    "cnf", "cfg", "config", "ini", "rc", "yml", "yaml", "toml", "settings",
];

/// Letters before which a line is a comment.
const COMMENTS: [&[u8]; 5] = [b"#", b"//", b"*", b";", b"/*"];

/// Whether a file of this name may name paths.
pub(crate) fn may_name_paths(path: &Path) -> bool {
    match path.extension() {
        Some(ending) => ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)),
        None => true,
    }
}

/// Absolute paths in `content`, which may be a binary: those that are not in a comment, are quoted or otherwise apart from
/// other text, and do not name a directory that all applications share.
pub(crate) fn find_paths(content: &[u8]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for line in content.split(|&byte| byte == b'\n' || byte == 0) {
        let text = line.trim_ascii_start();
        if !COMMENTS.iter().any(|mark| text.starts_with(mark)) {
            find_in_line(text, &mut found);
        }
    }
    found
}

fn find_in_line(line: &[u8], found: &mut BTreeSet<PathBuf>) {
    let mut at = 0;
    while let Some(offset) = line[at..].iter().position(|&byte| byte == b'/') {
        let start = at + offset;
        let rest = &line[start..];
        let length = rest.iter().position(|&byte| !is_of_path(byte)).unwrap_or(rest.len());
        let is_apart = start == 0 || is_border(line[start - 1]);
        if is_apart && TOPS.iter().any(|top| rest.starts_with(top)) {
            found.extend(clean_path(&rest[..length]));
        }
        at = start + length.max(1);
    }
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._+-@".contains(&byte)
}

/// Whether a path can begin behind this letter.
fn is_border(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'`=(:,>[{|<".contains(&byte)
}

/// The path without what ends a sentence; `None` if it names too much, or climbs.
fn clean_path(text: &[u8]) -> Option<PathBuf> {
    let end = text.iter().rposition(|&byte| byte != b'.' && byte != b'/')? + 1;
    let path: PathBuf = Path::new(OsStr::from_bytes(&text[..end])).components().collect();
    let names = path.components().count();
    let is_shallow = match path.components().nth(1)?.as_os_str().as_bytes() {
        b"etc" | b"srv" | b"opt" | b"run" => names < 3,
        _ => names < 4,
    };
    let climbs = path.components().any(|part| part == std::path::Component::ParentDir);
    (!is_shallow && !climbs).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        find_paths(text.as_bytes()).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn paths_of_code_and_of_settings_are_found() {
        let code = "<?php\nrequire('/usr/share/php/X/autoload.php'); $dir = \"/var/lib/x/\";\n\
                    scan-path=/var/lib/git\n  DBDIR /var/lib/munin # /etc/other\nlog: /var/log/x.log.\n";
        let expected = [
            "/etc/other",
            "/usr/share/php/X/autoload.php",
            "/var/lib/git",
            "/var/lib/munin",
            "/var/lib/x",
            "/var/log/x.log",
        ];
        assert_eq!(list(code), expected);
        assert_eq!(list("\u{1}x\0/etc/cgitrc\0/usr/bin\0"), ["/etc/cgitrc"]);
    }

    #[test]
    fn comments_urls_and_shared_directories_are_no_clues() {
        let text = "# /etc/x\n// see /etc/x\n * /etc/x\nhttp://host/etc/x\n/usr/share\n'/var/lib' \"/etc\" /proc/self/x\n\
                    a/etc/x /usr/../etc/passwd\n";
        assert_eq!(list(text), [""; 0]);
    }
}
