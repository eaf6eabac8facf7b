//! Meaning of the words of `ChrootProvide`: the paths of the host that each set, path and program stands for.

mod program;
mod request;
pub(crate) mod rights;
mod sets;
mod user_files;

pub(crate) use program::ProgramRequests;
pub(crate) use request::{ConfiguredPaths, ProvideRequest, RequestKind, Sockets, SocketsBy};
pub(crate) use sets::collect_requests;
pub(crate) use user_files::{UserFiles, UserNeeds, read_entries};
