//! Memory of a process that waits in a call: strings, addresses, structures; each with a bound.

use std::ffi::CString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a path, as the kernel allows.
const LONGEST_PATH: usize = libc::PATH_MAX as usize;

/// Bytes that are read at once: a path has fewer, mostly.
const STEP: usize = 256;

/// Every page of any machine ends at such a border: what follows may not be mapped.
const PAGE: u64 = 4096;

/// Bytes of a socket's address.
const LONGEST_ADDRESS: usize = 128;

/// Reads into `to`, and returns the number of bytes that were read.
pub(super) fn read_bytes(process: u32, at: u64, to: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
    let remote = libc::iovec { iov_base: at as *mut libc::c_void, iov_len: to.len() };
    // SAFETY: the kernel writes at most as many bytes as the slice has; the other address is one of another process, and
    // checked by the kernel.
    let count = unsafe {
        libc::process_vm_readv(process as libc::pid_t, &raw const local, 1, &raw const remote, 1, 0)
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Reads a string that ends in NUL.
pub(super) fn read_string(process: u32, at: u64) -> io::Result<CString> {
    let mut text = Vec::new();
    while text.len() < LONGEST_PATH {
        let from = at.saturating_add(text.len() as u64);
        let to_border = usize::try_from(PAGE - from % PAGE).unwrap_or(STEP);
        let mut part = [0; STEP];
        let part = &mut part[..to_border.min(STEP)];
        let count = read_bytes(process, from, part)?;
        if count == 0 {
            break;
        }
        let part = &part[..count];
        let end = part.iter().position(|&byte| byte == 0);
        text.extend_from_slice(&part[..end.unwrap_or(count)]);
        if end.is_some() {
            return CString::new(text).map_err(io::Error::other);
        }
    }
    Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG))
}

/// Reads a number of 64 bits.
pub(super) fn read_u64(process: u32, at: u64) -> io::Result<u64> {
    let mut bytes = [0; 8];
    read_bytes(process, at, &mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Reads numbers of 32 bits.
pub(super) fn read_u32s(process: u32, at: u64) -> io::Result<[u64; 3]> {
    let mut bytes = [0; 12];
    read_bytes(process, at, &mut bytes)?;
    let number = |at: usize| {
        u64::from(u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]))
    };
    Ok([number(0), number(4), number(8)])
}

/// An address of a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SocketAddress {
    /// A path.
    Path(Vec<u8>),
    /// A host and a port.
    Port(IpAddr, u16),
    /// An abstract name, or another family.
    Other,
}

/// Reads the address of a socket, of `length` bytes.
pub(super) fn read_address(process: u32, at: u64, length: u64) -> io::Result<SocketAddress> {
    let length = usize::try_from(length).unwrap_or(LONGEST_ADDRESS).min(LONGEST_ADDRESS);
    let mut bytes = vec![0; length];
    let count = read_bytes(process, at, &mut bytes)?;
    bytes.truncate(count);
    Ok(parse_address(&bytes))
}

fn parse_address(bytes: &[u8]) -> SocketAddress {
    let Some((family, rest)) = bytes.split_first_chunk::<2>() else { return SocketAddress::Other };
    let family = libc::c_int::from(u16::from_ne_bytes(*family));
    let port = rest.first_chunk::<2>().map_or(0, |port| u16::from_be_bytes(*port));
    match family {
        libc::AF_UNIX => {
            let path: Vec<u8> = rest.iter().copied().take_while(|&byte| byte != 0).collect();
            if path.is_empty() { SocketAddress::Other } else { SocketAddress::Path(path) }
        }
        libc::AF_INET => match rest.get(2..).and_then(|rest| rest.first_chunk::<4>()) {
            Some(address) => SocketAddress::Port(IpAddr::V4(Ipv4Addr::from(*address)), port),
            None => SocketAddress::Other,
        },
        libc::AF_INET6 => match rest.get(6..).and_then(|rest| rest.first_chunk::<16>()) {
            Some(address) => SocketAddress::Port(IpAddr::V6(Ipv6Addr::from(*address)), port),
            None => SocketAddress::Other,
        },
        _ => SocketAddress::Other,
    }
}

#[cfg(any(test, fuzzing))]
pub(in crate::platform) fn check_socket_address(bytes: &[u8]) {
    match parse_address(bytes) {
        SocketAddress::Path(path) => {
            assert!(!path.is_empty() && !path.contains(&0) && path.len() < bytes.len());
        }
        SocketAddress::Port(IpAddr::V4(_), _) => assert!(bytes.len() >= 8),
        SocketAddress::Port(IpAddr::V6(_), _) => assert!(bytes.len() >= 24),
        SocketAddress::Other => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_this_process_is_read_to_its_end() {
        let text = CString::new("/a/path".repeat(100)).unwrap();
        let read = read_string(std::process::id(), text.as_ptr() as u64).unwrap();
        assert_eq!(read, text);
        let endless = vec![b'a'; 3 * LONGEST_PATH];
        assert!(read_string(std::process::id(), endless.as_ptr() as u64).is_err());
        assert!(read_string(std::process::id(), 8).is_err());
    }

    #[test]
    fn addresses_of_all_families_are_read_at_any_length() {
        let family = |family: libc::c_int| (family as u16).to_ne_bytes().to_vec();
        let unix = [family(libc::AF_UNIX), b"/run/x.sock\0rest".to_vec()].concat();
        assert_eq!(parse_address(&unix), SocketAddress::Path(b"/run/x.sock".to_vec()));
        let hidden = [family(libc::AF_UNIX), b"\0abstract".to_vec()].concat();
        assert_eq!(parse_address(&hidden), SocketAddress::Other);
        let v4 = [family(libc::AF_INET), vec![1, 187, 127, 0, 0, 1]].concat();
        assert_eq!(parse_address(&v4), SocketAddress::Port("127.0.0.1".parse().unwrap(), 443));
        let mut v6 = [family(libc::AF_INET6), vec![0, 25, 0, 0, 0, 0], vec![0; 16]].concat();
        v6[23] = 1;
        assert_eq!(parse_address(&v6), SocketAddress::Port("::1".parse().unwrap(), 25));
        for bytes in [&unix, &v4, &v6] {
            for length in 0..bytes.len() {
                parse_address(&bytes[..length]);
            }
        }
    }
}
