//! Properties of the module's own directives, for any configuration.

use crate::config::{
    Connect, Directive, JailBaseDirs, ParsedDirective, Preload, ProvideItem, Settings, exposes,
};
use crate::messages::Place;
use crate::path::clean_lexically;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

fn list_bases() -> JailBaseDirs<'static> {
    let (server_root, document_root) = (Path::new("/etc/apache2"), Path::new("/srv/www/htdocs"));
    JailBaseDirs { server_root, document_root }
}

/// Each line of `input` is a directive with words between blanks, `""` for an empty one; `<SECTION>` and `</>` are lines of
/// their own. A refusal has the place of one of the directives; accepted values are what the children's safety needs.
pub(crate) fn check_directives(input: &[u8]) {
    // Miri cannot call the library that knows the names of system calls.
    if cfg!(miri) && input.windows(6).any(|part| part == b"allow:") {
        return;
    }
    let all = parse_lines(input);
    let fault = match Settings::read(&all, &list_bases()) {
        Ok(settings) => return check_settings(&settings, &all),
        Err(fault) => fault.to_string(),
    };
    let has_place = |parsed: &ParsedDirective| fault.ends_with(&format!(" [{}]", parsed.place));
    assert!(fault.starts_with("CHR1") && all.iter().any(has_place), "{fault}");
    assert!(!fault.contains(|letter: char| letter.is_control()), "{fault:?}");
}

fn parse_lines(input: &[u8]) -> Vec<ParsedDirective> {
    let mut section = None;
    let mut all = Vec::new();
    for (line, text) in (1..).zip(input.split(|&byte| byte == b'\n')) {
        let mut words = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let Some(name) = words.next() else { continue };
        if name.starts_with(b"<") {
            let heading = String::from_utf8_lossy(text).into_owned();
            section = (!name.starts_with(b"</")).then_some(heading);
        }
        let is_it = |it: &Directive| name.eq_ignore_ascii_case(it.name().as_bytes());
        let Some(directive) = Directive::ALL.into_iter().find(is_it) else { continue };
        let plain = |word: &[u8]| if word == b"\"\"" { Vec::new() } else { word.to_vec() };
        let words = words.map(|word| OsString::from_vec(plain(word))).collect();
        let place = Place { file: "httpd.conf".into(), line };
        all.push(ParsedDirective { directive, words, section: section.clone(), place });
    }
    all
}

fn check_settings(settings: &Settings, all: &[ParsedDirective]) {
    if let Some(setting) = &settings.jail {
        let jail = setting.jail.as_path();
        assert!(jail.is_absolute() && !jail.as_os_str().as_bytes().contains(&0), "{jail:?}");
    }
    for (item, _) in &settings.provide.requested {
        check_item(item);
    }
    for (preload, _) in &settings.preload {
        check_preload(preload);
    }
    check_connect(&settings.connect);
    let twice = Settings::read(&[all, all].concat(), &list_bases());
    let twice = twice.map(|twice| (twice.connect, twice.harden, twice.allowed_calls));
    let once = (settings.connect.clone(), settings.harden, settings.allowed_calls.clone());
    assert_eq!(twice.ok(), Some(once), "each directive twice");
}

/// A provided path is clean and absolute, shows no part of the host that no jail should have, and its word means it.
fn check_item(item: &ProvideItem) {
    let (ProvideItem::Path { path, .. } | ProvideItem::Program(path)) = item else { return };
    assert!(path.is_absolute() && *path == clean_lexically(path.as_os_str().as_bytes()));
    assert_eq!(exposes(path), None, "{path:?}");
    if path.to_str().is_some() {
        let word = item.to_string();
        assert_eq!(ProvideItem::parse(OsStr::new(&word)).as_ref(), Some(item), "{word}");
    }
}

fn read_one(directive: Directive, words: &str) -> Option<Settings> {
    let words = words.split(' ').map(OsString::from).collect();
    let place = Place { file: "httpd.conf".into(), line: 1 };
    Settings::read(&[ParsedDirective { directive, words, section: None, place }], &list_bases())
        .ok()
}

fn check_preload(preload: &Preload) {
    let (Preload::Iconv(name) | Preload::Locale(name) | Preload::Library(name)) = preload;
    if name.to_str().is_ok() {
        let read = read_one(Directive::Preload, &preload.to_string());
        let read = read.map(|settings| settings.preload.into_iter().map(|it| it.0).collect());
        assert_eq!(read, Some(vec![preload.clone()]));
    }
}

fn check_connect(connect: &Connect) {
    let read = read_one(Directive::Connect, &connect.words());
    assert_eq!(read.map(|settings| settings.connect).as_ref(), Some(connect));
    assert!(connect.ports().is_none_or(|ports| !ports.contains(&0)));
}
