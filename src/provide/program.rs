//! The word `program:`: paths of the host that a program needs.

use crate::jail::CheckedJail;
use crate::messages::{DistrustReason, Place, ProgramNotice, ViewFault};
use crate::programs;
use crate::programs::{Modules, ProgramNeeds};
use crate::provide::rights::READ_ONLY;
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The programs that are to be provided, and remarks about them.
#[derive(Debug)]
pub(crate) struct ProgramRequests {
    judge: Judge,
    in_view: bool,
    /// Remarks for the log.
    pub notices: Vec<ProgramNotice>,
}

impl ProgramRequests {
    /// Programs for `jail`.
    pub(crate) fn of(jail: &CheckedJail, in_view: bool) -> Self {
        Self { judge: Judge::outside(jail), in_view, notices: Vec::new() }
    }

    /// Everything that `program` needs, itself first. In a view whole directories of libraries are shown,
    /// so that an upgrade on the host is there at once; copies are of the files alone.
    ///
    /// # Errors
    /// Something that would have to be read is not root's alone, or no regular file.
    pub(crate) fn needs(
        &mut self,
        program: &Path,
        place: Option<&Place>,
    ) -> Result<Vec<ProvideRequest>, ViewFault> {
        let needs = programs::needs(program, &self.judge, Modules::Asked).map_err(|fault| {
            match fault.why {
                DistrustReason::Walk(why) if fault.path == program => ViewFault::Walk(why),
                _ => ViewFault::Program(fault),
            }
        })?;
        let ProgramNeeds { files, libraries, modules, remarks } = needs;
        let notice =
            |what| ProgramNotice { program: program.to_owned(), place: place.cloned(), what };
        self.notices.extend(remarks.into_iter().map(notice));
        let mut found: BTreeSet<PathBuf> = files.into_iter().chain(modules).collect();
        found.extend(libraries.into_iter().map(|library| library.shown(self.in_view)));
        found.remove(program);
        let word = format!("program:{}", program.display());
        let wish = |path: PathBuf, what| ProvideRequest {
            path,
            forbidden: READ_ONLY,
            word: word.clone(),
            place: None,
            what,
            alone: None,
            late: None,
            elsewhere: None,
        };
        let others = found.into_iter().map(|path| wish(path, RequestKind::IfPresent));
        Ok([wish(program.to_owned(), RequestKind::Required)].into_iter().chain(others).collect())
    }
}
