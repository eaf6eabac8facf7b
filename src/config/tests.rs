use super::*;
use proptest::prelude::*;
use std::path::Path;

const LANDMARKS: fn() -> JailBaseDirs<'static> = || JailBaseDirs {
    server_root: Path::new("/etc/apache2"),
    document_root: Path::new("/srv/www/htdocs"),
};

fn written(directive: Directive, words: &[&str], line: u32) -> ParsedDirective {
    ParsedDirective {
        directive,
        words: words.iter().map(OsString::from).collect(),
        section: None,
        place: Place { file: "httpd.conf".into(), line },
    }
}

fn dir(words: &[&str], line: u32) -> ParsedDirective {
    written(Directive::Dir, words, line)
}

fn read(all: &[ParsedDirective]) -> Result<Settings, String> {
    Settings::read(all, &LANDMARKS()).map_err(|fault| fault.to_string())
}

fn jail(all: &[ParsedDirective]) -> Result<Option<String>, String> {
    read(all).map(|settings| settings.jail.map(|asked| asked.jail.to_string()))
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
    let said = jail(&[dir(&["/a"], 3), dir(&["/b"], 7)]).unwrap_err();
    assert!(said.starts_with("CHR101: ChrootDir \"/b\": given twice"), "{said}");
    assert!(said.contains("httpd.conf:3") && said.contains("httpd.conf:7"), "{said}");
    let said = jail(&[dir(&["none"], 3), dir(&["/b"], 7)]).unwrap_err();
    assert!(said.starts_with("CHR101"), "{said}");
}

#[test]
fn a_section_is_named_in_the_refusal() {
    for directive in Directive::ALL {
        let mut inside = written(directive, &["/a"], 3);
        inside.section = Some("<VirtualHost *:80>".into());
        let said = jail(&[inside]).unwrap_err();
        assert!(said.contains("CHR102") && said.contains("<VirtualHost *:80>"), "{said}");
        assert!(said.contains(directive.name()), "{said}");
    }
}

#[test]
fn anything_but_one_word_is_refused() {
    for words in [&[][..], &[""], &["/a", "/b"]] {
        let said = jail(&[dir(words, 3)]).unwrap_err();
        assert!(said.starts_with("CHR103"), "{said}");
    }
}

#[test]
fn how_host_paths_stay_true_is_one_word_of_four() {
    let means = |words: &[&str]| {
        let all: Vec<_> =
            words.iter().map(|word| written(Directive::FixRoot, &[word], 1)).collect();
        read(&all).map(|settings| settings.fix_root)
    };
    assert_eq!(means(&[]).unwrap(), None);
    assert_eq!(means(&["Off"]).unwrap(), Some(FixRoot::Off));
    assert_eq!(means(&["view", "VIEW"]).unwrap(), Some(FixRoot::View));
    assert_eq!(means(&["link"]).unwrap(), Some(FixRoot::Link));
    assert!(means(&["view", "link"]).unwrap_err().starts_with("CHR101: ChrootFixRoot \"link\""));
    let said = means(&["yes"]).unwrap_err();
    assert!(said.starts_with("CHR104: ChrootFixRoot \"yes\"") && said.contains("on, view, link"));
}

fn provided(words: &[&str]) -> Result<Provide, String> {
    read(&[written(Directive::Provide, words, 4)]).map(|settings| settings.provide)
}

#[test]
fn what_is_provided_adds_up() {
    let provide = read(&[
        written(Directive::Provide, &["dns", "/opt/x/../data//"], 1),
        written(Directive::Provide, &["rw:/var/lib/app", "program:/usr/bin/perl"], 2),
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
fn harmless_sets_are_in_a_view_unless_none_is_written() {
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
fn what_would_expose_the_host_is_refused_in_every_spelling() {
    for path in ["/", "//", "/etc", "/etc/", "/usr/../etc", "rw:/root", "/proc", "/dev/."] {
        let said = provided(&[path]).unwrap_err();
        assert!(said.starts_with("CHR112: ChrootProvide"), "{path}: {said}");
    }
    for path in ["/etc/hosts", "/usr", "/opt"] {
        provided(&[path]).unwrap();
    }
}

#[test]
fn words_that_mean_nothing_are_refused() {
    assert!(provided(&["dnss"]).unwrap_err().starts_with("CHR104: ChrootProvide \"dnss\""));
    assert!(provided(&["rw:relative"]).unwrap_err().starts_with("CHR103"));
    assert!(provided(&["program:perl"]).unwrap_err().starts_with("CHR103"));
    assert!(provided(&[]).unwrap_err().starts_with("CHR103"));
}

proptest! {
    #[test]
    fn what_is_asked_for_is_always_absolute(word in "[^\0]{0,12}") {
        if let Ok(Settings { jail: Some(asked), .. }) = read(&[dir(&[&word], 1)]) {
            prop_assert!(asked.jail.as_path().is_absolute());
        }
    }
}

#[test]
fn modules_that_may_run_outside_add_up_with_or_without_an_ending() {
    let all = [
        written(Directive::AllowOutside, &["mod_passenger", "mod_wsgi.c"], 1),
        written(Directive::AllowOutside, &["mod_wsgi"], 2),
    ];
    let allowed = read(&all).unwrap().allow_outside;
    assert_eq!(allowed.names().collect::<Vec<_>>(), ["mod_passenger", "mod_wsgi"]);
    assert!(allowed.allows("mod_wsgi") && !allowed.allows("mod_cgid"));
    assert_eq!(read(&[]).unwrap().allow_outside.names().count(), 0);
}

#[test]
fn what_is_no_name_of_a_module_may_not_run_outside() {
    let said = |words: &[&str]| read(&[written(Directive::AllowOutside, words, 3)]).unwrap_err();
    assert!(said(&[]).starts_with("CHR103: ChrootAllowOutside \"\""), "{}", said(&[]));
    for word in ["", "/usr/lib/mod_x.so", "mod x", "*", ".c"] {
        let said = said(&["mod_wsgi", word]);
        assert!(said.starts_with(&format!("CHR104: ChrootAllowOutside \"{word}\"")), "{said}");
        assert!(said.contains("mod_NAME") && said.contains("httpd.conf:3"), "{said}");
    }
}
