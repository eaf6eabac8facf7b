use super::*;
use crate::config::Version;
use crate::jail::account_lookup::AccountLookup;

/// A server whose children are `daemon`, which every system has.
fn server() -> ServerInfo {
    ServerInfo {
        started_as: UserId(0),
        user_name: c"daemon".to_owned(),
        user: user(OsStr::new("daemon")).unwrap(),
        group: group(OsStr::new("daemon")).unwrap(),
        suexec: false,
        one_process: false,
        cores: false,
        version: Version(2, 4, 65),
    }
}

fn daemons(options: &[(&str, &str)]) -> DaemonGroup {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), OsString::from(value));
    let place = Place { file: "httpd.conf".into(), line: 7 };
    DaemonGroup { name: "d".into(), options: options.iter().map(own).collect(), place }
}

fn asked(name: &str, group: GroupId) -> RequestedAccount {
    RequestedAccount { group: Some(group), name: CString::new(name).ok(), groups: None }
}

#[test]
fn a_daemon_is_the_servers_user_unless_it_names_another() {
    let server = server();
    let run_as = daemons(&[]).run_as(&server, &AccountLookup::default()).unwrap();
    assert_eq!((run_as.user, run_as.group), (server.user, server.group));
    let other = daemons(&[("user", "nobody"), ("group", "#4998"), ("user", "#4999")]);
    let run_as = other.run_as(&server, &AccountLookup::default()).unwrap();
    assert_eq!((run_as.user, run_as.group), (UserId(4999), GroupId(4998)));
    assert_eq!(run_as.every_group(), [GroupId(4998)]);
}

#[test]
fn supplementary_groups_are_the_only_ones() {
    let run_as = daemons(&[("supplementary-groups", "#4001,#4002")])
        .run_as(&server(), &AccountLookup::default())
        .unwrap();
    let mut wanted = vec![server().group, GroupId(4001), GroupId(4002)];
    wanted.sort_unstable();
    assert_eq!(run_as.every_group(), wanted);
}

#[test]
fn an_account_that_is_not_there_is_named_with_the_place() {
    let fault = daemons(&[("user", "no-such-account")])
        .run_as(&server(), &AccountLookup::default())
        .unwrap_err();
    let said = fault.to_string();
    assert!(said.starts_with("CHR317: WSGIDaemonProcess \"d\": the account"), "{said}");
    assert!(said.contains("no-such-account") && said.contains("httpd.conf:7"), "{said}");
}

#[test]
fn a_daemon_becomes_what_it_asks_for_and_was_looked_up() {
    let (server, all) = (server(), [daemons(&[("user", "#4999"), ("group", "#4998")])]);
    let accounts = Accounts::look_up(&all, &[], &[], &server, &AccountLookup::default()).unwrap();
    let run_as = accounts.find_account(&asked("daemon", server.group), server.user).unwrap();
    assert_eq!(run_as.user, server.user);
    let run_as = accounts.find_account(&asked("#4999", GroupId(4998)), UserId(4999)).unwrap();
    assert_eq!(run_as.every_group(), [GroupId(4998)]);
    // Any user with any group that is written.
    accounts.find_account(&asked("daemon", GroupId(4998)), server.user).unwrap();
}

/// mod_wsgi names a user by number, and by name for the groups: both must be of one account.
#[test]
fn nobody_gets_the_groups_of_another() {
    let (server, all) = (server(), [daemons(&[("user", "#4999")])]);
    let accounts = Accounts::look_up(&all, &[], &[], &server, &AccountLookup::default()).unwrap();
    let group = server.group;
    for (name, user) in [("daemon", UserId(4999)), ("#4999", server.user), ("root", UserId(0))] {
        let said = accounts.find_account(&asked(name, group), user).unwrap_err().to_string();
        assert!(said.contains(&format!("\"{name}\" (uid {}", user.0)), "{said}");
    }
    accounts.find_account(&RequestedAccount::default(), server.user).unwrap_err();
    let no_name = RequestedAccount { group: Some(group), ..RequestedAccount::default() };
    accounts.find_account(&no_name, server.user).unwrap_err();
}

#[test]
fn a_list_of_groups_is_taken_as_it_is() {
    let groups = vec![GroupId(9), GroupId(60)];
    let asked = RequestedAccount { group: Some(GroupId(9)), groups: Some(groups), name: None };
    let run_as = Accounts::default().find_account(&asked, UserId(5)).unwrap();
    assert_eq!((run_as.user, run_as.every_group()), (UserId(5), vec![GroupId(9), GroupId(60)]));
}
