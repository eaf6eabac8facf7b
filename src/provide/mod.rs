//! Meaning of the words of `ChrootProvide`: the paths of the host that each set, path and program stands for.

mod program;
mod request;
pub(crate) mod rights;
mod sets;

pub(crate) use program::ProgramRequests;
pub(crate) use request::{ConfiguredPaths, ProvideRequest, RequestKind, Sockets, SocketsBy};
pub(crate) use sets::collect_requests;
