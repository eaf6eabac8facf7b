use super::*;
use crate::messages::Place;
use crate::preflight::remedy::widen;
use crate::preflight::requirement::Remedy;
use crate::preflight::verdict_input::Provider;
use crate::view::HostPathMode;

fn requirement(optional: bool, place: Option<Place>) -> Requirement {
    Requirement {
        directive: "Alias".into(),
        value: "/x /opt/x".into(),
        place,
        resource: Resource::Either("/opt/x".into()),
        breaks: true,
        optional,
        refuses: false,
        remedy: Remedy::Path("/opt/x".into()),
        basis: Basis::Written,
    }
}

/// A host of which nothing may be provided.
struct Nothing;

impl Provider for Nothing {
    fn is_roots_script(&self, _: &Path) -> bool {
        false
    }

    fn exists(&self, _: &Path) -> bool {
        true
    }

    fn find_program(&self, _: &Path) -> Result<PathBuf, String> {
        Err("it is not root's alone".into())
    }

    fn find_libraries(&self, _: &Path, _: &[String]) -> Option<Vec<PathBuf>> {
        None
    }

    fn is_file(&self, _: &Path) -> bool {
        true
    }

    fn is_roots_link(&self, _: &Path, _: &Path) -> bool {
        false
    }

    fn is_roots_file(&self, _: &Path) -> bool {
        false
    }
}

/// A host that has nothing.
struct Empty;

impl Provider for Empty {
    fn is_roots_script(&self, _: &Path) -> bool {
        false
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        Nothing.find_program(named)
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        Nothing.find_libraries(loader, names)
    }

    fn is_file(&self, path: &Path) -> bool {
        Nothing.is_file(path)
    }

    fn is_roots_link(&self, path: &Path, target: &Path) -> bool {
        Nothing.is_roots_link(path, target)
    }

    fn is_roots_file(&self, path: &Path) -> bool {
        Nothing.is_roots_file(path)
    }
}

/// A host of which everything may be.
struct Everything;

impl Provider for Everything {
    fn is_roots_script(&self, _: &Path) -> bool {
        true
    }

    fn exists(&self, _: &Path) -> bool {
        true
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        Ok(Path::new("/usr/bin").join(named))
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        let folder = |name: &String| Path::new("/lib").join(name);
        Some([loader.to_owned()].into_iter().chain(names.iter().map(folder)).collect())
    }

    fn is_file(&self, _: &Path) -> bool {
        true
    }

    fn is_roots_link(&self, _: &Path, _: &Path) -> bool {
        true
    }

    fn is_roots_file(&self, _: &Path) -> bool {
        true
    }
}

/// A host of which all may be provided except the program itself.
struct OnlyOthers;

impl Provider for OnlyOthers {
    fn exists(&self, _: &Path) -> bool {
        true
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        if named.ends_with("x.cgi") {
            Nothing.find_program(named)
        } else {
            Everything.find_program(named)
        }
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        Everything.find_libraries(loader, names)
    }

    fn is_file(&self, _: &Path) -> bool {
        true
    }

    fn is_roots_link(&self, _: &Path, _: &Path) -> bool {
        true
    }

    fn is_roots_file(&self, _: &Path) -> bool {
        true
    }

    fn is_roots_script(&self, path: &Path) -> bool {
        !path.ends_with("x.cgi")
    }
}

/// The remedy for a program that lacks something.
fn find_remedy(failure: Failure, programs: &dyn Provider) -> String {
    let known_outside = &BTreeSet::new();
    let input = VerdictInput { mode: HostPathMode::View, uid: 33, known_outside, programs };
    let requirement = Requirement { remedy: Remedy::Program, ..requirement(false, written()) };
    let failed = FailedRequirement { requirement: 0, subject: "/srv/www/x.cgi".into(), failure };
    judge_failure(&requirement, failed, &input)
        .map(|failure| failure.finding.remedy)
        .unwrap_or_default()
}

#[test]
fn a_program_is_only_advised_if_its_word_would_be_accepted() {
    let libraries =
        || Failure::Libraries { loader: "/lib/ld.so".into(), names: vec!["liba.so".into()] };
    for failure in [Failure::Missing, Failure::Interpreter("perl".into()), libraries()] {
        let remedy = find_remedy(failure.clone(), &Nothing);
        assert!(!remedy.contains("ChrootProvide"), "{failure:?}: {remedy}");
        let remedy = find_remedy(failure.clone(), &Everything);
        assert!(remedy.starts_with("add \"ChrootProvide program:/"), "{failure:?}: {remedy}");
    }
    assert_eq!(
        find_remedy(libraries(), &OnlyOthers),
        "add \"ChrootProvide /lib/ld.so /lib/liba.so\""
    );
    let perl = find_remedy(Failure::Interpreter("perl".into()), &OnlyOthers);
    assert_eq!(perl, "add \"ChrootProvide program:/usr/bin/perl\"");
}

#[test]
fn paths_that_show_too_much_are_not_advised() {
    for path in ["/", "/etc", "/run", "/proc/self"] {
        let fix = Fix::provide(vec![ProvideItem::Path { path: path.into(), writable: false }]);
        assert!(fix.text.starts_with("put it into the jail"), "{path}: {fix:?}");
        assert!(fix.items.is_empty(), "{fix:?}");
    }
    let fix = Fix::provide(vec![ProvideItem::Path { path: "/a b".into(), writable: true }]);
    assert_eq!(fix.text, "add \"ChrootProvide 'rw:/a b'\"");
}

/// The remedy for a path that is missing inside.
fn remedy(requirement: &Requirement, mode: HostPathMode, host_has_it: bool) -> Option<String> {
    let failed =
        FailedRequirement { requirement: 0, subject: "/opt/x".into(), failure: Failure::Missing };
    let programs: &dyn Provider = if host_has_it { &Nothing } else { &Empty };
    let known_outside = &BTreeSet::new();
    let input = VerdictInput { mode, uid: 33, known_outside, programs };
    judge_failure(requirement, failed, &input).map(|failure| failure.finding.remedy)
}

fn written() -> Option<Place> {
    Some(Place { file: "httpd.conf".into(), line: 1 })
}

#[test]
fn an_optional_path_is_reported_only_if_the_host_has_it() {
    for mode in [HostPathMode::View, HostPathMode::Link, HostPathMode::Off] {
        for place in [None, written()] {
            let requirement = requirement(true, place);
            assert_eq!(remedy(&requirement, mode, false), None, "{mode:?}");
            let provide = "add \"ChrootProvide /opt/x\"";
            assert_eq!(remedy(&requirement, mode, true).as_deref(), Some(provide), "{mode:?}");
        }
    }
}

#[test]
fn a_path_that_the_host_lacks_must_be_created_unless_it_is_an_inside_path() {
    let requirement = requirement(false, written());
    for mode in [HostPathMode::View, HostPathMode::Link] {
        let remedy = remedy(&requirement, mode, false).unwrap_or_default();
        assert!(remedy.contains("the host does not have it either"), "{mode:?}: {remedy}");
    }
    let remedy = remedy(&requirement, HostPathMode::Off, false).unwrap_or_default();
    assert!(remedy.contains("ChrootProvide"), "{remedy}");
}

#[test]
fn a_path_is_widened_to_the_directory_of_its_package_and_no_further() {
    let rows = [
        ("/usr/share/x/lib/a.php", "/usr/share/x"),
        ("/etc/x/conf.d/a", "/etc/x"),
        ("/etc/x.conf", "/etc/x.conf"),
        ("/usr/lib/nagios/plugins/a", "/usr/lib/nagios"),
        ("/usr/lib/x86_64-linux-gnu/a/b.so", "/usr/lib/x86_64-linux-gnu/a/b.so"),
        ("/usr/lib/python3/dist-packages/a", "/usr/lib/python3/dist-packages/a"),
        ("/etc/ssl/private/key", "/etc/ssl/private/key"),
        ("/var/lib/x/data", "/var/lib/x/data"),
    ];
    for (path, expected) in rows {
        assert_eq!(widen(Path::new(path)), Path::new(expected), "{path}");
    }
}

/// Only files of root's are evidence, and some paths are a matter of the host, whatever names them.
#[test]
fn a_path_that_a_file_names_is_advised_with_care() {
    let known_outside = &BTreeSet::new();
    let items = |path: &str, programs: &dyn Provider| {
        let input = VerdictInput { mode: HostPathMode::View, uid: 33, known_outside, programs };
        let failure = Failure::Mentioned("/usr/share/x/a.php".into());
        let failed = FailedRequirement { requirement: 0, subject: path.into(), failure };
        let judged = judge_failure(&requirement(true, written()), failed, &input).unwrap();
        assert_eq!(judged.basis, Basis::Likely);
        judged.items.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(items("/var/lib/x/data", &Everything), ["/var/lib/x/data"]);
    assert_eq!(items("/run/x/x.sock", &Everything), ["/run/x"]);
    assert_eq!(items("/usr/bin/convert", &Everything), ["program:/usr/bin/convert"]);
    for path in
        ["/etc/passwd", "/etc/shadow", "/etc/ssl/private/x", "/etc/ssh/key", "/var/mail/root"]
    {
        assert_eq!(items(path, &Everything), [""; 0], "{path}");
    }
    assert_eq!(items("/var/lib/x/data", &Nothing), [""; 0]);
}

/// A user who may change a script chooses the path in its first line.
#[test]
fn a_script_of_others_has_only_a_usual_interpreter_advised() {
    let items = |interpreter: &str, programs: &dyn Provider| {
        let remedy = find_remedy(Failure::Interpreter(interpreter.into()), programs);
        remedy.starts_with("add ")
    };
    for usual in ["/usr/bin/perl", "/usr/bin/python3.11", "/bin/sh", "/usr/local/bin/php8", "ruby"]
    {
        assert!(items(usual, &OnlyOthers), "{usual}");
    }
    for chosen in
        ["/srv/other/config.yml", "/srv/other/sh", "/usr/bin/nsenter", "/usr/bin/../sbin/sh"]
    {
        assert!(!items(chosen, &OnlyOthers), "{chosen}");
        assert!(items(chosen, &Everything), "{chosen}");
    }
}

/// Libraries of several programs are one message, whose fix is for all of them.
#[test]
fn one_message_about_several_programs_has_a_fix_for_all() {
    let known_outside = &BTreeSet::new();
    let programs: &dyn Provider = &Everything;
    let input = VerdictInput { mode: HostPathMode::View, uid: 33, known_outside, programs };
    let requirements = [Requirement { remedy: Remedy::Program, ..requirement(false, written()) }];
    let fix = |count: usize| {
        let failed = (0..count).map(|number| FailedRequirement {
            requirement: 0,
            subject: format!("/opt/{number}.cgi").into(),
            failure: Failure::Libraries {
                loader: "/lib/ld.so".into(),
                names: vec!["liba.so".into()],
            },
        });
        let judged = judge_failures(&requirements, failed.collect(), &input);
        let found = build_findings(&judged, &[]);
        let [one] = &*found else { panic!("{found:?}") };
        assert_eq!(one.more, count - 1);
        one.remedy.clone()
    };
    assert_eq!(fix(2), "add \"ChrootProvide program:/opt/0.cgi program:/opt/1.cgi\"");
    assert_eq!(fix(29), ALL_LINES);
}

/// SQLite makes a journal beside its file.
#[test]
fn a_database_in_one_file_is_writable_with_its_directory() {
    let known_outside = &BTreeSet::new();
    let programs: &dyn Provider = &Everything;
    let input = VerdictInput { mode: HostPathMode::View, uid: 33, known_outside, programs };
    let fix = |path: &str| {
        let read_only = std::io::Error::from_raw_os_error(30);
        let failure = Failure::Unwritable((&read_only).into());
        let failed = FailedRequirement { requirement: 0, subject: path.into(), failure };
        judge_failure(&requirement(true, written()), failed, &input).unwrap().finding.remedy
    };
    assert_eq!(fix("/srv/x/words.sqlite"), "add \"ChrootProvide rw:/srv/x\"");
    assert_eq!(fix("/var/lib/words.db"), "add \"ChrootProvide rw:/var/lib/words.db\"");
    assert_eq!(fix("/srv/x/notes.txt"), "add \"ChrootProvide rw:/srv/x/notes.txt\"");
}
