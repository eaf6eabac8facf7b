use super::*;
use crate::messages::Place;

fn claim(optional: bool, place: Option<Place>) -> Requirement {
    Requirement {
        directive: "Alias".into(),
        value: "/x /opt/x".into(),
        place,
        need: Resource::Either("/opt/x".into()),
        breaks: true,
        optional,
        remedy: Remedy::Path("/opt/x".into()),
    }
}

/// A host of which nothing may be provided.
struct Nothing;

impl Provider for Nothing {
    fn program(&self, _: &Path) -> Result<PathBuf, String> {
        Err("it is not root's alone".into())
    }

    fn libraries(&self, _: &Path, _: &[String]) -> Option<Vec<PathBuf>> {
        None
    }
}

/// A host of which everything may be.
struct Everything;

impl Provider for Everything {
    fn program(&self, named: &Path) -> Result<PathBuf, String> {
        Ok(Path::new("/usr/bin").join(named))
    }

    fn libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        let folder = |name: &String| Path::new("/lib").join(name);
        Some([loader.to_owned()].into_iter().chain(names.iter().map(folder)).collect())
    }
}

/// A host of which all may be provided but the program that asks.
struct OnlyOthers;

impl Provider for OnlyOthers {
    fn program(&self, named: &Path) -> Result<PathBuf, String> {
        if named.ends_with("x.cgi") { Nothing.program(named) } else { Everything.program(named) }
    }

    fn libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        Everything.libraries(loader, names)
    }
}

/// The remedy for a program that lacks something.
fn said_of(lack: Failure, programs: &dyn Provider) -> String {
    let known_outside = &BTreeSet::new();
    let by = VerdictInput {
        way: HostPathMode::View,
        uid: 33,
        exists: &|_| true,
        known_outside,
        programs,
    };
    let claim = Requirement { remedy: Remedy::Program, ..claim(false, written()) };
    let failed = FailedRequirement { claim: 0, subject: "/srv/www/x.cgi".into(), lack };
    judged(&claim, failed, &by).map(|said| said.remedy).unwrap_or_default()
}

#[test]
fn a_program_is_only_advised_if_its_word_would_be_accepted() {
    let libraries =
        || Failure::Libraries { loader: "/lib/ld.so".into(), names: vec!["liba.so".into()] };
    for lack in [Failure::Missing, Failure::Interpreter("perl".into()), libraries()] {
        let said = said_of(lack.clone(), &Nothing);
        assert!(!said.contains("ChrootProvide"), "{lack:?}: {said}");
        let said = said_of(lack.clone(), &Everything);
        assert!(said.starts_with("write \"ChrootProvide program:/"), "{lack:?}: {said}");
    }
    assert_eq!(
        said_of(libraries(), &OnlyOthers),
        "write \"ChrootProvide /lib/ld.so /lib/liba.so\""
    );
    let perl = said_of(Failure::Interpreter("perl".into()), &OnlyOthers);
    assert_eq!(perl, "write \"ChrootProvide program:/usr/bin/perl\"");
}

#[test]
fn what_would_show_too_much_is_not_advised() {
    for path in ["/", "/etc", "/run", "/proc/self"] {
        let said = provide("", &[path]);
        assert!(said.starts_with("put it into the jail"), "{path}: {said}");
    }
    assert_eq!(provide("rw:", &["/a b"]), "write \"ChrootProvide 'rw:/a b'\"");
}

/// The remedy for a path that is missing inside.
fn said(claim: &Requirement, way: HostPathMode, host_has_it: bool) -> Option<String> {
    let failed = FailedRequirement { claim: 0, subject: "/opt/x".into(), lack: Failure::Missing };
    let exists = |_: &Path| host_has_it;
    let (programs, known_outside) = (&Nothing, &BTreeSet::new());
    let by = VerdictInput { way, uid: 33, exists: &exists, known_outside, programs };
    judged(claim, failed, &by).map(|said| said.remedy)
}

fn written() -> Option<Place> {
    Some(Place { file: "httpd.conf".into(), line: 1 })
}

#[test]
fn what_may_be_missing_is_said_only_if_the_host_has_it() {
    for way in [HostPathMode::View, HostPathMode::Link, HostPathMode::Off] {
        for place in [None, written()] {
            let claim = claim(true, place);
            assert_eq!(said(&claim, way, false), None, "{way:?}");
            let provide = "write \"ChrootProvide /opt/x\"";
            assert_eq!(said(&claim, way, true).as_deref(), Some(provide), "{way:?}");
        }
    }
}

#[test]
fn what_nobody_has_is_to_be_made_unless_it_is_an_inside_path() {
    let claim = claim(false, written());
    for way in [HostPathMode::View, HostPathMode::Link] {
        let remedy = said(&claim, way, false).unwrap_or_default();
        assert!(remedy.contains("the host does not have it either"), "{way:?}: {remedy}");
    }
    let remedy = said(&claim, HostPathMode::Off, false).unwrap_or_default();
    assert!(remedy.contains("ChrootProvide"), "{remedy}");
}
