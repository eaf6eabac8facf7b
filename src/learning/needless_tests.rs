//! Uses that no line is proposed for, because nothing depends on them.

use super::*;
use std::ffi::OsStr;

/// Lines for uses with a count, such as `7 r /etc/passwd`; `python_looks_up` if `HOME` is not set.
fn lines_of_counted(host: &FakeHost, uses: &[&str], python_looks_up: bool) -> Vec<String> {
    let mut table = ObservationTable::default();
    for line in uses {
        let [count, letters, path] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        table.add(Observation { count: count.parse().unwrap(), ..seen(letters, path) });
    }
    let secrets = SecretSearch::default();
    let programs = &host.programs;
    let (keeps, in_view) = (&[], true);
    let facts = RuleFacts { shown: &[], keeps, programs, host, secrets, in_view, python_looks_up };
    let proposal = propose(&table, &facts);
    let found = proposal.lines.iter().map(|line| line.item.to_string());
    found.collect()
}

/// mod_wsgi starts Python in each child, also where no page needs it.
#[test]
fn an_interpreter_that_only_starts_needs_no_line() {
    let mut host = FakeHost::new(&[
        "/usr/lib/python3/dist-packages/",
        "/usr/lib/python3/dist-packages/setup.pth",
        "/usr/lib/python3/dist-packages/_distutils_hack/__init__.py",
        "/etc/python3.11/sitecustomize.py",
        "/usr/bin/python3 +x",
    ]);
    host.brings("/usr/bin/python3", &["/lib/libs"], &["/usr/lib/python3"]);
    let start = [
        "r /usr/lib/python3/dist-packages",
        "r /usr/lib/python3/dist-packages/setup.pth",
        "r /usr/lib/python3/dist-packages/_distutils_hack/__init__.py",
        "r /etc/python3.11/sitecustomize.py",
    ];
    assert!(lines(&host, &start).is_empty(), "{:?}", lines(&host, &start));
}

#[test]
fn names_of_users_that_python_looks_up_when_it_starts_need_no_line() {
    let codecs = "/usr/lib/python3.11/encodings/__pycache__/__init__.cpython-311.pyc";
    let mut host = FakeHost::new(&["/etc/passwd", codecs, "/usr/bin/python3 +x"]);
    host.brings("/usr/bin/python3", &[], &["/usr/lib/python3.11"]);
    let lines = |reads: &str, starts: &str, looks_up| {
        let uses = [format!("{reads} r /etc/passwd"), format!("{starts} r {codecs}")];
        let lines = lines_of_counted(&host, &[&uses[0], &uses[1]], looks_up);
        lines.contains(&"users".to_owned())
    };
    assert!(!lines("2", "2", true));
    assert!(lines("3", "2", true), "one more is another program's");
    assert!(lines("2", "2", false), "with HOME, Python reads none of them");
    assert_eq!(lines_of_counted(&host, &["1 r /etc/passwd"], true), ["users"]);
    let own = "2 r /srv/app/encodings/__init__.py";
    let of_others = lines_of_counted(&host, &["2 r /etc/passwd", own], true);
    assert!(of_others.contains(&"users".to_owned()), "{of_others:?}");
}

#[test]
fn settings_that_a_program_brings_need_no_line() {
    let mut host = FakeHost::new(&["/usr/bin/git +x", "/etc/gitconfig", "/etc/other/x"]);
    host.brings("/usr/bin/git", &["/lib/libs"], &[]);
    for brings in host.programs.values_mut() {
        brings.data = vec!["/etc/gitconfig".into(), "/usr/share/git-core".into()];
    }
    let uses = ["2 x /usr/bin/git", "5 r /etc/gitconfig"];
    assert_eq!(lines_of_counted(&host, &uses, false), ["program:/usr/bin/git"]);
    let uses = ["5 r /etc/gitconfig"];
    assert_eq!(lines_of_counted(&host, &uses, false), ["/etc/gitconfig"], "it was not run");
}

#[test]
fn a_choice_of_the_host_that_leads_to_a_program_needs_no_line() {
    let mut host = FakeHost::new(&[
        "/usr/bin/php-cgi -> /etc/alternatives/php-cgi",
        "/etc/alternatives/php-cgi -> /usr/bin/php-cgi8.2",
        "/usr/bin/php-cgi8.2 +x",
        "/etc/alternatives/other -> /usr/share/other",
        "/usr/share/other",
    ]);
    host.brings("/usr/bin/php-cgi", &["/lib/libs"], &[]);
    let uses = ["1 x /usr/bin/php-cgi", "2 s /etc/alternatives/php-cgi"];
    assert_eq!(lines_of_counted(&host, &uses, false), ["program:/usr/bin/php-cgi"]);
    let uses = ["1 x /usr/bin/php-cgi", "2 r /etc/alternatives/other"];
    assert!(lines_of_counted(&host, &uses, false).len() > 1, "another one does");
}

#[test]
fn a_line_for_paths_that_the_set_config_has_is_dropped_with_it() {
    let line = |letters: &str, folder: &str, path: &str| {
        let item = ProvideItem::parse(OsStr::new(folder)).unwrap();
        ProposedLine { item, uses: vec![seen(letters, path)] }
    };
    let mut linked = line("r", "/srv/far", "/srv/svn/repo/link/x");
    linked.uses[0].real = "/srv/far/x".into();
    let made = || Proposal {
        lines: vec![
            linked.clone(),
            line("r", "/etc/apache2/rules", "/etc/apache2/rules"),
            line("w", "rw:/srv/svn", "/srv/svn/repo/db/current"),
            line("w", "rw:/srv/read", "/srv/read/only/x"),
            line("r", "/srv/other", "/srv/other/x"),
        ],
        ..Proposal::default()
    };
    let all = [("/etc/apache2/rules", false), ("/srv/svn/repo", true), ("/srv/read/only", false)];
    let all: Vec<_> = all.iter().map(|(path, rw)| (PathBuf::from(path), *rw)).collect();
    let words = |proposal: &Proposal| -> Vec<_> {
        proposal.lines.iter().map(|line| line.item.to_string()).collect()
    };
    let mut proposal = made();
    proposal.add_settings(&["/etc/apache2/users".into()], &all);
    assert_eq!(words(&proposal), ["config", "/srv/far", "rw:/srv/read", "/srv/other"]);
    let mut proposal = made();
    proposal.add_settings(&[], &all);
    assert_eq!(words(&proposal), words(&made()), "without the set");
}

#[test]
fn fonts_are_one_line() {
    let host = FakeHost::new(&[
        "/etc/fonts/fonts.conf",
        "/usr/share/fonts/truetype/a.ttf",
        "/usr/share/fontconfig/conf.avail/1.conf",
        "/usr/share/fonts-app/b.ttf",
        "/var/cache/fontconfig/own w",
    ]);
    let uses = [
        "1 r /etc/fonts/fonts.conf",
        "1 r /usr/share/fonts/truetype/a.ttf",
        "1 r /usr/share/fontconfig/conf.avail/1.conf",
    ];
    assert_eq!(lines_of_counted(&host, &uses, false), ["fonts"]);
    let uses = ["1 r /usr/share/fonts-app/b.ttf", "1 w /var/cache/fontconfig/own"];
    let found = lines_of_counted(&host, &uses, false);
    assert_eq!(found, ["/usr/share/fonts-app", "rw:/var/cache/fontconfig/own"]);
}

/// A call that failed outside as well, such as one that changes the mode of root's file.
#[test]
fn a_file_that_user_cannot_write_to_need_not_be_writable_in_the_jail() {
    let host = FakeHost::new(&["/var/lib/app/state", "/var/lib/app/own w"]);
    let mut table = ObservationTable::default();
    table.add(seen("w", "/var/lib/app/state"));
    table.add(seen("w", "/var/lib/app/own"));
    let secrets = SecretSearch::default();
    let (shown, keeps, programs, host) = (&[], &[], &host.programs, &host);
    let (in_view, python_looks_up) = (true, false);
    let facts = RuleFacts { shown, keeps, programs, host, secrets, in_view, python_looks_up };
    assert_eq!(propose(&table, &facts).needed, [seen("w", "/var/lib/app/own")]);
}
