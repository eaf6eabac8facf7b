#![forbid(unsafe_code)]
//! The word `program:`: paths of the host that a program needs.

use super::source::READ_ONLY;
use super::wanted::{Wanted, What};
use crate::fault::{Distrust, Place, ProgramNotice, ViewFault};
use crate::jail::Jail;
use crate::programs::{self, Modules, Needs};
use crate::trusted::Judge;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The programs that are to be provided, and remarks about them.
#[derive(Debug)]
pub(super) struct Programs {
    judge: Judge,
    in_view: bool,
    /// Remarks for the log.
    pub notices: Vec<ProgramNotice>,
}

impl Programs {
    /// Programs for `jail`.
    pub(super) fn of(jail: &Jail, in_view: bool) -> Self {
        Self { judge: Judge::outside(jail), in_view, notices: Vec::new() }
    }

    /// Everything that `program` needs, itself first. In a view whole directories of libraries are shown,
    /// so that an upgrade on the host is there at once; copies are of the files alone.
    ///
    /// # Errors
    /// Something that would have to be read is not root's alone, or no regular file.
    pub(super) fn needs(
        &mut self,
        program: &Path,
        place: Option<&Place>,
    ) -> Result<Vec<Wanted>, ViewFault> {
        let needs = programs::needs(program, &self.judge, Modules::Asked).map_err(|fault| {
            match fault.why {
                Distrust::Walk(why) if fault.path == program => ViewFault::Walk(why),
                _ => ViewFault::Program(fault),
            }
        })?;
        let Needs { files, libraries, modules, remarks } = needs;
        let notice =
            |what| ProgramNotice { program: program.to_owned(), place: place.cloned(), what };
        self.notices.extend(remarks.into_iter().map(notice));
        let mut found: BTreeSet<PathBuf> = files.into_iter().chain(modules).collect();
        found.extend(libraries.into_iter().map(|library| library.shown(self.in_view)));
        found.remove(program);
        let word = format!("program:{}", program.display());
        let wish = |path: PathBuf, what| Wanted {
            path,
            forbidden: READ_ONLY,
            word: word.clone(),
            place: None,
            what,
            alone: None,
            late: None,
            elsewhere: None,
        };
        let others = found.into_iter().map(|path| wish(path, What::IfPresent));
        Ok([wish(program.to_owned(), What::Required)].into_iter().chain(others).collect())
    }
}
