//! Files and directories, by descriptor and name.

use crate::platform;
use crate::platform::{
    FileKind, GroupId, InodeKind, MadeDevice, MadeDirectory, MadeFile, Names, OpenDirectory,
    Ownership, Support, UserId,
};
use crate::scene::{Played, Scene, as_anyone, as_root, at, check, holds, in_copy};
use crate::workplace::{GROUP, USER, Workplace, set_mode, to_c};
use std::fs;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

pub(crate) const SCENES: &[Scene] = &[
    as_anyone("every_name_of_a_large_directory_is_read_again_and_again", reads_names),
    as_anyone("a_symbolic_link_is_not_followed_and_its_error_is_known", refuses_links),
    as_anyone("a_fifo_is_held_without_waiting", holds_fifo),
    as_root("files_get_owner_and_mode_by_their_descriptor", makes_files),
    as_root("a_device_is_made_as_the_one_that_it_is_like", makes_device),
    as_root("a_directory_that_may_only_be_searched_is_walked_by_root", walks_searchable),
    as_anyone("file_systems_and_their_mounts_are_described", describes_mounts),
    as_anyone("a_plain_directory_has_no_writers_by_list", reads_lists),
    as_anyone("a_file_has_no_capabilities_of_its_own", reads_capabilities),
];

/// Plays in this process, with an open directory that is removed afterwards.
fn with_directory(act: impl FnOnce(&Path, OwnedFd) -> Result<String, String>) -> Played {
    let place = match Workplace::make() {
        Ok(place) => place,
        Err(error) => return Played::Fails(error),
    };
    let opened = platform::open_directory(&to_c(place.path())).map_err(at("the directory"));
    let played = holds(opened.and_then(|directory| act(place.path(), directory)));
    place.remove();
    played
}

fn reads_names() -> Played {
    with_directory(|path, directory| {
        const MANY: usize = 3000;
        for number in 0..MANY {
            fs::write(path.join(format!("{number:0100}")), "").map_err(at("a file"))?;
        }
        let open = OpenDirectory::open_at(directory.as_fd(), c".").map_err(at("opendir"))?;
        let (mut names, mut count) = (Names::default(), 0);
        loop {
            names.clear();
            let more = open.read_names(&mut names, 100).map_err(at("readdir"))?;
            count += names.iter().count();
            if !more {
                break;
            }
        }
        check(count == MANY, || format!("{count} names"))?;
        for _ in 0..2 {
            let again = platform::list_names(directory.as_fd()).map_err(at("readdir"))?.len();
            check(again == MANY, || format!("{again} names by the same descriptor"))?;
        }
        Ok(format!("{MANY} names, three times"))
    })
}

fn refuses_links() -> Played {
    with_directory(|path, directory| {
        symlink("/", path.join("link")).map_err(at("a link"))?;
        let directory = directory.as_fd();
        let error =
            |found: std::io::Result<OwnedFd>| found.err().and_then(|error| error.raw_os_error());
        let as_directory = error(platform::open_directory_at(directory, c"link"));
        let known = [Some(libc::ELOOP), Some(libc::ENOTDIR)];
        check(known.contains(&as_directory), || format!("as a directory: {as_directory:?}"))?;
        let as_file = error(platform::open_file_at(directory, c"link"));
        check(as_file == Some(libc::ELOOP), || format!("as a file: {as_file:?}"))?;
        let facts = platform::read_facts_at(directory, c"link").map_err(at("fstatat"))?;
        check(facts.kind == FileKind::Link, || format!("{facts:?}"))?;
        let target = platform::read_link_at(directory, c"link").map_err(at("readlinkat"))?;
        check(target == b"/", || format!("{target:?}"))?;
        Ok(format!("errno {as_directory:?} as a directory"))
    })
}

fn holds_fifo() -> Played {
    with_directory(|path, directory| {
        let made = Command::new("mkfifo").arg(path.join("fifo")).status().map_err(at("mkfifo"))?;
        check(made.success(), || "mkfifo failed".into())?;
        let held = platform::open_handle_at(directory.as_fd(), c"fifo").map_err(at("open"))?;
        let kind = platform::read_inode(held.as_fd()).map_err(at("fstat"))?.sort;
        check(kind == InodeKind::Other, || format!("{kind:?}"))?;
        Ok("nobody writes to it".into())
    })
}

fn makes_files() -> Played {
    with_directory(|_, directory| {
        let at_directory = directory.as_fd();
        let owner = Ownership { mode: 0o4751, user: USER, group: GroupId(33) };
        let file = MadeFile::create_at(at_directory, c"file").map_err(at("a file"))?;
        file.set_ownership(owner).map_err(at("its owner"))?;
        let inner = MadeDirectory::create_at(at_directory, c"folder").map_err(at("a folder"))?;
        inner.set_ownership(Ownership { mode: 0o755, ..owner }).map_err(at("its owner"))?;
        platform::make_link_at(at_directory, c"link", c"/x/y").map_err(at("a link"))?;
        let facts = platform::read_facts_at(at_directory, c"file").map_err(at("fstatat"))?;
        let is = (facts.mode, facts.owner, facts.group);
        check(is == (0o4751, USER, GroupId(33)), || format!("{facts:?}"))?;
        let twice =
            MadeFile::create_at(at_directory, c"file").err().and_then(|it| it.raw_os_error());
        check(twice == Some(libc::EEXIST), || format!("made twice: {twice:?}"))?;
        platform::rename_file_at(at_directory, c"file", c"link").map_err(at("rename"))?;
        platform::remove_file_at(at_directory, c"link").map_err(at("unlink"))?;
        platform::remove_directory_at(at_directory, c"folder").map_err(at("rmdir"))?;
        Ok("a file, a folder, a link; renamed and removed".into())
    })
}

/// In a container without the right to make devices, the module reports that as well.
fn makes_device() -> Played {
    with_directory(|_, directory| {
        let null = platform::open_dev_null().map_err(at("/dev/null"))?;
        match MadeDevice::create_at(directory.as_fd(), c"null", null.as_fd()) {
            Ok(made) => {
                made.set_mode(0o666).map_err(at("its mode"))?;
                let number = |file| platform::read_inode(file).map(|inode| inode.device);
                let is = (
                    number(made.as_fd()).map_err(at("fstat"))?,
                    number(null.as_fd()).map_err(at("fstat"))?,
                );
                check(is.0 == is.1, || format!("{is:?}"))?;
                Ok("made".into())
            }
            Err(error) => Ok(format!("refused: {error}")),
        }
    })
}

/// NetBSD and Darwin need the right to read for that, which root has.
fn walks_searchable() -> Played {
    let place = match Workplace::make() {
        Ok(place) => place,
        Err(error) => return Played::Fails(error),
    };
    let path = place.path().to_owned();
    let played = in_copy(|| {
        fs::create_dir_all(path.join("shut/inner")).map_err(at("mkdir"))?;
        set_mode(&path.join("shut"), 0o711)?;
        let name = to_c(path.join("shut"));
        platform::open_directory(&name).map_err(at("root"))?;
        platform::set_groups(GROUP, &[GROUP]).map_err(|refused| format!("{refused:?}"))?;
        platform::set_user(USER).map_err(|refused| format!("{refused:?}"))?;
        match platform::open_directory(&name) {
            Ok(_) => Ok("by an ordinary user, too".into()),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Ok(format!("not by an ordinary user ({error})"))
            }
            Err(error) => Err(error.to_string()),
        }
    });
    place.remove();
    played
}

fn describes_mounts() -> Played {
    with_directory(|_, directory| {
        let root = platform::open_root().map_err(at("/"))?;
        let dev = platform::open_directory(c"/dev").map_err(at("/dev"))?;
        let mut found = Vec::new();
        for (name, directory) in [("/", root), ("/dev", dev), ("here", directory)] {
            let kind = platform::read_file_system(directory.as_fd()).map_err(at(name))?;
            let flags = platform::read_mount_flags(directory.as_fd()).map_err(at(name))?;
            let read_only = if flags.read_only { ", read-only" } else { "" };
            check(!kind.is_empty(), || format!("{name} has no type"))?;
            found.push(format!("{name} {kind}{read_only}"));
        }
        Ok(found.join("; "))
    })
}

fn reads_lists() -> Played {
    with_directory(|_, directory| match platform::read_acl_writers(directory.as_fd()) {
        Ok(Support::Available(writers)) if writers.is_empty() => Ok("no entries".into()),
        Ok(Support::Unsupported) => Ok("the system has no lists".into()),
        Ok(Support::Available(writers)) => Err(format!("{writers:?}")),
        Err(error) => Err(error.to_string()),
    })
}

fn reads_capabilities() -> Played {
    with_directory(|path, directory| {
        fs::write(path.join("file"), "").map_err(at("a file"))?;
        match platform::has_file_capabilities(directory.as_fd(), c"file").map_err(at("asked"))? {
            Support::Available(false) => Ok("none".into()),
            Support::Unsupported => Ok("the system cannot be asked".into()),
            Support::Available(true) => Err("it has".into()),
        }
    })
}
