//! Witnesses of a Landlock domain: a process, a socket and a directory that are reachable before the domain is entered,
//! and must not be after. The kernel has no call that reports the domain of a process.

use crate::platform::Domain;
use crate::platform::linux::check;
use crate::platform::linux::posix::own;
use crate::platform::unix::search::open_directory;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Things outside of the domain that is about to be entered.
pub(super) struct Witness {
    /// An abstract socket that this very process has bound outside, if the domain keeps from such.
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// The parent, if this process could trace it outside; every domain keeps from that.
    parent: Option<libc::pid_t>,
    /// The domain.
    domain: Domain,
}

impl Witness {
    /// Finds witnesses, outside of the domain.
    pub(super) fn create(domain: &Domain) -> io::Result<Self> {
        // SAFETY: getppid takes nothing and cannot fail.
        let parent = unsafe { libc::getppid() };
        let parent = (parent > 0 && can_trace(parent)).then_some(parent);
        let socket = if domain.sockets { Some(bind_abstract_socket()?) } else { None };
        Ok(Self { socket, parent, domain: *domain })
    }

    /// The first witness that is still reachable, if there is one.
    pub(super) fn find_reachable(self) -> io::Result<Option<&'static str>> {
        if self.parent.is_some_and(can_trace) {
            return Ok(Some("the parent process"));
        }
        if let Some((_bound, address)) = &self.socket {
            match UnixDatagram::unbound()?.connect_addr(address) {
                Err(error) if error.raw_os_error() == Some(libc::EPERM) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(Some("an abstract socket outside")),
            }
        }
        if self.domain.files
            && let Some(found) = try_to_open_root()?
        {
            return Ok(Some(found));
        }
        let ports: [(bool, PortCall, _); 2] = [
            (self.domain.connect, libc::connect, "a TCP port that is not allowed"),
            (self.domain.bind, libc::bind, "a TCP port to bind"),
        ];
        for (is_refused, call, found) in ports {
            if is_refused && !is_port_refused(call)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// `connect` and `bind`.
type PortCall =
    unsafe extern "C" fn(libc::c_int, *const libc::sockaddr, libc::socklen_t) -> libc::c_int;

/// Whether `call` is refused for port 0 of this machine, which no rule allows. Nothing listens there, so that nothing
/// is connected.
fn is_port_refused(call: PortCall) -> io::Result<bool> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket takes numbers.
    let socket = own(unsafe { libc::socket(libc::AF_INET, kind, 0) })?;
    // SAFETY: an address is numbers, for which zero is a value.
    let mut address: libc::sockaddr_in = unsafe { MaybeUninit::zeroed().assume_init() };
    address.sin_family = libc::AF_INET as libc::sa_family_t;
    address.sin_addr.s_addr = u32::from(std::net::Ipv4Addr::LOCALHOST).to_be();
    let length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    // SAFETY: the address is as long as the length says, and only read; the descriptor is open.
    let answer = unsafe { call(socket.as_raw_fd(), (&raw const address).cast(), length) };
    Ok(answer == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::EACCES))
}

/// Tries to open the root directory, which is not beneath the jail before the entry.
fn try_to_open_root() -> io::Result<Option<&'static str>> {
    let root = open_directory(c"/")?;
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the descriptor is open, and the path is a literal that ends in NUL.
    let answer = unsafe { libc::openat(root.as_raw_fd(), c".".as_ptr(), flags) };
    match own(answer) {
        Ok(_) => Ok(Some("a directory outside")),
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Binds a socket to an abstract address that the kernel chooses.
fn bind_abstract_socket() -> io::Result<(UnixDatagram, SocketAddr)> {
    let socket = UnixDatagram::unbound()?;
    let family = libc::sa_family_t::try_from(libc::AF_UNIX).unwrap_or_default();
    let size = libc::socklen_t::try_from(size_of_val(&family)).unwrap_or_default();
    // SAFETY: an address that consists of its family makes the kernel choose the rest (unix(7)); the
    // size says that nothing else is read.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const family).cast(), size) })?;
    let address = socket.local_addr()?;
    if address.as_abstract_name().is_none() {
        return Err(io::Error::other("the kernel has chosen no abstract address"));
    }
    Ok((socket, address))
}

/// Whether this process may look into `pid`. The question changes nothing there.
fn can_trace(pid: libc::pid_t) -> bool {
    let mut head = MaybeUninit::<usize>::uninit();
    let mut size = MaybeUninit::<usize>::uninit();
    // SAFETY: get_robust_list writes one address and one size where the pointers say, or fails.
    let answer = unsafe {
        libc::syscall(libc::SYS_get_robust_list, pid, head.as_mut_ptr(), size.as_mut_ptr())
    };
    answer == 0
}
