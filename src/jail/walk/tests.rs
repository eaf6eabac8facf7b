use super::*;
use crate::jail::FoundJail;
use crate::path::{InsidePath, JailPath};
use std::os::unix::fs::{MetadataExt, symlink};

fn walked(path: impl AsRef<Path>) -> Result<FoundJail, String> {
    let path = JailPath::new(path.as_ref()).unwrap();
    FoundJail::find(&path).map_err(|fault| fault.to_string())
}

fn scene() -> tempfile::TempDir {
    let scene = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(scene.path().join("a/b")).unwrap();
    std::fs::write(scene.path().join("file"), "").unwrap();
    symlink("a", scene.path().join("relative")).unwrap();
    symlink(scene.path().join("a/b"), scene.path().join("absolute")).unwrap();
    symlink("../relative/b", scene.path().join("a/up")).unwrap();
    symlink("loop", scene.path().join("loop")).unwrap();
    symlink("/", scene.path().join("root")).unwrap();
    symlink("gone", scene.path().join("dangling")).unwrap();
    scene
}

#[test]
fn every_spelling_of_a_directory_leads_to_that_directory() {
    let scene = scene();
    let wanted = std::fs::metadata(scene.path().join("a/b")).unwrap();
    for spelling in ["a/b", "a//b/.", "a/../a/b", "relative/b", "absolute", "a/up", "a/b/../up"] {
        let jail = walked(scene.path().join(spelling)).unwrap();
        let held = std::fs::File::from(jail.entrance().try_clone_to_owned().unwrap());
        let held = held.metadata().unwrap();
        assert_eq!((held.dev(), held.ino()), (wanted.dev(), wanted.ino()), "{spelling}");
        assert!(jail.at().ends_with("a/b"), "{spelling}: {}", jail.at().display());
    }
}

#[test]
fn a_walk_within_a_directory_never_leaves_it() {
    let scene = scene();
    let jail = walked(scene.path()).unwrap();
    let at = |path: &str| {
        walk_inside(jail.entrance(), InsidePath::as_written(Path::new(path))).map(|found| found.at)
    };
    assert_eq!(at("/../../a/b").unwrap(), Path::new("/a/b"));
    assert_eq!(at("/root/a").unwrap(), Path::new("/a"), "its own root");
    assert_eq!(at("/a/up/../../file").unwrap(), Path::new("/file"));
    assert!(matches!(at("/absolute"), Err(WalkFault::Missing(_))), "a host path");
    assert!(matches!(at("/file/x"), Err(WalkFault::NotDirectory(..))));
}

#[test]
fn the_links_on_the_way_are_told() {
    let scene = scene();
    let found = on_host(&scene.path().join("a/up")).unwrap();
    let links: Vec<_> = found.links.iter().map(|link| link.target.clone()).collect();
    assert_eq!(links, [b"../relative/b".to_vec(), b"a".to_vec()]);
    assert!(found.links[1].at.ends_with("relative"));
}

#[test]
fn walks_in_a_series_find_the_same_as_single_ones() {
    let scene = scene();
    std::fs::write(scene.path().join("a/b/x"), "").unwrap();
    let result = |walked: Result<(OpenedPath, Vec<PassedDir>), WalkFault>| {
        let (found, passed) = walked.map_err(|fault| format!("{fault:?}"))?;
        let passed: Vec<_> = passed.into_iter().map(|passed| (passed.at, passed.facts)).collect();
        Ok::<_, String>((found.at, found.facts, found.links, found.is_root, passed))
    };
    let mut series = WalkSeries::default();
    for spelling in [
        "a/b/x",
        "a/b/missing",
        "a/b/x",
        "a/b",
        "a",
        "a/up",
        "a/b/x",
        "relative/b",
        "absolute/x",
        "a/../a/b/x",
        "a/b/..",
        "a/b/x",
        "file/x",
        "file",
        "root/usr",
        "dangling",
        "loop",
        ".",
    ] {
        let path = scene.path().join(spelling);
        assert_eq!(result(series.walk(&path)), result(walk_with_passed_dirs(&path)), "{spelling}");
    }
    assert_eq!(result(series.walk(Path::new("/"))), result(walk_with_passed_dirs(Path::new("/"))));
}

#[test]
fn a_series_of_walks_opens_a_common_directory_once() {
    let scene = scene();
    std::fs::write(scene.path().join("a/b/x"), "of the first").unwrap();
    let mut series = WalkSeries::default();
    let (first, _) = series.walk(&scene.path().join("a/b/x")).unwrap();
    std::fs::rename(scene.path().join("a/b"), scene.path().join("a/gone")).unwrap();
    let (again, _) = series.walk(&scene.path().join("a/b/x")).unwrap();
    assert_eq!(again.facts, first.facts, "what was walked first is held");
}

#[test]
fn the_root_is_no_jail_in_any_spelling() {
    let scene = scene();
    let link = scene.path().join("root");
    for spelling in ["/", "//", "/.", "/..", "/../..", "/usr/..", "/./usr/../."] {
        assert!(walked(spelling).unwrap_err().starts_with("CHR201"), "{spelling}");
    }
    assert!(walked(link).unwrap_err().starts_with("CHR201"));
}

#[test]
fn what_is_no_directory_is_refused_by_its_name() {
    let scene = scene();
    for (path, id) in [
        ("nothing", "CHR202"),
        ("a/nothing/b", "CHR202"),
        ("dangling", "CHR202"),
        ("file", "CHR203"),
        ("file/b", "CHR203"),
        ("loop", "CHR205"),
    ] {
        let said = walked(scene.path().join(path)).unwrap_err();
        assert!(said.starts_with(id), "{path}: {said}");
    }
    assert!(walked("/dev/null").unwrap_err().contains("is not a directory but a device"));
}
