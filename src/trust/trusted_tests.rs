use super::*;
use crate::config::Check;
use crate::jail::FoundJail;
use crate::path::JailPath;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use tempfile::TempDir;

/// A folder of root's, not below `/tmp`, which everybody may write to. None if this is not root.
fn folder() -> Option<TempDir> {
    if platform::effective_user() != platform::UserId(0) {
        eprintln!("SKIPPED: only root can have files that are root's alone");
        return None;
    }
    let folder = crate::trust::make_folder();
    Some(folder)
}

fn file(path: &Path) -> PathBuf {
    fs::write(path, "content").unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    path.to_owned()
}

/// Words of the message, and a change that brings it.
type Way = (&'static str, fn(&Path));

fn said(judged: Result<RootOwnedFile, DistrustReason>) -> String {
    judged.map_or_else(|cause| cause.to_string(), |_| "root's alone".into())
}

#[test]
fn a_file_of_roots_is_read() {
    let Some(folder) = folder() else { return };
    let path = file(&folder.path().join("file"));
    symlink("file", folder.path().join("link")).unwrap();
    for name in ["file", "link"] {
        let judged = || Judge::default().open_file(&folder.path().join(name)).unwrap();
        assert_eq!(judged().at(), path);
        assert_eq!(judged().read_contents(7).unwrap(), b"content");
        judged().read_contents(6).unwrap_err();
    }
}

#[test]
fn what_others_can_change_is_not_read_by_whatever_way() {
    let ways: [Way; 6] = [
        ("file\" belongs to uid 4242; chown root", |base| {
            chown(base.join("way/file"), Some(4242), None).unwrap();
        }),
        ("(mode 0664)", |base| {
            fs::set_permissions(base.join("way/file"), Permissions::from_mode(0o664)).unwrap();
        }),
        ("way\" belongs to uid 4242", |base| chown(base.join("way"), Some(4242), None).unwrap()),
        ("way\" can be written by everybody (mode 0777); chmod o-w", |base| {
            fs::set_permissions(base.join("way"), Permissions::from_mode(0o777)).unwrap();
        }),
        ("links\" belongs to uid 4242", |base| {
            chown(base.join("links"), Some(4242), None).unwrap()
        }),
        ("does not exist", |base| fs::remove_file(base.join("way/file")).unwrap()),
    ];
    for (words, change) in ways {
        let Some(folder) = folder() else { return };
        for name in ["way", "links"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            let mode = Permissions::from_mode(0o755);
            fs::set_permissions(folder.path().join(name), mode).unwrap();
        }
        file(&folder.path().join("way/file"));
        symlink("../way/file", folder.path().join("links/file")).unwrap();
        let through = folder.path().join("links/file");
        assert_eq!(said(Judge::default().open_file(&through)), "root's alone");
        change(folder.path());
        let said = said(Judge::default().open_file(&through));
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_waited_for() {
    let Some(folder) = folder() else { return };
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    for (path, words) in [
        (&*fifo, "a device, FIFO or socket"),
        (Path::new("/dev/zero"), "a device, FIFO or socket"),
        (folder.path(), "a directory"),
    ] {
        let said = said(Judge::default().open_file(path));
        assert!(said.contains(words), "{}: {said}", path.display());
    }
}

#[test]
fn nothing_in_the_jail_is_root_s_alone() {
    let Some(folder) = folder() else { return };
    let jail = folder.path().join("jail");
    fs::create_dir_all(jail.join("lib")).unwrap();
    file(&jail.join("lib/file"));
    symlink("jail/lib/file", folder.path().join("link")).unwrap();
    let path = JailPath::new(&jail).unwrap();
    let jail = FoundJail::find(&path).unwrap().check(Check::Warn).unwrap();
    let judge = Judge::outside(&jail);
    for path in ["jail/lib/file", "link"] {
        let said = said(judge.open_file(&folder.path().join(path)));
        assert!(said.contains("lies in the jail"), "{said}");
    }
    let folder = judge.open_folder(&folder.path().join("jail/lib")).unwrap_err();
    assert!(matches!(folder, DistrustReason::InJail(_)), "{folder:?}");
}

#[test]
fn a_folder_of_roots_is_listed_and_that_of_others_is_not() {
    let Some(folder) = folder() else { return };
    file(&folder.path().join("file"));
    let held = Judge::default().open_folder(folder.path()).unwrap();
    assert_eq!(held.list_entries(), [(c"file".to_owned(), FileKind::File)]);
    assert_eq!(held.at(), folder.path());
    chown(folder.path(), Some(4242), None).unwrap();
    Judge::default().open_folder(folder.path()).unwrap_err();
}
