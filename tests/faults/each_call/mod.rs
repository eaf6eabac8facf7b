//! One system call goes wrong, everywhere: what becomes of the server is seen, told apart and written down.

pub(crate) mod bites;
mod call;
mod claims;
mod class;
mod part;
mod play;
mod run;
mod scene;
mod table;
mod tests;

pub(crate) use part::Part;
pub(crate) use run::holds;
pub(crate) use scene::Scene;
