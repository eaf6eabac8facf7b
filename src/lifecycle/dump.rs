//! Contents of the configuration dump, in the order in which they are printed.

use crate::config::Directive;
use crate::httpd::pass::Pass;
use crate::httpd::server;
use crate::jail::CheckedJail;
use crate::jail::harden::Hardening;
use crate::jail::preconditions::{describe_group, describe_user};
use crate::jail::run_as::RunAs;
use crate::lifecycle::directory::DirectoryFindings;
use crate::lifecycle::learn_mode;
use crate::lifecycle::state::State;
use crate::messages::{Advice, Notice};
use crate::platform::GroupId;
use crate::report::dump::{Dump, path};
use crate::view::FixedRoot;

/// Facts about the jail that any user can find out.
pub(crate) struct JailFacts {
    /// The real path and the identity of the directory.
    directory: String,
    run_as: RunAs,
    /// Messages about changes that others than root could make, where they are not refused.
    complaints: Vec<String>,
}

impl JailFacts {
    /// Facts about `jail`, which `run_as` will be in.
    pub(crate) fn new(jail: &CheckedJail, found: &DirectoryFindings, run_as: RunAs) -> Self {
        let complaints = jail.complaints().iter().chain(&found.writable).cloned();
        let complaints = complaints.map(|complaint| {
            Notice::Advice(Advice::Unsafe(complaint)).about(jail.written().as_path()).to_string()
        });
        let directory = format!("{} ({})", path(jail.at()), jail.identity());
        Self { directory, run_as, complaints: complaints.collect() }
    }
}

/// Results of a rehearsal, which only root can carry out.
pub(crate) struct RehearsalResult {
    /// The mode of host paths, and the reason for it.
    mode: String,
    /// Paths that are provided.
    provided: Vec<String>,
    /// Remarks about them, each with its place.
    remarks: Vec<String>,
    /// Remarks about programs that are provided.
    programs: Vec<String>,
    /// Findings of the audit.
    audited: Vec<String>,
    /// Restrictions of the children.
    hardening: Hardening,
    /// Files that are loaded before entry, and those that cannot be, one line each.
    warmed: Vec<String>,
    /// Findings of the preflight, each with its place.
    pub failures: Vec<String>,
}

impl RehearsalResult {
    /// The results, but for those of the preflight.
    pub(crate) fn new(
        fixed: &FixedRoot,
        pass: Pass,
        audited: Vec<String>,
        hardening: Hardening,
        warmed: Vec<String>,
    ) -> Self {
        // Each path is looked up in the view for it.
        let provided = if pass.prints_dump() { fixed.describe_provided() } else { Vec::new() };
        Self {
            mode: fixed.describe_mode(),
            provided,
            remarks: fixed.remarks.iter().map(|remark| remark.message().to_string()).collect(),
            programs: fixed.notices.iter().map(|notice| notice.about().to_string()).collect(),
            audited,
            hardening,
            warmed,
            failures: Vec::new(),
        }
    }
}

/// Describes a configuration without a jail.
pub(crate) fn describe_no_jail(state: &State) -> Vec<String> {
    Dump::new(&state.settings).into_lines()
}

/// Describes the jail, as far as it was examined.
pub(crate) fn describe(
    state: &State,
    facts: &JailFacts,
    result: Option<&RehearsalResult>,
) -> Vec<String> {
    let settings = &state.settings;
    let mut dump = Dump::new(settings);
    dump.fact("directory", &facts.directory);
    dump.fact("user", &describe_user(facts.run_as.user));
    dump.fact("groups", &groups(&facts.run_as.every_group()));
    if let Some(RehearsalResult { mode, .. }) = result {
        dump.setting("host paths", mode, Directive::FixRoot);
    }
    dump.written("provide", Directive::Provide);
    dump.facts("provided", result.iter().flat_map(|result| result.provided.clone()));
    dump.messages(result.iter().flat_map(|result| result.remarks.clone()));
    dump.messages(result.iter().flat_map(|result| result.programs.clone()));
    dump.setting("check", settings.check.word(), Directive::Check);
    dump.findings(facts.complaints.clone(), Directive::Dir);
    dump.setting("audit", settings.audit.word(), Directive::Audit);
    dump.findings(result.iter().flat_map(|result| result.audited.clone()), Directive::Audit);
    dump.setting("harden", settings.harden.word(), Directive::Harden);
    dump.setting("connect", &settings.connect.words(), Directive::Connect);
    dump.facts("hardened", result.iter().flat_map(|result| result.hardening.in_force()));
    dump.facts("not hardened", result.iter().flat_map(|result| result.hardening.absent()));
    dump.setting("preflight", settings.preflight.word(), Directive::Preflight);
    dump.messages(result.iter().flat_map(|result| result.failures.clone()));
    dump.written("outside", Directive::AllowOutside);
    dump.setting("warm-up", settings.warm_up.word(), Directive::WarmUp);
    dump.written("preload", Directive::Preload);
    dump.messages(result.iter().flat_map(|result| result.warmed.clone()));
    if let Ok(Some(mode)) = learn_mode::read_mode() {
        dump.fact(
            "learning",
            &format!(
                "-D {}: a server that is started so {}",
                mode.define(),
                learn_mode::describe_mode(mode)
            ),
        );
    }
    if result.is_none() {
        dump.facts("not tried", untried());
    }
    dump.into_lines()
}

fn groups(groups: &[GroupId]) -> String {
    groups.iter().map(|&group| describe_group(group)).collect::<Vec<_>>().join(" ")
}

/// Parts that are missing in the dump of another user than root.
fn untried() -> impl Iterator<Item = String> {
    let uid = server::info().started_as.0;
    let things = ["host paths", "provided", "audit", "harden", "preflight", "warm-up"];
    things.into_iter().map(move |thing| format!("{thing} (uid {uid} is not root)"))
}
