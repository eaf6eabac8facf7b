use super::*;
use crate::platform::UserId;
use proptest::prelude::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn texts(paths: &[PathBuf]) -> Vec<&str> {
    paths.iter().filter_map(|path| path.to_str()).collect()
}

#[test]
fn php_says_two_things_in_two_ways() {
    let text = "Configuration File => /etc/php/8.2/cli\nextension_dir => /usr/lib/php/2022 => /usr/lib/php/2022\n\
                include_path => .:/usr/share/php:/usr/share/pear => .:/usr/share/php\n\
                session.save_path => /var/lib/php/sessions => /var/lib/php/sessions\n";
    let page = "<tr><td class=\"e\">extension_dir</td><td class=\"v\">/usr/lib/php/2022</td><td>x</td></tr>\n\
                <tr><td class=\"e\">include_path</td><td class=\"v\">.:/usr/share/php:/usr/share/pear</td></tr>\n\
                <tr><td class=\"e\">session.save_path</td><td class=\"v\">/var/lib/php/sessions</td></tr>\n";
    for answer in [text, page] {
        let found = parse_php_settings(answer);
        assert_eq!(texts(&found), ["/usr/lib/php/2022", "/usr/share/php", "/usr/share/pear"]);
    }
}

#[test]
fn an_interpreter_is_asked_and_its_answer_is_judged() {
    if crate::platform::effective_user() != UserId(0) {
        eprintln!("SKIPPED: only root can become another user");
        return;
    }
    let usual = ["/usr/bin/perl", "/usr/local/bin/perl", "/usr/pkg/bin/perl"].map(Path::new);
    let Some(perl) = usual.into_iter().find(|perl| perl.exists()) else {
        eprintln!("SKIPPED: perl is not installed");
        return;
    };
    // Asked without the check for threads, of which the test harness has some.
    let program = CString::new(perl.as_os_str().as_bytes()).unwrap();
    let (user, group) = NO_ACCOUNT;
    let run = UnprivilegedCommand { program: &program, arguments: KINDS[0].question, user, group };
    let printed = run.run(SingleThread::assume(), PATIENCE).unwrap();
    assert_eq!(printed.end, AttemptEnd::Done);
    let answer = String::from_utf8_lossy(&printed.bytes).into_owned();
    let modules = judge_dirs((KINDS[0].paths)(&answer), &KINDS[0], &Judge::default());
    let has = |part: &str| modules.folders.iter().any(|(path, _)| path.join(part).exists());
    assert!(has("strict.pm") && has("POSIX.pm"), "{modules:?}");
}

/// An interpreter may print anything if others can change a file that it reads.
#[test]
fn a_lie_brings_nothing() {
    let lies = [
        "/",
        "/etc",
        "/etc/ssl",
        "/root",
        "/usr",
        "/usr/bin",
        "/proc/self",
        "/var/log",
        "perl",
        "",
    ];
    let lies: Vec<_> = lies.iter().map(PathBuf::from).collect();
    let modules = judge_dirs(lies, &KINDS[0], &Judge::default());
    assert!(modules.folders.is_empty(), "{modules:?}");
}

#[test]
fn a_directory_that_others_can_change_is_left_out_and_said() {
    if crate::platform::effective_user() != UserId(0) {
        return;
    }
    let folder = crate::trust::make_folder();
    let path = folder.path().join("perl5");
    fs::create_dir(&path).unwrap();
    let answer = || vec![path.clone(), path.clone()];
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(judge_dirs(answer(), &KINDS[0], &Judge::default()).folders.len(), 1);
    fs::set_permissions(&path, Permissions::from_mode(0o775)).unwrap();
    let modules = judge_dirs(answer(), &KINDS[0], &Judge::default());
    assert!(modules.folders.is_empty());
    let said = modules.remarks[0].to_string();
    assert!(said.contains("(mode 0775)") && said.contains("ChrootProvide /srv/"), "{said}");
    assert_eq!(modules.remarks.len(), 1);
}

proptest! {
    #[test]
    fn any_answer_is_read_without_harm(answer in "[a-z/:<> =\n.]{0,200}") {
        for kind in &KINDS {
            (kind.paths)(&answer);
        }
    }
}
