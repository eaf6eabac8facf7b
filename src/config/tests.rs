use super::*;
use proptest::prelude::*;
use std::path::Path;

const BASES: fn() -> JailBaseDirs<'static> = || JailBaseDirs {
    server_root: Path::new("/etc/apache2"),
    document_root: Path::new("/srv/www/htdocs"),
};

fn parsed(directive: Directive, words: &[&str], line: u32) -> ParsedDirective {
    ParsedDirective {
        directive,
        words: words.iter().map(OsString::from).collect(),
        section: None,
        place: Place { file: "httpd.conf".into(), line },
    }
}

fn dir(words: &[&str], line: u32) -> ParsedDirective {
    parsed(Directive::Dir, words, line)
}

fn read(all: &[ParsedDirective]) -> Result<Settings, String> {
    Settings::read(all, &BASES()).map_err(|fault| fault.to_string())
}

fn jail(all: &[ParsedDirective]) -> Result<Option<String>, String> {
    read(all).map(|settings| settings.jail.map(|setting| setting.jail.to_string()))
}

#[test]
fn each_word_of_the_old_module_keeps_its_meaning() {
    let means = |word: &str| jail(&[dir(&[word], 1)]).unwrap();
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
    let both = [dir(&["SERVER_ROOT"], 1), dir(&["/etc/apache2"], 9)];
    assert_eq!(jail(&both).unwrap().as_deref(), Some("/etc/apache2"));
}

#[test]
fn two_jails_are_refused_with_both_places() {
    let message = jail(&[dir(&["/a"], 3), dir(&["/b"], 7)]).unwrap_err();
    assert!(message.starts_with("CHR101: ChrootDir \"/b\": is set twice"), "{message}");
    assert!(message.contains("httpd.conf:3") && message.contains("httpd.conf:7"), "{message}");
    let message = jail(&[dir(&["none"], 3), dir(&["/b"], 7)]).unwrap_err();
    assert!(message.starts_with("CHR101"), "{message}");
}

#[test]
fn a_section_is_named_in_the_refusal() {
    for directive in Directive::ALL {
        let mut inside = parsed(directive, &["/a"], 3);
        inside.section = Some("<VirtualHost *:80>".into());
        let message = jail(&[inside]).unwrap_err();
        assert!(message.contains("CHR102") && message.contains("<VirtualHost *:80>"), "{message}");
        assert!(message.contains(directive.name()), "{message}");
    }
}

#[test]
fn anything_but_one_word_is_refused() {
    for words in [&[][..], &[""], &["/a", "/b"]] {
        let message = jail(&[dir(words, 3)]).unwrap_err();
        assert!(message.starts_with("CHR103"), "{message}");
    }
}

#[test]
fn fix_root_takes_one_word_of_four() {
    let means = |words: &[&str]| {
        let all: Vec<_> = words.iter().map(|word| parsed(Directive::FixRoot, &[word], 1)).collect();
        read(&all).map(|settings| settings.fix_root)
    };
    assert_eq!(means(&[]).unwrap(), None);
    assert_eq!(means(&["Off"]).unwrap(), Some(FixRoot::Off));
    assert_eq!(means(&["view", "VIEW"]).unwrap(), Some(FixRoot::View));
    assert_eq!(means(&["link"]).unwrap(), Some(FixRoot::Link));
    assert!(means(&["view", "link"]).unwrap_err().starts_with("CHR101: ChrootFixRoot \"link\""));
    let message = means(&["yes"]).unwrap_err();
    assert!(
        message.starts_with("CHR104: ChrootFixRoot \"yes\"") && message.contains("on, view, link")
    );
}

fn provided(words: &[&str]) -> Result<Provide, String> {
    read(&[parsed(Directive::Provide, words, 4)]).map(|settings| settings.provide)
}

#[test]
fn provided_items_add_up() {
    let provide = read(&[
        parsed(Directive::Provide, &["dns", "/opt/x/../data//"], 1),
        parsed(Directive::Provide, &["rw:/var/lib/app", "program:/usr/bin/perl"], 2),
    ])
    .unwrap()
    .provide;
    let items: Vec<_> = provide.requested.into_iter().map(|(item, _)| item).collect();
    let path = |path: &str, writable| ProvideItem::Path { path: path.into(), writable };
    let program = ProvideItem::Program("/usr/bin/perl".into());
    assert_eq!(
        items,
        [
            ProvideItem::Set(ProvideSet::Dns),
            path("/opt/data", false),
            path("/var/lib/app", true),
            program
        ]
    );
}

#[test]
fn default_sets_are_in_a_view_unless_none_is_set() {
    let sets = |words: &[&str], in_view| {
        let provide = if words.is_empty() { Provide::default() } else { provided(words).unwrap() };
        provide.items(in_view).len()
    };
    assert_eq!((sets(&[], true), sets(&[], false)), (ProvideSet::defaults().count(), 0));
    assert_eq!((sets(&["none"], true), sets(&["none"], false)), (0, 0));
    assert_eq!((sets(&["none", "users"], true), sets(&["users"], false)), (1, 1));
    assert_eq!(sets(&["dns", "users"], true), ProvideSet::defaults().count() + 1);
}

#[test]
fn paths_that_expose_the_host_are_refused_in_every_spelling() {
    for path in ["/", "//", "/etc", "/etc/", "/usr/../etc", "rw:/root", "/proc", "/dev/."] {
        let message = provided(&[path]).unwrap_err();
        assert!(message.starts_with("CHR112: ChrootProvide"), "{path}: {message}");
    }
    for path in ["/etc/hosts", "/usr", "/opt"] {
        provided(&[path]).unwrap();
    }
}

#[test]
fn unknown_words_are_refused() {
    assert!(provided(&["dnss"]).unwrap_err().starts_with("CHR104: ChrootProvide \"dnss\""));
    assert!(provided(&["rw:relative"]).unwrap_err().starts_with("CHR103"));
    assert!(provided(&["program:perl"]).unwrap_err().starts_with("CHR103"));
    assert!(provided(&[]).unwrap_err().starts_with("CHR103"));
}

proptest! {
    #[test]
    fn a_configured_jail_is_always_absolute(word in "[^\0]{0,12}") {
        if let Ok(Settings { jail: Some(setting), .. }) = read(&[dir(&[&word], 1)]) {
            prop_assert!(setting.jail.as_path().is_absolute());
        }
    }
}

#[test]
fn modules_that_may_run_outside_add_up_with_or_without_an_ending() {
    let all = [
        parsed(Directive::AllowOutside, &["mod_passenger", "mod_wsgi.c"], 1),
        parsed(Directive::AllowOutside, &["mod_wsgi"], 2),
    ];
    let allowed = read(&all).unwrap().allow_outside;
    assert_eq!(allowed.names().collect::<Vec<_>>(), ["mod_passenger", "mod_wsgi"]);
    assert!(allowed.allows("mod_wsgi") && !allowed.allows("mod_cgid"));
    assert_eq!(read(&[]).unwrap().allow_outside.names().count(), 0);
}

#[test]
fn words_that_cannot_name_a_module_are_refused() {
    let message = |words: &[&str]| read(&[parsed(Directive::AllowOutside, words, 3)]).unwrap_err();
    assert!(message(&[]).starts_with("CHR103: ChrootAllowOutside \"\""), "{}", message(&[]));
    for word in ["", "/usr/lib/mod_x.so", "mod x", "*", ".c"] {
        let message = message(&["mod_wsgi", word]);
        assert!(
            message.starts_with(&format!("CHR104: ChrootAllowOutside \"{word}\"")),
            "{message}"
        );
        assert!(message.contains("mod_NAME") && message.contains("httpd.conf:3"), "{message}");
    }
}
