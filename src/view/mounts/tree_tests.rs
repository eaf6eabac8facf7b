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
        Link(target) => ViewNode::Link(target.into(), PLAIN),
        other => ViewNode::Mount(other),
    }
}

impl Source for Fake {
    fn is_directory(&self) -> bool {
        matches!(self, Directory(_))
    }

    fn take_apart(&self) -> io::Result<ViewFolder<Self>> {
        let Directory(entries) = self else { return Err(io::ErrorKind::NotADirectory.into()) };
        let entry =
            |(name, fake): &(&str, Self)| (CString::new(*name).unwrap(), node(fake.clone()));
        let entries = entries.iter().map(entry).collect();
        Ok(ViewFolder { entries, stands_for_one: true, ..ViewFolder::empty() })
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
    apart(&jail, PathBuf::new).unwrap()
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

fn lay(view: &mut ViewFolder<Fake>, path: &str, what: &'static str) -> Result<(), PlaceError> {
    view.lay(Path::new(path), ViewNode::Mount(File(what)), OnConflict::Keep)
}

#[test]
fn a_file_beside_the_jails_own_leaves_both() {
    let mut view = jail();
    lay(&mut view, "/etc/resolv.conf", "dns").unwrap();
    assert_eq!(at(&view, "/etc/resolv.conf"), Some(&ViewNode::Mount(File("dns"))));
    assert_eq!(at(&view, "/etc/hosts"), Some(&ViewNode::Mount(File("jail's hosts"))));
    assert!(matches!(at(&view, "/htdocs"), Some(ViewNode::Mount(Directory(_)))), "left whole");
}

#[test]
fn the_jails_own_file_wins_over_what_is_provided() {
    let mut view = jail();
    assert!(matches!(lay(&mut view, "/etc/hosts", "host's"), Err(PlaceError::Taken)));
    assert_eq!(at(&view, "/etc/hosts"), Some(&ViewNode::Mount(File("jail's hosts"))));
}

#[test]
fn the_jail_at_its_host_path_wins_over_the_jails_own() {
    let mut view = jail();
    let whole = ViewNode::Mount(File("the jail"));
    view.lay(Path::new("/srv/www"), whole, OnConflict::Replace).unwrap();
    assert_eq!(at(&view, "/srv/www"), Some(&ViewNode::Mount(File("the jail"))));
    assert_eq!(at(&view, "/srv/other"), Some(&ViewNode::Mount(File("jail's other"))));
}

#[test]
fn links_on_the_way_lead_where_they_lead_inside() {
    let mut view = jail();
    lay(&mut view, "/lib/libc.so", "libc").unwrap();
    assert_eq!(at(&view, "/usr/lib/libc.so"), Some(&ViewNode::Mount(File("libc"))));
    assert!(matches!(at(&view, "/lib"), Some(ViewNode::Link(..))));
}

#[test]
fn a_loop_of_links_ends_as_taken() {
    assert!(matches!(lay(&mut jail(), "/loop/y", "x"), Err(PlaceError::Taken)));
}

#[test]
fn nothing_can_be_laid_below_a_file_or_at_the_root() {
    assert!(matches!(lay(&mut jail(), "/etc/hosts/x", "x"), Err(PlaceError::Taken)));
    assert!(matches!(lay(&mut jail(), "/", "x"), Err(PlaceError::Taken)));
    assert!(matches!(lay(&mut jail(), "/../..", "x"), Err(PlaceError::Taken)));
}

#[test]
fn every_folder_that_was_made_is_visited_with_its_place() {
    let mut view = jail();
    lay(&mut view, "/srv/www/x", "x").unwrap();
    let mut seen = vec![];
    view.each_folder(Path::new("/"), &mut |place, folder| {
        seen.push((place.display().to_string(), folder.stands_for_one));
    });
    let wanted = [("/", true), ("/srv", true), ("/srv/www", false)];
    assert_eq!(seen, wanted.map(|(place, one)| (place.to_owned(), one)));
}

proptest! {
    #[test]
    fn what_was_laid_is_there_and_nothing_of_the_jail_is_lost(
        paths in proptest::collection::vec("(/(etc|srv|new|htdocs)){1,3}/[a-c]", 1..8)
    ) {
        let mut view = jail();
        for path in &paths {
            let laid = lay(&mut view, path, "provided");
            if laid.is_ok() {
                prop_assert_eq!(at(&view, path), Some(&ViewNode::Mount(File("provided"))));
            }
        }
        for own in ["/etc/hosts", "/srv/other", "/htdocs/index.html"] {
            prop_assert!(matches!(lay(&mut view, own, "late"), Err(PlaceError::Taken)));
        }
    }
}
