//! Facts about its own jail that a child can find out: how the jail was made, and the state of this very process
//! now. Nothing is computed until the page is requested.

use crate::config::Settings;
use crate::jail::harden::Evidence;
use crate::jail::proof;
use crate::jail::proof::ExpectedRoot;
use crate::jail::run_as::RunAs;
use crate::jail::walk::on_host;
use crate::learning::LearnMode;
use crate::messages::{Fault, FaultKind, ProofFault, escape};
use crate::platform;
use crate::platform::{Capabilities, Support};
use crate::provide::{ProvideRequest, RequestKind};
use crate::report::dump::path;
use crate::view::HostPathMode;
use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;

/// A line in each form of mod_status' page: `ChrootUser: 33` to programs, "User" to people.
#[derive(Debug)]
pub(crate) struct Fact {
    key: &'static str,
    title: &'static str,
    value: String,
}

/// A child's jail, as the parent has made it ready.
#[derive(Debug)]
pub(crate) struct Entered<'a> {
    /// How host paths stay true in it.
    pub mode: HostPathMode,
    /// The root that a process inside must find.
    pub inside: &'a ExpectedRoot,
    /// The account of the children.
    pub run_as: &'a RunAs,
    /// Paths of the host that are to be provided.
    pub requests: &'a [ProvideRequest],
}

/// All that there is to tell, `entered` being what this process has entered.
pub(crate) fn facts(settings: &Settings, entered: Option<&Entered<'_>>) -> Vec<Fact> {
    let Some(asked) = &settings.jail else {
        return vec![fact("ChrootJail", "Jail", "none")];
    };
    let jail = asked.jail.as_path();
    let proved = match proof(entered) {
        Ok(()) => "yes".to_owned(),
        Err(cause) => format!("no ({})", Fault::for_directive("ChrootDir", path(jail), cause)),
    };
    let mut facts = vec![
        fact("ChrootJail", "Jail", path(jail)),
        fact("ChrootProved", "Proved by this child now", proved),
        fact("ChrootChild", "This child", std::process::id().to_string()),
    ];
    facts.extend(list_process_facts());
    if let Some(entered) = entered {
        let hardening = &entered.run_as.hardening;
        facts.push(fact("ChrootFixRoot", "Host paths", entered.mode.name()));
        facts.push(fact("ChrootProvided", "Provided", listed(&list_provided(entered))));
        facts.push(fact("ChrootHardened", "Hardened", listed(&hardening.in_force())));
        facts.push(fact("ChrootNotHardened", "Not hardened", listed(&hardening.absent())));
    }
    facts.extend(list_settings_facts(settings));
    facts
}

/// A run that learns.
pub(crate) fn describe_learning(mode: LearnMode) -> Fact {
    let state = match mode {
        LearnMode::Outside => "outside: the server is not jailed",
        LearnMode::Inside => "inside",
    };
    fact("ChrootLearning", "Learning", format!("{state} (-D {})", mode.define()))
}

/// Limit of the paths that are listed.
const MOST_PROVIDED: usize = 200;

/// Provided paths as this process finds them, each with the effect of its mount. A path that a word names is listed if it is
/// missing, too.
fn list_provided(entered: &Entered<'_>) -> Vec<String> {
    let find = |request: &ProvideRequest| {
        let name = path(&request.path);
        match on_host(&request.path) {
            Ok(_) if entered.mode != HostPathMode::View => Some(name),
            Ok(found) => match platform::read_mount_flags(found.file.as_fd()) {
                Ok(flags) if flags.read_only => Some(format!("{name} (read-only)")),
                _ => Some(format!("{name} (writable)")),
            },
            Err(_) if request.kind == RequestKind::Required => Some(format!("{name} (missing)")),
            Err(_) => None,
        }
    };
    let found: BTreeSet<_> = entered.requests.iter().filter_map(find).collect();
    let more = found.len().saturating_sub(MOST_PROVIDED);
    let mut listed: Vec<_> = found.into_iter().take(MOST_PROVIDED).collect();
    listed.extend((more > 0).then(|| format!("{more} more")));
    listed
}

/// That this process is where it should be, and who.
fn proof(entered: Option<&Entered<'_>>) -> Result<(), FaultKind> {
    let Entered { inside, run_as, .. } = entered.ok_or(ProofFault::NeverEntered)?;
    proof::check_properties(inside, run_as)?;
    Ok(run_as.hardening.prove(&Evidence::default())?)
}

/// Asked of the system, in the thread that answers.
fn list_process_facts() -> [Fact; 6] {
    let root = platform::read_path_facts(c"/").map(|facts| facts.identity.to_string());
    let users = platform::read_ids().map(|ids| numbers(ids.users.iter().map(|user| user.0)));
    let groups = platform::read_ids().and_then(|ids| {
        let all = platform::read_groups()?;
        Ok(numbers(ids.groups.iter().chain(&all).map(|group| group.0)))
    });
    let capabilities = platform::read_capabilities().map(|found| {
        let all = |it: Capabilities| it.permitted | it.effective | it.inheritable | it.ambient;
        describe_support(found, |it| {
            if it.is_empty() { "none".into() } else { format!("{:#x}", all(it)) }
        })
    });
    let bound = platform::read_capability_bound().map(|found| {
        describe_support(
            found,
            |left| if left == 0 { "empty".into() } else { format!("{left:#x}") },
        )
    });
    let forbidden = platform::has_no_new_privileges()
        .map(|found| describe_support(found, |is| if is { "yes" } else { "no" }.to_owned()));
    [
        fact("ChrootRoot", "Root directory", describe_result(root)),
        fact("ChrootUser", "User", describe_result(users)),
        fact("ChrootGroups", "Groups", describe_result(groups)),
        fact("ChrootCapabilities", "Capabilities", describe_result(capabilities)),
        fact("ChrootBoundingSet", "Capability bounding set", describe_result(bound)),
        fact("ChrootNoNewPrivs", "No new privileges", describe_result(forbidden)),
    ]
}

fn list_settings_facts(settings: &Settings) -> [Fact; 7] {
    let outside: Vec<_> = settings.allow_outside.names().map(str::to_owned).collect();
    [
        fact("ChrootAllowOutside", "Outside the jail by configuration", listed(&outside)),
        fact("ChrootHarden", "ChrootHarden", settings.harden.word()),
        fact("ChrootConnect", "ChrootConnect", settings.connect.words()),
        fact("ChrootCheck", "ChrootCheck", settings.check.word()),
        fact("ChrootAudit", "ChrootAudit", settings.audit.word()),
        fact("ChrootPreflight", "ChrootPreflight", settings.preflight.word()),
        fact("ChrootWarmUp", "ChrootWarmUp", settings.warm_up.word()),
    ]
}

fn fact(key: &'static str, title: &'static str, value: impl Into<String>) -> Fact {
    Fact { key, title, value: escape::escape_line(&value.into()) }
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join("; ") }
}

/// Each number once, in order.
fn numbers(all: impl Iterator<Item = u32>) -> String {
    let all: std::collections::BTreeSet<_> = all.collect();
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A facility that the system lacks is absent, and never in order.
fn describe_support<T>(found: Support<T>, words: impl FnOnce(T) -> String) -> String {
    match found {
        Support::Available(found) => words(found),
        Support::Unsupported => "absent".to_owned(),
    }
}

fn describe_result(found: io::Result<String>) -> String {
    found.unwrap_or_else(|error| format!("unknown ({error})"))
}

/// For programs (`?auto`): one fact a line.
pub(crate) fn as_lines(facts: &[Fact]) -> String {
    facts.iter().map(|Fact { key, value, .. }| format!("{key}: {value}\n")).collect()
}

/// For people: a block of a page. Without tables, which a browser can ask mod_status to do without.
pub(crate) fn as_html(facts: &[Fact]) -> String {
    let items = facts.iter().map(|Fact { title, value, .. }| {
        format!("<dt>{}: {}</dt>\n", escape::escape_html(title), escape::escape_html(value))
    });
    format!("<hr />\n<h2>Jail (mod_chroot)</h2>\n<dl>\n{}</dl>\n", items.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_pass_for_another_fact_or_for_markup() {
        let facts = [fact("ChrootJail", "Jail", "/a\nChrootProved: yes</dl><script>")];
        assert_eq!(as_lines(&facts), "ChrootJail: /a\\x0aChrootProved: yes</dl><script>\n");
        let html = as_html(&facts);
        assert!(
            html.contains("<dt>Jail: /a\\x0aChrootProved: yes&#60;/dl&#62;&#60;script&#62;</dt>")
        );
    }

    /// This process is in no jail, and says so whatever the configuration asks for.
    #[test]
    fn who_has_not_entered_is_not_proved() {
        let jail = crate::path::JailPath::new("/srv/www").unwrap();
        let place = crate::messages::Place { file: "httpd.conf".into(), line: 1 };
        let jail = Some(crate::config::JailSetting { jail, place });
        let settings = Settings { jail, ..Settings::default() };
        let lines = as_lines(&facts(&settings, None));
        assert!(lines.contains("ChrootProved: no (CHR"), "{lines}");
        assert!(!lines.contains("ChrootHardened"), "{lines}");
    }
}
