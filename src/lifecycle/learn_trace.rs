//! `httpd -t -D CHROOT_LEARN_FROM=FILE`: lines are made of the recording of a tracing tool, by the rules of learning, and
//! tried as those are. For systems that cannot watch; nothing is written.

use crate::config::JailSetting;
use crate::httpd::arguments;
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::account_lookup::AccountLookup;
use crate::jail::preconditions;
use crate::learning::{LearnMode, ReadTrace, ReportHead, TriedResult, format_report, read_trace};
use crate::lifecycle::learn_result::LineMaker;
use crate::lifecycle::state::State;
use crate::messages::{Fault, LearnFault, LearnNotice};
use crate::platform::UserId;
use crate::trust::trusted::Judge;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// The option that names the recording.
const DEFINE: &str = "CHROOT_LEARN_FROM";

/// Makes lines, if the command line asks for them, for the standard output.
///
/// # Errors
/// Returns an error if the file is not root's alone, or no recording, or no lines can be made.
pub(crate) fn make_lines(
    server: Server,
    state: &State,
    setting: &JailSetting,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(file) = arguments::find_value(arguments::words(), DEFINE) else { return Ok(None) };
    let file = PathBuf::from(file);
    let fault = |cause: LearnFault| Fault::for_directive("-D", DEFINE, cause);
    let unread = |reason: String| fault(LearnFault::Trace(file.clone(), reason));
    if server::info().started_as != UserId(0) {
        return Err(unread("only root can try its lines, so run httpd -t as root".to_owned()));
    }
    let trace = read_file(&file).map_err(unread)?;
    if trace.calls == 0 {
        return Err(unread(NO_CALL.to_owned()));
    }
    let account = preconditions::run_as(&server::info(), &AccountLookup::default());
    let run_as = account.map_err(|cause| Fault::new(setting.jail.as_path(), cause))?;
    let mode = LearnMode::Outside;
    let result = server::server_root().join(mode.lines_name().to_string_lossy().as_ref());
    let run_as = &run_as;
    let maker = LineMaker { state, setting, mode, result, run_as, is_traced: true };
    let failed = |error: io::Error| unread(format!("no lines can be made of it: {error}"));
    let made = maker.make(&trace.table).map_err(failed)?;
    let head = ReportHead {
        origin: "used, as a recording shows",
        file: &maker.result,
        list: &file,
        jail: &made.survey.jail,
        tried: &made.tried,
    };
    let failing = match &made.tried {
        TriedResult::Tried(_, failed) => failed.len(),
        TriedResult::Untried(_) => made.proposal.needed.len(),
    };
    let (lines, paths) = (made.proposal.lines.len(), trace.table.len());
    let notice = LearnNotice::Traced { lines, paths, unclear: trace.unclear, failing };
    server.log(&notice.about(DEFINE));
    let text = format_report(&head, &made.proposal, &trace.table);
    Ok(Some(text.lines().map(str::to_owned).collect()))
}

const NO_CALL: &str =
    "it has no call that uses a path; strace, truss, dtruss, kdump and fs_usage are known";

/// Reads a file that nobody but root can change, nor the way to it.
fn read_file(path: &Path) -> Result<ReadTrace, String> {
    let file = Judge::default().open_file(path).map_err(|reason| reason.to_string())?;
    let file = file.into_file();
    read_trace(&mut BufReader::new(file)).map_err(|error| error.to_string())
}
