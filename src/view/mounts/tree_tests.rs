use super::*;
use proptest::prelude::*;

/// A directory tree in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fake {
    File(&'static str),
    Directory(Vec<(&'static str, Fake)>),
    Link(&'static str),
}

use Fake::{Directory, File, Link};

fn node(fake: Fake) -> ViewNode<Fake> {
    match fake {
        Link(target) => ViewNode::Link(target.into(), DEFAULT_OWNERSHIP),
        other => ViewNode::Mount(other),
    }
}

impl Source for Fake {
    fn is_directory(&self) -> bool {
        matches!(self, Directory(_))
    }

    fn split(&self) -> io::Result<ViewFolder<Self>> {
        let Directory(entries) = self else { return Err(io::ErrorKind::NotADirectory.into()) };
        let entry =
            |(name, fake): &(&str, Self)| (CString::new(*name).unwrap(), node(fake.clone()));
        let entries = entries.iter().map(entry).collect();
        Ok(ViewFolder { entries, is_split: true, ..ViewFolder::empty() })
    }
}

fn jail() -> ViewFolder<Fake> {
    let jail = Directory(vec![
        ("htdocs", Directory(vec![("index.html", File("page"))])),
        ("etc", Directory(vec![("hosts", File("jail's hosts"))])),
        ("lib", Link("usr/lib")),
        ("loop", Link("/loop/x")),
        ("usr", Directory(vec![("lib", Directory(vec![]))])),
        ("srv", Directory(vec![("other", File("jail's other"))])),
    ]);
    split_directory(&jail, PathBuf::new).unwrap()
}

fn at<'a>(folder: &'a ViewFolder<Fake>, path: &str) -> Option<&'a ViewNode<Fake>> {
    let (parent, last) = path.rsplit_once('/').unwrap();
    let mut folder = folder;
    for name in parent.split('/').filter(|name| !name.is_empty()) {
        match folder.entries.get(&CString::new(name).unwrap()) {
            Some(ViewNode::Folder(inner)) => folder = inner,
            _ => return None,
        }
    }
    folder.entries.get(&CString::new(last).unwrap())
}

fn place(view: &mut ViewFolder<Fake>, path: &str, what: &'static str) -> Result<(), PlaceError> {
    view.place_node(Path::new(path), ViewNode::Mount(File(what)), OnConflict::Keep)
}

#[test]
fn a_file_beside_the_jails_own_leaves_both() {
    let mut view = jail();
    place(&mut view, "/etc/resolv.conf", "dns").unwrap();
    assert_eq!(at(&view, "/etc/resolv.conf"), Some(&ViewNode::Mount(File("dns"))));
    assert_eq!(at(&view, "/etc/hosts"), Some(&ViewNode::Mount(File("jail's hosts"))));
    assert!(matches!(at(&view, "/htdocs"), Some(ViewNode::Mount(Directory(_)))), "left whole");
}

#[test]
fn the_jails_own_file_has_precedence_over_provided_ones() {
    let mut view = jail();
    assert!(matches!(place(&mut view, "/etc/hosts", "host's"), Err(PlaceError::Taken)));
    assert_eq!(at(&view, "/etc/hosts"), Some(&ViewNode::Mount(File("jail's hosts"))));
}

#[test]
fn the_jail_at_its_host_path_wins_over_the_jails_own() {
    let mut view = jail();
    let whole = ViewNode::Mount(File("the jail"));
    view.place_node(Path::new("/srv/www"), whole, OnConflict::Replace).unwrap();
    assert_eq!(at(&view, "/srv/www"), Some(&ViewNode::Mount(File("the jail"))));
    assert_eq!(at(&view, "/srv/other"), Some(&ViewNode::Mount(File("jail's other"))));
}

#[test]
fn links_in_the_path_are_followed_inside() {
    let mut view = jail();
    place(&mut view, "/lib/libc.so", "libc").unwrap();
    assert_eq!(at(&view, "/usr/lib/libc.so"), Some(&ViewNode::Mount(File("libc"))));
    assert!(matches!(at(&view, "/lib"), Some(ViewNode::Link(..))));
}

#[test]
fn a_loop_of_links_ends_as_taken() {
    assert!(matches!(place(&mut jail(), "/loop/y", "x"), Err(PlaceError::Taken)));
}

#[test]
fn a_folder_has_contents_if_something_is_placed_in_it() {
    let mut view = jail();
    place(&mut view, "/run/mysqld/socket", "socket").unwrap();
    for (path, expected) in [
        ("/run", true),
        ("/run/mysqld", true),
        ("/run/mysqld/socket", true),
        ("/run/other", false),
        ("/lib", false),
        ("/none", false),
    ] {
        assert_eq!(view.has_contents(Path::new(path)), expected, "{path}");
    }
    view.entries.insert(c"empty".to_owned(), ViewNode::Folder(ViewFolder::empty()));
    assert!(!view.has_contents(Path::new("/empty")));
}

#[test]
fn nothing_can_be_placed_below_a_file_or_at_the_root() {
    assert!(matches!(place(&mut jail(), "/etc/hosts/x", "x"), Err(PlaceError::Taken)));
    assert!(matches!(place(&mut jail(), "/", "x"), Err(PlaceError::Taken)));
    assert!(matches!(place(&mut jail(), "/../..", "x"), Err(PlaceError::Taken)));
}

#[test]
fn every_created_folder_is_visited_with_its_place() {
    let mut view = jail();
    place(&mut view, "/srv/www/x", "x").unwrap();
    let mut seen = vec![];
    view.visit_folders(Path::new("/"), &mut |place, folder| {
        seen.push((place.display().to_string(), folder.is_split));
    });
    let expected = [("/", true), ("/srv", true), ("/srv/www", false)];
    assert_eq!(seen, expected.map(|(place, one)| (place.to_owned(), one)));
}

proptest! {
    #[test]
    fn placed_nodes_are_there_and_nothing_of_the_jail_is_lost(
        paths in proptest::collection::vec("(/(etc|srv|new|htdocs)){1,3}/[a-c]", 1..8)
    ) {
        let mut view = jail();
        for path in &paths {
            let placed = place(&mut view, path, "provided");
            if placed.is_ok() {
                prop_assert_eq!(at(&view, path), Some(&ViewNode::Mount(File("provided"))));
            }
        }
        for own in ["/etc/hosts", "/srv/other", "/htdocs/index.html"] {
            prop_assert!(matches!(place(&mut view, own, "late"), Err(PlaceError::Taken)));
        }
    }
}
