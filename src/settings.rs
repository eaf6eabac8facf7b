#![forbid(unsafe_code)]
//! What each directive means: words in, typed value or fault out. httpd is not known here.

use crate::fault::{Fault, Place, SettingFault};
use crate::path::JailPath;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// One `ChrootDir` as it is written, its quotes and variables already resolved.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The words behind the directive's name.
    pub words: Vec<OsString>,
    /// The section it stands in, as written (`<VirtualHost *:80>`), if any.
    pub section: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// The directories that words of `ChrootDir` stand for.
#[derive(Debug)]
pub(crate) struct Landmarks<'a> {
    /// `ServerRoot`: absolute.
    pub server_root: &'a Path,
    /// The main server's `DocumentRoot`, or httpd's default for it; relative to `ServerRoot`.
    pub document_root: &'a Path,
}

/// What the configuration as a whole asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The jail.
    pub jail: JailPath,
    /// The first directive that names it.
    pub place: Place,
}

/// What all `ChrootDir` directives of a configuration ask for together: `None` without any, or if
/// they say `none`.
///
/// # Errors
/// A directive in a section, with too few or too many words, or two that disagree.
pub(crate) fn asked(all: &[Written], landmarks: &Landmarks<'_>) -> Result<Option<Asked>, Fault> {
    let mut first: Option<(Option<JailPath>, &Written)> = None;
    for written in all {
        let jail = meaning(written, landmarks)?;
        match &first {
            None => first = Some((jail, written)),
            Some((earlier, _)) if *earlier == jail => {}
            Some((_, other)) => return Err(twice(written, other)),
        }
    }
    Ok(first.and_then(|(jail, written)| Some(Asked { jail: jail?, place: written.place.clone() })))
}

fn twice(written: &Written, other: &Written) -> Fault {
    let other = SettingFault::Twice { other: text(&other.words), at: other.place.clone() };
    Fault::new(text(&written.words), other).at(&written.place)
}

/// What one directive asks for; `None` for `none`.
fn meaning(written: &Written, landmarks: &Landmarks<'_>) -> Result<Option<JailPath>, Fault> {
    let fault = |why: SettingFault| Fault::new(text(&written.words), why).at(&written.place);
    if let Some(section) = &written.section {
        return Err(fault(SettingFault::InSection(section.clone())));
    }
    let [word] = written.words.as_slice() else {
        return Err(fault(SettingFault::Words(written.words.len())));
    };
    let named = match word.as_bytes() {
        b"" => return Err(fault(SettingFault::Words(0))),
        b"SERVER_ROOT" => OsStr::new("."),
        b"DOCUMENT_ROOT" => landmarks.document_root.as_os_str(),
        none if none.eq_ignore_ascii_case(b"none") => return Ok(None),
        _ => word,
    };
    let jail = if named == "." {
        JailPath::new(landmarks.server_root)
    } else {
        JailPath::below(landmarks.server_root, named)
    };
    jail.map(Some).ok_or_else(|| fault(SettingFault::NotAbsolute))
}

fn text(words: &[OsString]) -> String {
    words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LANDMARKS: fn() -> Landmarks<'static> = || Landmarks {
        server_root: Path::new("/etc/apache2"),
        document_root: Path::new("/srv/www/htdocs"),
    };

    fn written(words: &[&str], line: u32) -> Written {
        Written {
            words: words.iter().map(OsString::from).collect(),
            section: None,
            place: Place { file: "httpd.conf".into(), line },
        }
    }

    fn jail(all: &[Written]) -> Result<Option<String>, String> {
        asked(all, &LANDMARKS())
            .map(|asked| asked.map(|asked| asked.jail.to_string()))
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn each_word_of_the_old_module_keeps_its_meaning() {
        let means = |word: &str| jail(&[written(&[word], 1)]).unwrap();
        assert_eq!(means("/srv/www").as_deref(), Some("/srv/www"));
        assert_eq!(means("jail").as_deref(), Some("/etc/apache2/jail"));
        assert_eq!(means("SERVER_ROOT").as_deref(), Some("/etc/apache2"));
        assert_eq!(means("DOCUMENT_ROOT").as_deref(), Some("/srv/www/htdocs"));
        assert_eq!(means("none"), None);
        assert_eq!(means("NONE"), None);
        assert_eq!(jail(&[]).unwrap(), None);
    }

    #[test]
    fn the_same_jail_twice_is_one_jail() {
        let both = [written(&["SERVER_ROOT"], 1), written(&["/etc/apache2"], 9)];
        assert_eq!(jail(&both).unwrap().as_deref(), Some("/etc/apache2"));
    }

    #[test]
    fn two_jails_are_refused_with_both_places() {
        let said = jail(&[written(&["/a"], 3), written(&["/b"], 7)]).unwrap_err();
        assert!(said.starts_with("CHR101: ChrootDir \"/b\": given twice"), "{said}");
        assert!(said.contains("httpd.conf:3") && said.contains("httpd.conf:7"), "{said}");
        let said = jail(&[written(&["none"], 3), written(&["/b"], 7)]).unwrap_err();
        assert!(said.starts_with("CHR101"), "{said}");
    }

    #[test]
    fn a_section_is_named_in_the_refusal() {
        let mut inside = written(&["/a"], 3);
        inside.section = Some("<VirtualHost *:80>".into());
        let said = jail(&[inside]).unwrap_err();
        assert!(said.contains("CHR102") && said.contains("<VirtualHost *:80>"), "{said}");
    }

    #[test]
    fn anything_but_one_word_is_refused() {
        for words in [&[][..], &[""], &["/a", "/b"]] {
            let said = jail(&[written(words, 3)]).unwrap_err();
            assert!(said.starts_with("CHR103"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_always_absolute(word in "[^\0]{0,12}") {
            if let Ok(Some(asked)) = asked(&[written(&[&word], 1)], &LANDMARKS()) {
                prop_assert!(asked.jail.as_path().is_absolute());
            }
        }
    }
}
