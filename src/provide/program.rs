//! The word `program:`: paths of the host that a program needs.

use crate::config::ProvideItem;
use crate::jail::CheckedJail;
use crate::messages::{DistrustReason, Place, ProgramNotice, ViewFault};
use crate::programs;
use crate::programs::{Modules, ProgramNeeds};
use crate::provide::rights::READ_ONLY;
use crate::provide::{ProvideRequest, RequestKind};
use crate::trust::trusted::Judge;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Requests for programs, and notices about them.
#[derive(Debug)]
pub(crate) struct ProgramRequests {
    judge: Judge,
    in_view: bool,
    /// Notices for the log.
    pub notices: Vec<ProgramNotice>,
}

impl ProgramRequests {
    /// Requests for programs in `jail`; none yet.
    pub(crate) fn for_jail(jail: &CheckedJail, in_view: bool) -> Self {
        Self { judge: Judge::outside(jail), in_view, notices: Vec::new() }
    }

    /// Requests `program` and everything that it needs, the program first. In a view whole directories of libraries
    /// are shown, so that an upgrade on the host takes effect at once; copies are made of single files.
    ///
    /// # Errors
    /// Returns an error if a file that has to be read is not root's alone, or is not a regular file.
    pub(crate) fn request_program(
        &mut self,
        program: &Path,
        place: Option<&Place>,
    ) -> Result<Vec<ProvideRequest>, ViewFault> {
        let needs = programs::find_needs(program, &self.judge, Modules::Asked).map_err(
            |fault| match fault.cause {
                DistrustReason::Walk(cause) if fault.path == program => ViewFault::Walk(cause),
                _ => ViewFault::Program(fault),
            },
        )?;
        let ProgramNeeds { files, libraries, modules, data, remarks } = needs;
        let notice =
            |remark| ProgramNotice { program: program.to_owned(), place: place.cloned(), remark };
        self.notices.extend(remarks.into_iter().map(notice));
        let mut others: BTreeSet<PathBuf> = files.into_iter().chain(modules).collect();
        others.extend(data.into_iter().filter(|it| programs::is_brought_data(it, self.in_view)));
        others.extend(programs::list_shown(libraries, self.in_view));
        others.remove(program);
        let request = |path: PathBuf, kind| {
            let origin = ProvideItem::Program(program.to_owned());
            ProvideRequest::new(path, READ_ONLY, kind, origin)
        };
        let mut requests = vec![request(program.to_owned(), RequestKind::Required)];
        requests.extend(others.into_iter().map(|path| request(path, RequestKind::IfPresent)));
        Ok(requests)
    }
}
