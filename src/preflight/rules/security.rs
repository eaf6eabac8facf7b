//! mod_security: files that it opens once its engine is on.

use crate::config::ProvideSet;
use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{Collector, DECIDES, LESS};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::{self, PathUse};
use crate::preflight::{Remedy, Resource};

fn is_on(context: &RuleContext<'_>) -> bool {
    context.has_other_first_word("SecRuleEngine", &["off"])
}

pub(crate) fn reads_bodies(context: &RuleContext<'_>) -> bool {
    is_on(context) && context.has_first_word("SecRequestBodyAccess", &["on"])
}

pub(crate) fn keeps_uploads(context: &RuleContext<'_>) -> bool {
    reads_bodies(context) && context.has_other_first_word("SecUploadKeepFiles", &["off"])
}

pub(crate) fn logs_each_alone(context: &RuleContext<'_>) -> bool {
    is_on(context)
        && context.has_first_word("SecAuditLogType", &["concurrent"])
        && context.has_other_first_word("SecAuditEngine", &["off"])
}

/// `SecChrootDir` jails the parent too.
pub(crate) fn read_chroot(
    directive: &OtherDirective,
    _: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    collector.add_known_issue(directive, true, KnownIssueKind::SecondJail);
}

/// Whether a rule denies requests.
fn denies(context: &RuleContext<'_>) -> bool {
    context.has_first_word("SecRuleEngine", &["on"])
}

/// `SecDataDir /path`: counters that rules keep about clients. Without them, a rule that denies by a counter never does.
pub(crate) fn read_data_dir(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if !is_on(context) {
        return;
    }
    let weight = if denies(context) && keeps_counters(context) { DECIDES } else { LESS };
    path_use::require_word(directive, 0, PathUse::WriteIn, weight, collector);
}

/// Whether a rule opens a collection.
fn keeps_counters(context: &RuleContext<'_>) -> bool {
    const OPENS: [&str; 4] = ["initcol:", "setrsc:", "setsid:", "setuid:"];
    let opens = |directive: &OtherDirective| {
        let actions = directive.words.last().map(|word| word.to_string_lossy().to_lowercase());
        actions.is_some_and(|actions| OPENS.iter().any(|action| actions.contains(action)))
    };
    ["SecAction", "SecDefaultAction", "SecRule"]
        .into_iter()
        .any(|name| context.find_directives(name).any(opens))
}

/// `SecHttpBlKey key`: addresses of clients are looked up in a block list, by DNS.
pub(crate) fn read_block_list(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if is_on(context) {
        collector.require(directive, Resource::Resolver, LESS, Remedy::Set(ProvideSet::Dns));
    }
}

/// `exec:/path` among the actions, `@inspectFile /path` as the operator: a file that is not inspected is let through.
/// Scripts in Lua are read by the parent.
pub(crate) fn read_actions(
    directive: &OtherDirective,
    context: &RuleContext<'_>,
    collector: &mut Collector<'_>,
) {
    if !is_on(context) {
        return;
    }
    let of_operator = if denies(context) { DECIDES } else { LESS };
    for word in &directive.words {
        let word = word.to_string_lossy();
        let by_action = word.split(',').filter_map(|part| part.trim().strip_prefix("exec:"));
        let by_operator = word.strip_prefix("@inspectFile ").map(str::trim);
        let programs = by_action.map(|path| (path, LESS));
        let programs = programs.chain(by_operator.map(|path| (path, of_operator)));
        for (path, weight) in programs.filter(|(path, _)| !path.ends_with(".lua")) {
            path_use::require_program(directive, path, weight, collector);
        }
    }
}
