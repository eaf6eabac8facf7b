//! Calls that are not watched as such.

/// A call whose operations open files without another call: it is refused, so that programs open files by themselves.
pub(super) const REFUSED: &str = "io_uring_setup";

/// The call by which old 32-bit programs use sockets: the number of the call, and the address of its arguments.
pub(super) const SOCKET_CALL: &str = "socketcall";

/// `connect` and `bind` as numbers of [`SOCKET_CALL`], and the name of the row.
pub(super) const SOCKET_CALLS: [(u64, &str); 2] = [(3, "connect"), (2, "bind")];
