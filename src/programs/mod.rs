//! Files that a program needs: its interpreter, its loader, its libraries, the directories of its
//! modules. They are found by reading; no file that is examined is run.
//!
//! [`binary_reader`] and [`script`] read one file. [`search`] has the order in which the loader of each system
//! looks for a library, [`mod@libraries`] follows it. A [`side`] opens files: root outside, where nothing
//! is read that is not root's alone, or a child inside. [`needs`] is the result for root, [`host`] that
//! for advice. [`data`] has the data files of well-known programs. [`modules`] runs an interpreter, without any rights, for the directories of its modules.

mod binary;
mod binary_reader;
mod data;
mod elf;
mod folders;
mod host;
mod libraries;
mod macho;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used, dead_code, reason = "for tests, of which each uses a part")]
mod made_elf;
mod modules;
mod needs;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod script;
mod search;
mod side;
mod tokens;

pub(crate) use binary::Binary;
pub(crate) use data::is_brought_data;
pub(crate) use host::{find_acceptable, host_libraries};
pub(crate) use libraries::{Root, libraries, list_shown};
pub(crate) use needs::{Modules, PROGRAM_FOLDERS, ProgramNeeds, find_needs};
pub(crate) use script::{DEEPEST, Interpreter, interpreter, read_start};
pub(crate) use side::{OpenedFile, Side};
