use super::*;
use crate::config::ProvideItem;
use crate::learning::fake_host::FakeHost;
use crate::learning::host::{HostFiles, NodeKind};
use crate::learning::observation::{Observation, Uses};
use crate::learning::places::{comes_along, find_objection, is_shared};
use crate::learning::proposal::{ProposedLine, ShownPath};
use crate::learning::secret_search::SecretSearch;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn seen(letters: &str, path: &str) -> Observation {
    let path = PathBuf::from(path);
    Observation {
        real: path.clone(),
        path,
        program: "/usr/sbin/apache2".into(),
        uses: Uses::from_letters(letters).unwrap(),
        count: 1,
        set_id: false,
    }
}

/// Lines for uses such as `r /usr/share/app/index.php` on `host`, and the reasons against the others.
fn lines_on(host: &FakeHost, uses: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut table = ObservationTable::default();
    for line in uses {
        let (letters, path) = line.split_once(' ').unwrap();
        let real = host.find_real(Path::new(path)).unwrap_or_else(|| path.into());
        table.add(Observation { real, ..seen(letters, path) });
    }
    let shown = |path: &str, writable, private| ShownPath { path: path.into(), writable, private };
    let shown = [
        shown("/srv/jail", true, false),
        shown("/tmp", true, true),
        shown("/usr/share/zoneinfo", false, false),
        shown("/usr/lib/cgi-bin", false, false),
    ];
    let keeps = [PathBuf::from("/etc/apache2/server.pem")];
    let facts = RuleFacts {
        shown: &shown,
        keeps: &keeps,
        programs: &host.programs,
        host,
        secrets: SecretSearch::default(),
        in_view: true,
        python_looks_up: true,
    };
    let Proposal { lines, unproposed, .. } = propose(&table, &facts);
    let reasons = unproposed.iter().map(|it| format!("{}: {}", it.seen.path.display(), it.reason));
    (lines.iter().map(|line| line.item.to_string()).collect(), reasons.collect())
}

fn lines(host: &FakeHost, uses: &[&str]) -> Vec<String> {
    lines_on(host, uses).0
}

fn wordpress() -> FakeHost {
    FakeHost::new(&[
        "/usr/share/wordpress/index.php",
        "/usr/share/wordpress/wp-includes/load.php",
        "/usr/share/wordpress/wp-config.php -> /etc/wordpress/config.php",
        "/usr/share/wordpress/wp-content -> /var/lib/wordpress/wp-content",
        "/etc/wordpress/config.php",
        "/var/lib/wordpress/wp-content/themes/style.css",
        "/var/lib/wordpress/wp-content/uploads/ w",
        "/run/mysqld/mysqld.sock",
        "/var/run -> /run",
    ])
}

#[test]
fn an_application_is_shown_by_its_own_folders() {
    let found = lines(
        &wordpress(),
        &["r /usr/share/wordpress/index.php", "r /usr/share/wordpress/wp-includes/load.php"],
    );
    assert_eq!(found, ["/usr/share/wordpress"]);
}

#[test]
fn a_link_that_leads_out_of_a_line_gets_a_line_for_its_target() {
    let uses = [
        "r /usr/share/wordpress/wp-config.php",
        "r /usr/share/wordpress/wp-content/themes/style.css",
    ];
    let found = lines(&wordpress(), &uses);
    assert_eq!(found, ["/etc/wordpress", "/usr/share/wordpress", "/var/lib/wordpress"]);
}

#[test]
fn a_folder_is_writable_only_where_user_may_write() {
    let uses = [
        "r /usr/share/wordpress/index.php",
        "w /usr/share/wordpress/wp-content/uploads/2026/photo.jpg",
        "r /usr/share/wordpress/wp-content/themes/style.css",
    ];
    let host = wordpress();
    let mut table = uses.to_vec();
    table.push("a /var/lib/wordpress/wp-content/uploads");
    let found = lines(&host, &table);
    assert_eq!(
        found,
        ["/usr/share/wordpress", "/var/lib/wordpress", "rw:/var/lib/wordpress/wp-content/uploads"]
    );
}

#[test]
fn a_read_only_folder_is_not_shown_if_all_that_was_used_in_it_is_writable() {
    let uses = [
        "r /usr/share/wordpress/index.php",
        "r /usr/share/wordpress/wp-content/uploads",
        "w /var/lib/wordpress/wp-content/uploads/photo.jpg",
    ];
    let found = lines(&wordpress(), &uses);
    assert_eq!(found, ["/usr/share/wordpress", "rw:/var/lib/wordpress/wp-content/uploads"]);
}

#[test]
fn a_socket_is_shown_by_its_folder_as_spelled() {
    assert_eq!(lines(&wordpress(), &["c /var/run/mysqld/mysqld.sock"]), ["/var/run/mysqld"]);
    let host = FakeHost::new(&["/run/app.sock"]);
    assert_eq!(lines(&host, &["c /run/app.sock"]), ["/run/app.sock"]);
}

#[test]
fn nothing_is_proposed_that_is_shown_already() {
    let host = FakeHost::new(&["/srv/jail/a.php w", "/usr/share/zoneinfo/UTC", "/tmp/x w"]);
    let uses = ["rw /srv/jail/a.php", "r /usr/share/zoneinfo/UTC", "w /tmp/x"];
    assert_eq!(lines_on(&host, &uses), (vec![], vec![]));
}

#[test]
fn a_folder_that_belongs_to_many_is_never_shown_as_a_whole() {
    let host =
        FakeHost::new(&["/usr/bin/x +x", "/usr/share/y", "/home/ann/page.html", "/etc/motd"]);
    let uses = ["r /usr/bin", "r /usr/share", "s /usr", "r /home/ann", "s /home", "r /etc"];
    let (found, reasons) = lines_on(&host, &uses);
    assert_eq!(found, [""; 0]);
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    assert_eq!(lines(&host, &["r /usr/share/y", "r /etc/motd"]), ["/etc/motd", "/usr/share/y"]);
}

#[test]
fn a_program_brings_its_libraries_and_modules() {
    let mut host = FakeHost::new(&[
        "/usr/bin/perl +x",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/share/perl5/CGI.pm",
        "/usr/share/other/data",
    ]);
    host.brings("/usr/bin/perl", &["/lib/x86_64-linux-gnu"], &["/usr/share/perl5"]);
    let uses = [
        "x /usr/bin/perl",
        "r /lib/x86_64-linux-gnu/libc.so.6",
        "r /usr/share/perl5/CGI.pm",
        "r /usr/share/other/data",
    ];
    assert_eq!(lines(&host, &uses), ["program:/usr/bin/perl", "/usr/share/other"]);
}

#[test]
fn a_link_between_two_files_of_one_line_needs_no_other() {
    let mut host = FakeHost::new(&[
        "/usr/bin/tool +x",
        "/usr/lib/x86_64-linux-gnu/libz.so.1.2",
        "/usr/lib/x86_64-linux-gnu/libz.so.1 -> /usr/lib/x86_64-linux-gnu/libz.so.1.2",
        "/lib -> /usr/lib",
    ]);
    host.brings("/usr/bin/tool", &["/lib/x86_64-linux-gnu"], &[]);
    let uses = ["x /usr/bin/tool", "r /lib/x86_64-linux-gnu/libz.so.1"];
    assert_eq!(lines(&host, &uses), ["program:/usr/bin/tool"]);
}

#[test]
fn a_script_brings_its_interpreter() {
    let mut host = FakeHost::new(&["/usr/bin/perl +x", "/usr/bin/tool +x"]);
    host.brings("/usr/bin/perl", &["/lib/libs"], &["/usr/share/perl5"]);
    host.brings("/usr/bin/tool", &["/usr/bin/perl", "/lib/libs"], &["/usr/share/perl5"]);
    let found = lines(&host, &["x /usr/bin/tool", "x /usr/bin/perl"]);
    assert_eq!(found, ["program:/usr/bin/tool"]);
}

#[test]
fn many_programs_of_one_folder_are_one_line() {
    let names: Vec<_> = (0..9).map(|number| format!("/usr/lib/git-core/git-{number} +x")).collect();
    let mut host = FakeHost::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    host.add("/usr/bin/git +x");
    host.brings("/usr/bin/git", &["/lib/libs"], &[]);
    let mut uses = vec!["x /usr/bin/git".to_owned()];
    for number in 0..9 {
        let path = format!("/usr/lib/git-core/git-{number}");
        host.brings(&path, &["/lib/libs"], &[]);
        uses.push(format!("x {path}"));
    }
    let found = lines(&host, &uses.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(found, ["program:/usr/bin/git", "/usr/lib/git-core"]);
}

#[test]
fn a_program_that_is_shown_already_still_gets_its_libraries() {
    let mut host = FakeHost::new(&["/usr/lib/cgi-bin/tool +x"]);
    host.brings("/usr/lib/cgi-bin/tool", &["/lib/libs"], &[]);
    assert_eq!(lines(&host, &["x /usr/lib/cgi-bin/tool"]), ["program:/usr/lib/cgi-bin/tool"]);
}

/// A file of passwords that nobody was asked for while the server learned.
#[test]
fn files_of_the_configuration_that_no_line_has_are_the_set_config() {
    let item = ProvideItem::Path { path: "/etc/app".into(), writable: false };
    let line = ProposedLine { item, uses: vec![seen("r", "/etc/app")] };
    let mut proposal = Proposal { lines: vec![line], ..Proposal::default() };
    proposal.add_settings(&["/etc/app/users".into(), "/etc/apache2/users".into()], &[]);
    assert_eq!(proposal.lines[0].item.to_string(), "config");
    assert_eq!(proposal.lines[0].uses[0].path, Path::new("/etc/apache2/users"));
    assert_eq!((proposal.lines.len(), proposal.lines[0].uses.len()), (2, 1));
}

#[test]
fn an_interpreter_inside_httpd_is_known_by_its_modules() {
    let mut host =
        FakeHost::new(&["/usr/lib/python3/dist-packages/django/x.py", "/usr/bin/python3 +x"]);
    host.add("/usr/share/app/x");
    host.brings("/usr/bin/python3", &["/lib/libs"], &["/usr/lib/python3"]);
    let found = lines(&host, &["r /usr/lib/python3/dist-packages/django/x.py"]);
    assert_eq!(found, ["program:/usr/bin/python3"]);
    assert_eq!(lines(&host, &["r /usr/share/app/x"]), ["/usr/share/app"]);
}

#[test]
fn two_names_of_one_program_are_one_line() {
    let mut host = FakeHost::new(&["/usr/bin/sh +x", "/bin -> /usr/bin"]);
    host.brings("/usr/bin/sh", &["/lib/libs"], &[]);
    host.brings("/bin/sh", &["/lib/libs"], &[]);
    assert_eq!(lines(&host, &["x /bin/sh", "x /usr/bin/sh"]).len(), 1);
}

#[test]
fn the_list_of_character_sets_needs_no_line_but_a_character_set_does() {
    let gconv = "/usr/lib/x86_64-linux-gnu/gconv";
    let (list, set) = (format!("{gconv}/gconv-modules.cache"), format!("{gconv}/ISO8859-1.so"));
    let host = FakeHost::new(&[&list, &set]);
    assert!(lines(&host, &[&format!("r {list}")]).is_empty());
    assert_eq!(lines(&host, &[&format!("r {list}"), &format!("r {set}")]), [gconv]);
}

#[test]
fn names_of_users_are_a_set_and_a_program_without_effect_is_named() {
    let host = FakeHost::new(&["/etc/passwd", "/usr/bin/mail +x"]);
    assert_eq!(lines(&host, &["r /etc/passwd"]), ["users"]);
    let (found, reasons) = lines_on(&host, &["s /usr/bin/mail"]);
    assert_eq!((found.len(), reasons.len()), (0, 1), "{reasons:?}");
}

#[test]
fn a_socket_in_a_private_folder_is_named() {
    let host = FakeHost::new(&["/tmp/mysql.sock"]);
    let (found, reasons) = lines_on(&host, &["c /tmp/mysql.sock"]);
    assert_eq!((found.len(), reasons.len()), (0, 1), "{reasons:?}");
}

#[test]
fn every_use_has_to_succeed_in_the_jail_but_for_private_files_and_sockets_of_daemons() {
    let host =
        FakeHost::new(&["/usr/share/a/x", "/usr/lib/cgi-bin/d.sock", "/tmp/z w", "/etc/shadow"]);
    let mut table = ObservationTable::default();
    for (letters, path) in [
        ("r", "/usr/share/a/x"),
        ("c", "/usr/lib/cgi-bin/d.sock"),
        ("w", "/tmp/z"),
        ("r", "/etc/shadow"),
        ("r", "/gone"),
    ] {
        table.add(seen(letters, path));
    }
    let shown = |path: &str, private| ShownPath { path: path.into(), writable: private, private };
    let shown = [shown("/tmp", true), shown("/usr/lib/cgi-bin", false)];
    let facts = RuleFacts {
        shown: &shown,
        keeps: &[],
        programs: &host.programs,
        host: &host,
        secrets: SecretSearch::default(),
        in_view: true,
        python_looks_up: true,
    };
    let needed = propose(&table, &facts).needed;
    assert_eq!(needed, [seen("r", "/usr/share/a/x")]);
}

#[test]
fn a_name_that_could_write_configuration_is_not_proposed() {
    let host = FakeHost::new(&["/srv/app/a\nChrootDir none", "/srv/${HOME}/b"]);
    let (found, reasons) = lines_on(&host, &["r /srv/app/a\nChrootDir none", "r /srv/${HOME}/b"]);
    assert_eq!(found, [""; 0]);
    assert_eq!(reasons.len(), 2);
}

#[test]
fn a_name_that_reads_as_another_one_is_not_proposed() {
    let names = ["/srv/app\u{202e}x", "/srv/ap\u{200b}p"];
    let host = FakeHost::new(&names);
    let (found, reasons) = lines_on(
        &host,
        &names.map(|name| format!("r {name}")).each_ref().map(|use_| use_.as_str()),
    );
    assert_eq!((found.len(), reasons.len()), (0, 2), "{reasons:?}");
}

#[path = "needless_tests.rs"]
mod needless;
#[path = "secret_tests.rs"]
mod secrets;
#[path = "view_tests.rs"]
mod views;

fn any_use() -> impl Strategy<Value = (String, String)> {
    let part = prop_oneof![
        Just("usr"),
        Just("share"),
        Just("etc"),
        Just("ssl"),
        Just("private"),
        Just("home"),
        Just("a"),
        Just("b.key"),
        Just("run"),
        Just("var"),
        Just("lib"),
        Just("proc"),
        Just("srv"),
        Just("bin"),
        Just("shadow"),
        Just("tmp"),
    ];
    let path =
        proptest::collection::vec(part, 1..6).prop_map(|parts| format!("/{}", parts.join("/")));
    ("[xcwars]{1,3}", path)
}

/// A folder that has the name of a key is not shown because something in it was written.
#[test]
fn a_writable_folder_with_the_name_of_a_key_is_not_shown() {
    let mut host = FakeHost::default();
    for entry in ["/usr", "/shadow/b.key w", "/shadow/b.key/usr"] {
        host.add(entry);
    }
    let found = lines(&host, &["r /shadow/b.key", "a /shadow/b.key/usr", "w /shadow/b.key/usr"]);
    assert!(found.iter().all(|line| !line.ends_with("b.key")), "{found:?}");
}

proptest! {
    #[test]
    fn whatever_was_asked_for_no_line_shows_a_secret_or_a_folder_of_everybody(
        uses in proptest::collection::vec(any_use(), 1..20),
        writable in proptest::collection::vec(any::<bool>(), 20),
    ) {
        let mut host = FakeHost::default();
        let mut all = Vec::new();
        for ((letters, path), writable) in uses.iter().zip(writable) {
            host.add(&format!("{path}{}", if writable { " w" } else { "" }));
            all.push(format!("{letters} {path}"));
        }
        let found = lines(&host, &all.iter().map(String::as_str).collect::<Vec<_>>());
        for line in &found {
            let path = Path::new(line.trim_start_matches("rw:").trim_start_matches("program:"));
            prop_assert!(!is_shared(path) || host.kind(path) != Some(NodeKind::Directory), "{line}");
            prop_assert!(find_objection(path).is_none(), "{line}");
        }
        let mut sorted = found.clone();
        sorted.dedup();
        prop_assert_eq!(sorted.len(), found.len());
    }

    #[test]
    fn every_use_is_shown_or_named(uses in proptest::collection::vec(any_use(), 1..20)) {
        let mut host = FakeHost::default();
        for (_, path) in &uses {
            host.add(path);
        }
        for (letters, path) in &uses {
            let (found, reasons) = lines_on(&host, &[&format!("{letters} {path}")]);
            let is_way = letters.chars().all(|letter| letter == 's')
                || path.starts_with("/tmp") || comes_along(Path::new(path));
            prop_assert!(is_way || found.len() + reasons.len() > 0, "{letters} {path}");
        }
    }
}
