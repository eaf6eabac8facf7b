use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// A look at paths in a folder of its own, all of which are local.
fn look(folder: &Path, names: &[&str], contents: bool) -> HostLook {
    let paths = names.iter().map(|name| (folder.join(name), contents)).collect();
    let mut look = HostLook::new(paths, !contents);
    let mut local = Vec::new();
    look.survey(&BTreeSet::new(), true, &mut |step| local.extend(step.local()));
    look.set_local(local.into_iter(), MountTable::read().of_host);
    look
}

#[test]
fn a_look_at_unchanged_paths_has_the_same_result() {
    let scene = tempfile::tempdir().unwrap();
    fs::create_dir(scene.path().join("run")).unwrap();
    fs::write(scene.path().join("run/data"), "x").unwrap();
    let look = look(scene.path(), &["run/data", "run", "missing/data"], false);
    let first = look.fingerprint(MountTable::read());
    fs::write(scene.path().join("run/other"), "beside").unwrap();
    fs::write(scene.path().join("run/data"), "other contents").unwrap();
    assert_eq!(look.fingerprint(MountTable::read()), first);
}

#[test]
fn each_change_of_a_path_is_seen() {
    let scene = tempfile::tempdir().unwrap();
    let at = |name: &str| scene.path().join(name);
    fs::create_dir(at("run")).unwrap();
    fs::write(at("run/data"), "x").unwrap();
    symlink("run", at("link")).unwrap();
    let look = look(scene.path(), &["run/data", "run/late/socket", "link/data"], false);
    let changes: [&dyn Fn(); 7] = [
        &|| {
            fs::write(at("run/new"), "y").unwrap();
            fs::rename(at("run/new"), at("run/data")).unwrap();
        },
        &|| fs::create_dir(at("run/late")).unwrap(),
        &|| fs::write(at("run/late/socket"), "").unwrap(),
        &|| fs::set_permissions(at("run"), fs::Permissions::from_mode(0o711)).unwrap(),
        &|| {
            fs::rename(at("link"), at("earlier")).unwrap();
            symlink("./run", at("link")).unwrap();
        },
        &|| fs::rename(at("run"), at("gone")).unwrap(),
        &|| fs::rename(at("gone"), at("run")).unwrap(),
    ];
    let mut before = look.fingerprint(MountTable::read());
    for (number, change) in changes.iter().enumerate() {
        change();
        let now = look.fingerprint(MountTable::read());
        assert_ne!(now, before, "change {number}");
        before = now;
    }
}

/// Somebody mounts another file system on a folder between the question whether it is local and the opening.
#[test]
fn a_folder_that_was_exchanged_before_it_is_opened_is_not_entered() {
    let scene = tempfile::tempdir().unwrap();
    let at = |name: &str| scene.path().join(name);
    fs::create_dir_all(at("run/inner")).unwrap();
    fs::create_dir_all(at("other/inner")).unwrap();
    let mut entered = Vec::new();
    let mut walk = PathWalk::new(|_: BorrowedFd<'_>, name: &CStr, _: u64, _| {
        entered.push(name.to_owned());
        if name == c"run" {
            fs::rename(at("run"), at("earlier")).unwrap();
            fs::rename(at("other"), at("run")).unwrap();
        }
        true
    });
    walk.follow(&at("run/inner/data"), false);
    drop(walk);
    assert_eq!(entered.last().map(|name| &**name), Some(c"run"));
}

#[test]
fn contents_count_where_they_are_copied() {
    let scene = tempfile::tempdir().unwrap();
    fs::write(scene.path().join("data"), "x").unwrap();
    let look = look(scene.path(), &["data"], true);
    let first = look.fingerprint(MountTable::read());
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(scene.path().join("data"), "y").unwrap();
    assert_ne!(look.fingerprint(MountTable::read()), first);
}

#[test]
fn no_name_is_looked_up_in_a_file_system_that_is_not_known_to_be_local() {
    let scene = tempfile::tempdir().unwrap();
    let look = HostLook::new(vec![(scene.path().join("data"), false)], true);
    let first = look.fingerprint(MountTable::read());
    fs::write(scene.path().join("data"), "x").unwrap();
    assert_eq!(look.fingerprint(MountTable::read()), first);
}

#[test]
fn a_path_on_a_file_system_that_is_not_known_is_silent() {
    let scene = tempfile::tempdir().unwrap();
    fs::write(scene.path().join("data"), "x").unwrap();
    symlink("/proc/self/status", scene.path().join("away")).unwrap();
    let look = look(scene.path(), &["data", "away", "missing"], false);
    // No process survives the file system of processes as a local one: it is a program's answer.
    let silent = look.find_silent();
    assert!(!silent.contains(&scene.path().join("data")), "{silent:?}");
    assert!(!silent.contains(&scene.path().join("missing")), "{silent:?}");
    let unknown = HostLook::new(vec![(scene.path().join("data"), false)], true);
    assert_eq!(unknown.find_silent().len(), 1);
}

#[test]
fn a_file_system_that_is_known_to_be_silent_is_not_asked() {
    let scene = tempfile::tempdir().unwrap();
    let look = HostLook::new(vec![(scene.path().join("data"), false)], true);
    let mut steps = Vec::new();
    look.survey(&BTreeSet::new(), true, &mut |step| steps.push(step));
    let asked: BTreeSet<u64> = steps.iter().filter_map(|step| step.local()).collect();
    assert!(!asked.is_empty());
    look.survey(&asked, true, &mut |step| panic!("{step:?}"));
}
