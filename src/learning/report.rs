//! The file with the proposed lines, as httpd reads it: each line below its reasons, which are comments.

use crate::config::ProvideItem;
use crate::learning::observation::{Observation, ObservationTable, Uses};
use crate::learning::proposal::{Proposal, UnproposedPath};
use crate::messages::escape::escape_bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Paths that are named for one line.
const MOST_REASONS: usize = 3;

/// Paths that are named for one reason against a line.
const MOST_UNPROPOSED: usize = 5;

/// Result of trying the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TriedResult {
    /// They were not tried, for this reason.
    Untried(String),
    /// Number of uses that were tried in the jail, and those that fail, each with its reason.
    Tried(usize, Vec<(String, String)>),
}

/// Facts for the head of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportHead<'a> {
    /// Origin of the paths: `used while ...`.
    pub origin: &'a str,
    /// Path of the file.
    pub file: &'a Path,
    /// Path of the raw list.
    pub list: &'a Path,
    /// The jail.
    pub jail: &'a Path,
    /// The result of trying the lines.
    pub tried: &'a TriedResult,
}

/// Formats the file.
pub(crate) fn format_report(
    head: &ReportHead<'_>,
    proposal: &Proposal,
    table: &ObservationTable,
) -> String {
    let mut text = format_head(head, proposal, table);
    for line in &proposal.lines {
        text.push('\n');
        push_reasons(&mut text, &line.uses);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "ChrootProvide {}", quote(&line.item));
    }
    push_unproposed(&mut text, &proposal.unproposed);
    push_ports(&mut text, table);
    push_failures(&mut text, head.tried);
    text
}

fn format_head(head: &ReportHead<'_>, proposal: &Proposal, table: &ObservationTable) -> String {
    let show = |path: &Path| escape_bytes(path.as_os_str().as_bytes());
    let programs: BTreeSet<_> = table.paths().map(|seen| &seen.program).collect();
    let mut text = format!(
        "# Lines for the paths that were {}.\n# {} paths of {} programs, for the jail {}; all of them are in {}.\n\
         # {}\n",
        head.origin,
        table.len(),
        programs.len(),
        show(head.jail),
        show(head.list),
        head.tried.describe()
    );
    if proposal.lines.is_empty() {
        text.push_str("# No line is needed.\n");
        return text;
    }
    // Writing into a String cannot fail.
    let _ = write!(
        text,
        "#\n# Read each line: everything that it names becomes readable for the children. Remove a line that you cannot\n\
         # explain; it may stand for the request of an attacker. Then include the file, test, and restart:\n#\n\
         #   Include {}\n#   apachectl configtest\n#   apachectl -k stop     (if the server still runs)\n#   apachectl start\n",
        quote_path(head.file)
    );
    text
}

impl TriedResult {
    fn describe(&self) -> String {
        match self {
            Self::Untried(reason) => {
                format!("These lines were not tried: {}", escape_bytes(reason.as_bytes()))
            }
            Self::Tried(all, failed) if failed.is_empty() => {
                format!("Tried in the jail with these lines: all {all} uses work.")
            }
            Self::Tried(all, failed) => {
                let failed = failed.len();
                format!(
                    "Tried in the jail with these lines: {failed} of {all} uses fail; see the end."
                )
            }
        }
    }
}

/// Adds a line for each program, and the most frequent paths.
fn push_reasons(text: &mut String, uses: &[Observation]) {
    let mut programs: BTreeMap<&Path, Vec<&Observation>> = BTreeMap::new();
    for seen in uses {
        programs.entry(&seen.program).or_default().push(seen);
    }
    for (program, uses) in programs {
        let _ = writeln!(text, "# {}:", escape_bytes(program.as_os_str().as_bytes()));
        for seen in uses.iter().take(MOST_REASONS) {
            let _ = writeln!(text, "#   {}", describe(seen));
        }
        if uses.len() > MOST_REASONS {
            let _ = writeln!(text, "#   and {} more", uses.len() - MOST_REASONS);
        }
    }
}

fn describe(seen: &Observation) -> String {
    let path = escape_bytes(seen.path.as_os_str().as_bytes());
    if seen.count == 0 {
        return format!("names {path}");
    }
    format!("{} {path} ({})", seen.uses.verb(), times(seen.count))
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn push_unproposed(text: &mut String, unproposed: &[UnproposedPath]) {
    let mut reasons: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for path in unproposed {
        reasons.entry(&path.reason).or_default().push(&path.seen);
    }
    if reasons.is_empty() {
        return;
    }
    text.push_str("\n# Used, and not proposed:\n");
    for (reason, mut all) in reasons {
        all.sort_by_key(|seen| (!seen.uses.has(Uses::READ | Uses::WRITE), seen.path.clone()));
        let _ = writeln!(text, "# - {reason}:");
        for seen in all.iter().take(MOST_UNPROPOSED) {
            let program = escape_bytes(seen.program.as_os_str().as_bytes());
            let _ = writeln!(text, "#     {}, by {program}.", describe(seen));
        }
        if all.len() > MOST_UNPROPOSED {
            let _ = writeln!(text, "#     and {} more", all.len() - MOST_UNPROPOSED);
        }
    }
}

/// Ports that are named.
const MOST_PORTS: usize = 100;

/// The port of name servers, which are asked by UDP.
const NAME_SERVERS: u16 = 53;

fn push_ports(text: &mut String, table: &ObservationTable) {
    let all: Vec<_> = table.ports().take(MOST_PORTS).collect();
    if all.is_empty() {
        return;
    }
    text.push_str("\n# Connections to ports, which work in the jail:\n");
    for (port, program, count) in &all {
        let program = escape_bytes(program.as_os_str().as_bytes());
        let _ = writeln!(
            text,
            "#   {} port {} ({}), by {program}.",
            port.address,
            port.port,
            times(*count)
        );
    }
    let ports: BTreeSet<_> = all.iter().map(|(port, ..)| port.port).collect();
    let ports = ports.into_iter().filter(|port| *port != NAME_SERVERS);
    let ports: Vec<_> = ports.map(|port| port.to_string()).collect();
    if !ports.is_empty() {
        let _ = writeln!(text, "# To permit no others: ChrootConnect {}", ports.join(" "));
    }
}

fn push_failures(text: &mut String, tried: &TriedResult) {
    let TriedResult::Tried(_, failed) = tried else { return };
    if !failed.is_empty() {
        text.push_str("\n# Fails in the jail, although these lines are there:\n");
    }
    for (path, reason) in failed.iter().take(100) {
        let line = escape_bytes(format!("{path}: {reason}").as_bytes());
        let _ = writeln!(text, "#   {line}.");
    }
}

/// The word as httpd reads it: in quotes, if it has more than letters, digits and the usual marks.
fn quote(item: &ProvideItem) -> String {
    quote_word(&item.to_string())
}

fn quote_path(path: &Path) -> String {
    quote_word(&path.to_string_lossy())
}

fn quote_word(word: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "/:._-+@,=".contains(char);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::proposal::ProposedLine;
    use std::path::PathBuf;

    fn seen(path: &str) -> Observation {
        Observation {
            path: path.into(),
            real: path.into(),
            program: "/usr/bin/evil\nChrootDir none".into(),
            uses: Uses::READ,
            count: 2,
            set_id: false,
        }
    }

    fn report(path: &str) -> String {
        let item = ProvideItem::Path { path: PathBuf::from(path), writable: false };
        let lines = vec![ProposedLine {
            item,
            uses: vec![seen("/a\nInclude /tmp/x"), seen("/b\u{1b}[2J")],
        }];
        let unproposed =
            vec![UnproposedPath { reason: "a key".into(), seen: seen("/k\nUser root") }];
        let tried = TriedResult::Tried(2, vec![("/a\nUser root".into(), "missing".into())]);
        let head = ReportHead {
            origin: crate::learning::LearnMode::Outside.origin(),
            file: Path::new("/etc/httpd/chroot-learned.conf"),
            list: Path::new("/etc/httpd/chroot-learned.paths"),
            jail: Path::new("/srv/www"),
            tried: &tried,
        };
        let mut table = ObservationTable::default();
        table.add(seen("/a\nb"));
        format_report(&head, &Proposal { lines, unproposed, needed: Vec::new() }, &table)
    }

    /// httpd joins a line that ends in a backslash with the next one, also if it is a comment.
    #[test]
    fn no_name_at_the_end_of_a_comment_hides_the_next_line() {
        let with_backslash = |path: &str| Observation { program: "/p\\".into(), ..seen(path) };
        let unproposed = UnproposedPath { reason: "a key".into(), seen: with_backslash("/k\\") };
        let mut text = String::new();
        push_unproposed(&mut text, &[unproposed]);
        push_failures(&mut text, &TriedResult::Tried(1, vec![("/a".into(), "b\\".into())]));
        push_reasons(&mut text, &[with_backslash("/a\\")]);
        assert!(text.lines().all(|line| !line.ends_with('\\')), "{text}");
    }

    #[test]
    fn names_of_strangers_stay_in_comments() {
        let text = report("/usr/share/app");
        let active: Vec<_> =
            text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert_eq!(active, ["ChrootProvide /usr/share/app"], "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_path_with_spaces_and_quotes_is_one_word() {
        assert!(report("/srv/my \"site\"").contains(r#"ChrootProvide "/srv/my \"site\"""#));
    }
}
