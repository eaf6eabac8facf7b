#![forbid(unsafe_code)]
//! What lies where in the view, before anything is mounted. Pure, but for asking a directory what
//! is in it when another thing has to lie beside that.

use crate::path::{Component, components, joined};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::CString;
use std::io;
use std::path::{Path, PathBuf};

/// Something that can be mounted. Two of them never share a place, but a directory can be taken
/// apart into what is in it.
pub(super) trait Source: Sized {
    /// True for a directory.
    fn is_directory(&self) -> bool;

    /// What is in the directory, each entry as a node of its own.
    ///
    /// # Errors
    /// The directory cannot be read.
    fn take_apart(&self) -> io::Result<Folder<Self>>;
}

/// Owner and mode of a folder or link that stands for one of the file system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manners {
    /// Permission bits.
    pub mode: u32,
    /// Owning user.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
}

/// For folders that stand for nothing but the way to something.
pub(super) const PLAIN: Manners = Manners { mode: 0o755, uid: 0, gid: 0 };

/// What lies at one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node<S> {
    /// A directory made for the view.
    Folder(Folder<S>),
    /// A mount.
    Mount(S),
    /// A symbolic link, with its owner, whom `SymLinksIfOwnerMatch` asks for.
    Link(Vec<u8>, Manners),
    /// A private, writable tmpfs.
    Scratch,
}

/// A directory made for the view.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folder<S> {
    /// What is in it.
    pub entries: BTreeMap<CString, Node<S>>,
    /// Its owner and mode.
    pub manners: Manners,
}

/// Why something cannot lie where it should.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The jail has something of its own there.
    Taken,
    /// What is there cannot be looked into.
    Unreadable(PathBuf, io::Error),
}

/// Whether what is there already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// The newcomer wins.
    Mine,
    /// What is there wins.
    Theirs,
}

/// What a folder that is not there counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It is made.
    IsMade,
    /// Nothing can be found in it.
    IsTaken,
}

/// As many symbolic links as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl<S: Source> Folder<S> {
    /// One with nothing in it.
    pub(super) fn empty() -> Self {
        Self { entries: BTreeMap::new(), manners: PLAIN }
    }

    /// Lays `node` at `path`, making folders on the way and taking directories apart that lie in
    /// it. Symbolic links on the way are followed as the kernel will follow them: inside.
    ///
    /// # Errors
    /// The place is taken, or a directory on the way cannot be read.
    pub(super) fn lay(
        &mut self,
        path: &Path,
        node: Node<S>,
        precedence: Precedence,
    ) -> Result<(), Obstacle> {
        let mut names = self.real_place(path)?;
        let Some(last) = names.pop() else { return Err(Obstacle::Taken) };
        let folder = self.descend(&names, Missing::IsMade)?;
        let taken = folder.entries.contains_key(&last);
        if taken && precedence == Precedence::Theirs {
            return Err(Obstacle::Taken);
        }
        folder.entries.insert(last, node);
        Ok(())
    }

    /// `path` with every symbolic link before its last name resolved.
    fn real_place(&mut self, path: &Path) -> Result<Vec<CString>, Obstacle> {
        let mut ahead: VecDeque<_> = components(path.as_os_str().as_encoded_bytes()).into();
        let mut names: Vec<CString> = Vec::new();
        let mut links = 0;
        while let Some(component) = ahead.pop_front() {
            let Component::Name(name) = component else {
                names.pop();
                continue;
            };
            let target = if ahead.is_empty() { None } else { self.link_at(&names, &name)? };
            let Some(target) = target else {
                names.push(name);
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(Obstacle::Taken);
            }
            if target.first() == Some(&b'/') {
                names.clear();
            }
            for component in components(&target).into_iter().rev() {
                ahead.push_front(component);
            }
        }
        Ok(names)
    }

    fn link_at(&mut self, names: &[CString], name: &CString) -> Result<Option<Vec<u8>>, Obstacle> {
        match self.descend(names, Missing::IsTaken) {
            Ok(folder) => match folder.entries.get(name) {
                Some(Node::Link(target, _)) => Ok(Some(target.clone())),
                _ => Ok(None),
            },
            Err(Obstacle::Taken) => Ok(None),
            Err(unreadable) => Err(unreadable),
        }
    }

    /// The folder at `names`; a directory on the way is taken apart.
    fn descend(&mut self, names: &[CString], missing: Missing) -> Result<&mut Self, Obstacle> {
        let mut folder = self;
        for (depth, name) in names.iter().enumerate() {
            if missing == Missing::IsTaken && !folder.entries.contains_key(name) {
                return Err(Obstacle::Taken);
            }
            let node =
                folder.entries.entry(name.clone()).or_insert_with(|| Node::Folder(Self::empty()));
            if let Node::Mount(source) = node {
                *node = Node::Folder(apart(source, || joined(&names[..=depth]))?);
            }
            folder = match node {
                Node::Folder(inner) => inner,
                _ => return Err(Obstacle::Taken),
            };
        }
        Ok(folder)
    }

    /// Gives the folder at `path`, if there is one made for the view, the manners of what it stands
    /// for.
    pub(super) fn behave(&mut self, path: &Path, manners: Manners) {
        let mut folder = self;
        for component in components(path.as_os_str().as_encoded_bytes()) {
            let Component::Name(name) = component else { return };
            folder = match folder.entries.get_mut(&name) {
                Some(Node::Folder(inner)) => inner,
                _ => return,
            };
        }
        folder.manners = manners;
    }

    /// How many mounts there are.
    pub(super) fn mounts(&self) -> usize {
        self.entries
            .values()
            .map(|node| match node {
                Node::Folder(folder) => folder.mounts(),
                Node::Mount(_) | Node::Scratch => 1,
                Node::Link(..) => 0,
            })
            .sum()
    }
}

/// What lies in a directory, as a folder.
///
/// # Errors
/// It is none, or cannot be read.
pub(super) fn apart<S: Source>(
    source: &S,
    path: impl FnOnce() -> PathBuf,
) -> Result<Folder<S>, Obstacle> {
    if !source.is_directory() {
        return Err(Obstacle::Taken);
    }
    source.take_apart().map_err(|error| Obstacle::Unreadable(path(), error))
}

#[cfg(test)]
mod tests {
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

    fn node(fake: Fake) -> Node<Fake> {
        match fake {
            Link(target) => Node::Link(target.into(), PLAIN),
            other => Node::Mount(other),
        }
    }

    impl Source for Fake {
        fn is_directory(&self) -> bool {
            matches!(self, Directory(_))
        }

        fn take_apart(&self) -> io::Result<Folder<Self>> {
            let Directory(entries) = self else { return Err(io::ErrorKind::NotADirectory.into()) };
            let entry =
                |(name, fake): &(&str, Self)| (CString::new(*name).unwrap(), node(fake.clone()));
            Ok(Folder { entries: entries.iter().map(entry).collect(), manners: PLAIN })
        }
    }

    fn jail() -> Folder<Fake> {
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

    fn at<'a>(folder: &'a Folder<Fake>, path: &str) -> Option<&'a Node<Fake>> {
        let (parent, last) = path.rsplit_once('/').unwrap();
        let mut folder = folder;
        for name in parent.split('/').filter(|name| !name.is_empty()) {
            match folder.entries.get(&CString::new(name).unwrap()) {
                Some(Node::Folder(inner)) => folder = inner,
                _ => return None,
            }
        }
        folder.entries.get(&CString::new(last).unwrap())
    }

    fn lay(view: &mut Folder<Fake>, path: &str, what: &'static str) -> Result<(), Obstacle> {
        view.lay(Path::new(path), Node::Mount(File(what)), Precedence::Theirs)
    }

    #[test]
    fn a_file_beside_the_jails_own_leaves_both() {
        let mut view = jail();
        lay(&mut view, "/etc/resolv.conf", "dns").unwrap();
        assert_eq!(at(&view, "/etc/resolv.conf"), Some(&Node::Mount(File("dns"))));
        assert_eq!(at(&view, "/etc/hosts"), Some(&Node::Mount(File("jail's hosts"))));
        assert!(matches!(at(&view, "/htdocs"), Some(Node::Mount(Directory(_)))), "left whole");
    }

    #[test]
    fn the_jails_own_file_wins_over_what_is_provided() {
        let mut view = jail();
        assert!(matches!(lay(&mut view, "/etc/hosts", "host's"), Err(Obstacle::Taken)));
        assert_eq!(at(&view, "/etc/hosts"), Some(&Node::Mount(File("jail's hosts"))));
    }

    #[test]
    fn the_jail_at_its_host_path_wins_over_the_jails_own() {
        let mut view = jail();
        let whole = Node::Mount(File("the jail"));
        view.lay(Path::new("/srv/www"), whole, Precedence::Mine).unwrap();
        assert_eq!(at(&view, "/srv/www"), Some(&Node::Mount(File("the jail"))));
        assert_eq!(at(&view, "/srv/other"), Some(&Node::Mount(File("jail's other"))));
    }

    #[test]
    fn links_on_the_way_lead_where_they_lead_inside() {
        let mut view = jail();
        lay(&mut view, "/lib/libc.so", "libc").unwrap();
        assert_eq!(at(&view, "/usr/lib/libc.so"), Some(&Node::Mount(File("libc"))));
        assert!(matches!(at(&view, "/lib"), Some(Node::Link(..))));
    }

    #[test]
    fn a_loop_of_links_ends_as_taken() {
        assert!(matches!(lay(&mut jail(), "/loop/y", "x"), Err(Obstacle::Taken)));
    }

    #[test]
    fn nothing_can_be_laid_below_a_file_or_at_the_root() {
        assert!(matches!(lay(&mut jail(), "/etc/hosts/x", "x"), Err(Obstacle::Taken)));
        assert!(matches!(lay(&mut jail(), "/", "x"), Err(Obstacle::Taken)));
        assert!(matches!(lay(&mut jail(), "/../..", "x"), Err(Obstacle::Taken)));
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
                    prop_assert_eq!(at(&view, path), Some(&Node::Mount(File("provided"))));
                }
            }
            for own in ["/etc/hosts", "/srv/other", "/htdocs/index.html"] {
                prop_assert!(matches!(lay(&mut view, own, "late"), Err(Obstacle::Taken)));
            }
        }
    }
}
