use super::*;
use crate::jail::account_lookup::AccountLookup;

fn good() -> ServerInfo {
    ServerInfo {
        started_as: UserId(0),
        user_name: c"www-data".to_owned(),
        user: UserId(33),
        group: GroupId(33),
        suexec: false,
        one_process: false,
        cores: false,
        version: Version(2, 4, 66),
    }
}

fn notices(circumstances: &ServerInfo) -> Vec<String> {
    let said = check(circumstances, true, |_| false).unwrap();
    said.iter().map(|notice| notice.about("/srv/www".as_ref()).to_string()).collect()
}

#[test]
fn an_ordinary_server_has_nothing_to_be_told() {
    assert!(notices(&good()).is_empty());
}

#[test]
fn a_server_with_a_known_hole_is_warned_of_and_one_without_is_not() {
    for (version, is_old) in [
        (Version(2, 4, 38), true),
        (Version(2, 4, 17), true),
        (Version(2, 4, 39), false),
        (Version(2, 4, 100), false),
        (Version(2, 5, 0), false),
    ] {
        let said = notices(&ServerInfo { version, ..good() });
        assert_eq!(said.iter().any(|said| said.starts_with("CHR307")), is_old, "{version:?}");
    }
}

#[test]
fn one_process_is_explained() {
    let said = notices(&ServerInfo { one_process: true, ..good() });
    assert!(said[0].starts_with("CHR306") && said[0].contains("-X"), "{said:?}");
}

#[test]
fn nobody_but_root_starts_a_jail_and_anybody_may_check_one() {
    let circumstances = ServerInfo { started_as: UserId(1000), ..good() };
    let refused = check(&circumstances, true, |_| false);
    assert!(matches!(refused, Err(StartFault::NotRoot(1000))), "{refused:?}");
    let said = check(&circumstances, false, |_| false).unwrap();
    assert!(matches!(said[..], [Notice::Untried(1000)]), "{said:?}");
}

#[test]
fn children_that_would_be_root_or_nobody_in_particular_are_refused() {
    for user in [0, u32::MAX] {
        let refused = check(&ServerInfo { user: UserId(user), ..good() }, true, |_| false);
        assert!(matches!(refused, Err(StartFault::BadUser { .. })), "{refused:?}");
    }
    let none = ServerInfo { group: GroupId(u32::MAX), ..good() };
    assert!(matches!(check(&none, true, |_| false), Err(StartFault::BadGroup(_))));
}

#[test]
fn modules_that_keep_root_within_reach_are_refused() {
    for (file, _) in INCOMPATIBLE {
        let refused = check(&good(), true, |loaded| loaded == file);
        assert!(matches!(refused, Err(StartFault::Incompatible(_))), "{file:?}");
    }
    let with_suexec = ServerInfo { suexec: true, ..good() };
    let refused = check(&with_suexec, true, |loaded| loaded == c"mod_fcgid.c");
    assert!(matches!(refused, Err(StartFault::FcgidWithSuexec)));
    assert!(check(&with_suexec, true, |_| false).is_ok(), "suexec alone is no error");
}

#[test]
fn a_user_without_an_account_has_the_configured_group_only() {
    let nobody = ServerInfo {
        user_name: c"#4294900000".to_owned(),
        user: UserId(4_294_900_000),
        group: GroupId(7),
        ..good()
    };
    assert_eq!(run_as(&nobody, &AccountLookup::default()).unwrap().groups, [GroupId(7)]);
}
