//! What the whole picture is made of, in the order in which it is printed.

use crate::config::Directive;
use crate::httpd::server;
use crate::jail::CheckedJail;
use crate::jail::harden::Hardening;
use crate::jail::preconditions::{group_in_words, user_in_words};
use crate::jail::run_as::RunAs;
use crate::lifecycle::state::State;
use crate::lifecycle::{probe_hardening, wsgi};
use crate::messages::Fault;
use crate::platform::GroupId;
use crate::report::dump::{Dump, path};

/// What only root can try.
pub(crate) struct RehearsalResult {
    /// How host paths stay true.
    pub way: String,
    /// What is within reach.
    pub provided: Vec<String>,
    /// What there is to say about that, each with its place.
    pub remarks: Vec<String>,
    /// Remarks about programs that are provided.
    pub programs: Vec<String>,
    /// What the search of the jail has to say.
    pub audited: Vec<String>,
    /// What is taken from the children.
    pub hardening: Hardening,
    /// What is loaded before entry, and what is not, one line each.
    pub warmed: Vec<String>,
    /// What the preflight has to say, each with its place.
    pub out_of_reach: Vec<String>,
}

/// No jail is configured.
pub(crate) fn of_none(state: &State) -> Vec<String> {
    Dump::of(&state.settings).into_lines()
}

/// All that can be told of `jail`, which `run_as` will be in.
///
/// # Errors
/// The jail has gone meanwhile.
pub(crate) fn of(
    state: &State,
    jail: &CheckedJail,
    run_as: &RunAs,
    tried: Option<&RehearsalResult>,
) -> Result<Vec<String>, Fault> {
    let settings = &state.settings;
    let mut picture = Dump::of(settings);
    picture.fact("directory", &format!("{} ({})", path(jail.at()), jail.identity()));
    picture.fact("user", &user_in_words(run_as.user));
    picture.fact("groups", &groups(&run_as.every_group()));
    if let Some(RehearsalResult { way, .. }) = tried {
        picture.setting("host paths", way, Directive::FixRoot);
    }
    picture.written("provide", Directive::Provide);
    picture.facts("provided", tried.iter().flat_map(|tried| tried.provided.clone()));
    picture.messages(tried.iter().flat_map(|tried| tried.remarks.clone()));
    picture.messages(tried.iter().flat_map(|tried| tried.programs.clone()));
    picture.setting("check", settings.check.word(), Directive::Check);
    let accounts = wsgi::accounts(state, run_as)?;
    picture.findings(probe_hardening::complaints(settings, jail, &accounts)?, Directive::Dir);
    picture.setting("audit", settings.audit.word(), Directive::Audit);
    picture.findings(tried.iter().flat_map(|tried| tried.audited.clone()), Directive::Audit);
    picture.setting("harden", settings.harden.word(), Directive::Harden);
    picture.facts("hardened", tried.iter().flat_map(|tried| tried.hardening.in_force()));
    picture.facts("not hardened", tried.iter().flat_map(|tried| tried.hardening.absent()));
    picture.setting("preflight", settings.preflight.word(), Directive::Preflight);
    picture.messages(tried.iter().flat_map(|tried| tried.out_of_reach.clone()));
    picture.written("outside", Directive::AllowOutside);
    picture.setting("warm-up", settings.warm_up.word(), Directive::WarmUp);
    picture.written("preload", Directive::Preload);
    picture.messages(tried.iter().flat_map(|tried| tried.warmed.clone()));
    if tried.is_none() {
        picture.facts("not tried", untried());
    }
    Ok(picture.into_lines())
}

fn groups(groups: &[GroupId]) -> String {
    groups.iter().map(|&group| group_in_words(group)).collect::<Vec<_>>().join(" ")
}

/// What is missing in the picture that another user than root has drawn.
fn untried() -> impl Iterator<Item = String> {
    let uid = server::circumstances().started_as.0;
    let things = ["host paths", "provided", "audit", "harden", "preflight", "warm-up"];
    things.into_iter().map(move |thing| format!("{thing} (uid {uid} is not root)"))
}
