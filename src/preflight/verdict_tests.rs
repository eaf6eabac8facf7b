#![forbid(unsafe_code)]

use super::*;
use crate::fault::Place;

fn claim(optional: bool, place: Option<Place>) -> Claim {
    Claim {
        directive: "Alias".into(),
        value: "/x /opt/x".into(),
        place,
        need: Need::Either("/opt/x".into()),
        breaks: true,
        optional,
        remedy: Remedy::Path("/opt/x".into()),
    }
}

/// What is said of a path that is missing inside.
fn said(claim: &Claim, way: Way, host_has_it: bool) -> Option<String> {
    let failed = Failed { claim: 0, subject: "/opt/x".into(), lack: Lack::Missing };
    let exists = |_: &Path| host_has_it;
    let by = Circumstance { way, uid: 33, exists: &exists, known_outside: &BTreeSet::new() };
    judged(claim, failed, &by).map(|said| said.remedy)
}

fn written() -> Option<Place> {
    Some(Place { file: "httpd.conf".into(), line: 1 })
}

#[test]
fn what_may_be_missing_is_said_only_if_the_host_has_it() {
    for way in [Way::View, Way::Link, Way::Off] {
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
    for way in [Way::View, Way::Link] {
        let remedy = said(&claim, way, false).unwrap_or_default();
        assert!(remedy.contains("the host does not have it either"), "{way:?}: {remedy}");
    }
    let remedy = said(&claim, Way::Off, false).unwrap_or_default();
    assert!(remedy.contains("ChrootProvide"), "{remedy}");
}
