//! Open descriptors: the list is complete, and each kind is known.

use crate::platform;
use crate::platform::{DescriptorKind, Support};
use crate::scene::{Played, Scene, as_anyone, as_root, at, check, in_copy};
use crate::workplace::{Workplace, to_c};
use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

pub(crate) const SCENES: &[Scene] = &[
    as_anyone("every_open_descriptor_is_listed", list_is_complete),
    as_anyone("a_directory_leads_out_and_what_servers_use_does_not", kinds_are_known),
    as_anyone("a_number_that_is_not_open_is_closed", closed_is_closed),
    as_root("a_directory_that_is_open_inside_is_found_by_the_kernels_list", leading_is_found),
];

/// Descriptors of the kinds that servers have.
fn open_usual() -> Result<Vec<(&'static str, OwnedFd)>, String> {
    let (one, other) = UnixStream::pair().map_err(at("socketpair"))?;
    let (read, write) = nix::unistd::pipe().map_err(at("pipe"))?;
    let null = platform::open_dev_null().map_err(at("/dev/null"))?;
    let random = File::open("/dev/urandom").map_err(at("/dev/urandom"))?;
    Ok(vec![
        ("a Unix socket", one.into()),
        ("its other end", other.into()),
        ("a listener", TcpListener::bind("127.0.0.1:0").map_err(at("bind"))?.into()),
        ("a datagram socket", UdpSocket::bind("127.0.0.1:0").map_err(at("bind"))?.into()),
        ("a pipe, to read", read),
        ("a pipe, to write", write),
        ("/dev/null", null),
        ("/dev/urandom", random.into()),
        ("a regular file", tempfile::tempfile().map_err(at("a file"))?.into()),
    ])
}

fn list_is_complete() -> Played {
    in_copy(|| {
        let kept = open_usual()?;
        let directory = platform::open_root().map_err(at("/"))?;
        let listed = platform::list_descriptors(directory.as_fd());
        let mut listed = listed.map_err(|error| format!("the list: {error:?}"))?;
        listed.sort_unstable();
        let open: Vec<RawFd> = (0..4096).filter(|&fd| platform::is_open(fd)).collect();
        check(listed == open, || format!("listed {listed:?}, open {open:?}"))?;
        check(open.len() > kept.len(), || format!("only {open:?} are open"))?;
        Ok(format!("{} descriptors, as fcntl finds them one by one", open.len()))
    })
}

fn kinds_are_known() -> Played {
    in_copy(|| {
        for (name, file) in open_usual()? {
            let kind = platform::inspect_descriptor(file.as_raw_fd()).map_err(at(name))?;
            check(kind == DescriptorKind::Harmless, || format!("{name}: {kind:?}"))?;
        }
        let walked = platform::open_root().map_err(at("/"))?;
        let read = File::open("/").map_err(at("/"))?;
        for directory in [walked, read.into()] {
            let kind = platform::inspect_descriptor(directory.as_raw_fd()).map_err(at("/"))?;
            check(matches!(kind, DescriptorKind::Leading(_)), || format!("/ is {kind:?}"))?;
        }
        Ok("files, pipes, sockets, /dev/null may stay open; a directory may not".into())
    })
}

fn closed_is_closed() -> Played {
    in_copy(|| {
        let kind = platform::inspect_descriptor(4000).map_err(at("4000"))?;
        check(kind == DescriptorKind::Closed && !platform::is_open(4000), || format!("{kind:?}"))?;
        Ok("no error".into())
    })
}

fn leading_is_found() -> Played {
    let place =
        match Workplace::make().and_then(|place| place.make_jail().map(|jail| (place, jail))) {
            Ok(place) => place,
            Err(error) => return Played::Fails(error),
        };
    if platform::find_leading_descriptor().is_ok_and(|found| found == Support::Unsupported) {
        return Played::NotRun("the kernel has no list that needs no file".into());
    }
    let played = in_copy(|| {
        let jail = platform::open_directory(&to_c(&place.1)).map_err(at("the jail"))?;
        platform::change_root(jail).map_err(|refused| format!("{refused:?}"))?;
        let found = platform::find_leading_descriptor().map_err(at("the list"))?;
        check(found == Support::Available(None), || format!("with nothing open: {found:?}"))?;
        let directory = platform::open_root().map_err(at("/"))?;
        match platform::find_leading_descriptor().map_err(at("the list"))? {
            Support::Available(Some((fd, what))) if fd == directory.as_raw_fd() => Ok(what),
            found => Err(format!("with / open: {found:?}")),
        }
    });
    place.0.remove();
    played
}
