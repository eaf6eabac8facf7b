mod databases;
mod debian;
mod files;
mod known;
mod more_modules;
mod names;
mod php;
mod php_files;
mod programs;
mod provide;
mod served;
mod surveyed;

use super::properties::list_paths;
use super::*;
use crate::messages::Place;
use crate::preflight::survey::{Survey, SurveyRow, parse_survey};
use fixture::{RuleFixture, parse_config};
use proptest::prelude::*;
use std::ffi::OsString;
use std::sync::OnceLock;

fn directive(name: &str, words: Vec<OsString>) -> OtherDirective {
    let place = Place { file: "httpd.conf".into(), line: 1 };
    OtherDirective { name: name.into(), words, sections: Vec::new(), place }
}

/// The survey, as the build script reads it.
fn read_survey() -> &'static Survey {
    static SURVEY: OnceLock<Survey> = OnceLock::new();
    let read = || parse_survey(include_str!("../../survey/table.txt")).expect("the survey");
    SURVEY.get_or_init(read)
}

#[test]
fn no_directive_has_two_lines_of_the_survey() {
    let survey = read_survey();
    let names = survey.rows.iter().map(|row| row.directive.to_ascii_lowercase());
    let mut names: Vec<_> = names.collect();
    let plain: std::collections::BTreeSet<_> =
        survey.plain.iter().map(|(_, name)| name.to_ascii_lowercase()).collect();
    names.extend(plain);
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn each_line_of_the_survey_that_is_read_has_its_row() {
    let survey = read_survey();
    let read: Vec<_> = survey.rows.iter().filter(|row| row.is_read()).collect();
    assert_eq!(read.len(), ROWS.len());
    let rows = RowIndex::new();
    assert!(read.iter().all(|row| rows.find(&row.directive).is_some()));
}

#[test]
fn files_of_the_parent_are_surveyed_as_such() {
    let survey = read_survey();
    for name in ["PidFile", "ErrorLog", "SSLCertificateKeyFile", "TypesConfig"] {
        let row = survey.rows.iter().find(|row| row.directive == name).expect(name);
        assert_eq!((&*row.opener, row.is_read()), ("parent", false), "{name}");
    }
}

/// A file whose absence opens access, or ends the child, is looked for.
#[test]
fn no_line_of_the_survey_that_opens_access_or_ends_the_child_is_unread() {
    let is_grave = |row: &&SurveyRow| {
        let absence = row.absence.trim_end_matches('?');
        matches!(absence, "opens" | "ends") && !row.is_read()
    };
    let unread: Vec<_> = read_survey().rows.iter().filter(is_grave).collect();
    assert!(unread.is_empty(), "{unread:?}");
}

/// Switches by which directives come into use.
const ALL_IN_USE: &str = "CacheEnable disk /\nDav on\nDav svn\nSecRuleEngine On\nSecRequestBodyAccess On\n\
    SecUploadKeepFiles On\nSecAuditEngine On\nSecAuditLogType Concurrent\nOIDCCacheType file\nSSLVerifyClient require\n\
    SSLCARevocationCheck chain\nSSLProxyCARevocationCheck chain\nSSLProxyVerify require\nSSLUseStapling on\n\
    CacheLock on\nSSLOCSPEnable on\nAddOutputFilter INCLUDES .s\nProxyExpressEnable on\nMDomain a.example\nDBDriver pgsql\nWSGIDaemonProcess d\nAllowOverride All\n";

/// Values of directives, one of which is reported for each line of the survey that has a check.
const VALUES: [&str; 43] = [
    "/p",
    "x /p",
    "x y /p",
    "/p/x /p",
    "a.example",
    "x a.example",
    "https://a.example/x",
    "x https://a.example/x",
    "from a.example",
    "host a.example",
    "unix:/run/s|http://a/",
    "unix:/run/s",
    "proxy:unix:/run/s|fcgi://a/",
    "txt:/p",
    "x txt:/p",
    "on",
    "dns",
    "flock:/p default",
    "keytab:/p",
    "file:/p",
    "file dir=/p",
    "file:///p",
    "dbm:/p",
    "exec /p",
    "\"-f '/p'\"",
    "x \"%{file:/p}\"",
    "\"%{file:/p}\"",
    "x expr=-f'/p'",
    "\"-f '/p'\">",
    "cgi-script .cgi",
    "saslauthd",
    "x mode=output cmd=/p",
    "x \"phase:1,exec:/p\"",
    "\"['/p']\"",
    "Includes",
    "proxy-sendcl 1",
    "/p -f",
    "\"w /p\"",
    "connect file:/p",
    "flock",
    "d home=/p",
    "odbc",
    "cgi-script .cgi\n<Directory /d>\nOptions ExecCGI\n</Directory>",
];

/// A check that no value causes is no check.
#[test]
fn each_line_of_the_survey_with_a_check_and_a_consequence_has_a_value_that_is_reported() {
    let all = [
        c"mod_cgi.c",
        c"mod_cgid.c",
        c"mod_fcgid.c",
        c"mod_include.c",
        c"mod_rewrite.c",
        c"mod_heartmonitor.c",
        c"mod_perl.c",
        c"mod_wsgi.c",
    ];
    let view = RuleFixture::with(&all);
    let is_silent = |row: &&SurveyRow| {
        let name = &row.directive;
        let is_of_it = |line: &String| {
            let rest = line.strip_prefix(&**name);
            rest.is_some_and(|rest| rest.starts_with(['!', '?', ' ']))
        };
        let reports = |text: String| {
            let mut lines = view.list_requirements(&text);
            lines.extend(view.list_known_issues(&text));
            lines.iter().any(is_of_it)
        };
        !VALUES.iter().any(|value| reports(format!("{ALL_IN_USE}{name} {value}")))
    };
    let checked = read_survey()
        .rows
        .iter()
        .filter(|row| row.is_read() && row.usage != "switch" && row.has_consequence());
    let silent: Vec<_> = checked.filter(is_silent).map(|row| &row.directive).collect();
    assert!(silent.is_empty(), "no value is reported: {silent:?}");
}

/// Fails if a requirement is heavier than the survey says: it would be a surprise to who reads only that.
pub(super) fn compare_with_survey(requirement: &Requirement) {
    let survey = read_survey();
    // Settings of PHP are no directives.
    let is_row = |row: &&SurveyRow| row.directive.eq_ignore_ascii_case(&requirement.directive);
    let Some(row) = survey.rows.iter().find(is_row) else { return };
    let absence = row.absence.trim_end_matches('?');
    let refuses = matches!(absence, "opens" | "ends" | "-");
    assert!(refuses || !requirement.refuses, "{row:?}: {requirement:?}");
    assert!(absence != "less" || !requirement.breaks, "{row:?}: {requirement:?}");
}

proptest! {
    #[test]
    fn arbitrary_words_are_read_without_panic(
        index in 0..ROWS.len(),
        words in proptest::collection::vec(word(), 0..4),
        section in proptest::option::of("[ -~]{0,12}"),
        mode in proptest::sample::select(vec![HostPathMode::View, HostPathMode::Link, HostPathMode::Off]),
    ) {
        let name = ROWS[index].0;
        let sections = section.into_iter().collect();
        let words = words.into_iter().map(OsString::from).collect();
        let written = [OtherDirective { sections, ..directive(name, words) }];
        let fixture = RuleFixture { mode, ..RuleFixture::default() };
        let (requirements, _) = collect_requirements(&written, &fixture.input(&|_| true));
        for requirement in requirements {
            prop_assert!(list_paths(&requirement.resource).iter().all(|path| path.is_absolute()), "{requirement:?}");
        }
    }

    #[test]
    fn arbitrary_ini_files_are_read_without_panic(text in "([ -~]{0,30}\n){0,6}") {
        let fixture = RuleFixture { ini: vec![("/etc/php.ini".into(), text)], ..RuleFixture::default() };
        collect_requirements(&[], &fixture.input(&|_| true));
    }
}

/// A switch is in httpd's tree, but requires nothing by itself.
#[test]
fn a_switch_alone_requires_nothing() {
    for (name, _) in ROWS.iter().filter(|(_, class)| matches!(class, RowClass::Switch)) {
        for word in ["on", "off", "/path", "|x", "all", "file"] {
            let written = [directive(name, vec![word.into()])];
            let input = RuleFixture::default();
            let (requirements, known) = collect_requirements(&written, &input.input(&|_| false));
            assert!(requirements.is_empty() && known.is_empty(), "{name} {word}");
        }
    }
}

/// Words that come close to what directives have.
fn word() -> impl Strategy<Value = String> {
    let parts = "(/|unix:|proxy:|dbm:|txt:|exec:|file:|://|http://|[$]1|%[{]|\\||\"|'|[?*;=,. ]|s/|r |a|Z|é|-f |on|flock){0,6}";
    prop_oneof!["[ -~]{0,12}", parts]
}

#[test]
fn a_requirement_of_several_virtual_hosts_is_listed_once() {
    let text = "<VirtualHost a>\nAuthUserFile /u\n</VirtualHost>\n<VirtualHost b>\nAuthUserFile /u\n</VirtualHost>";
    let (requirements, _) =
        collect_requirements(&parse_config(text), &RuleFixture::default().input(&|_| true));
    let of_file = requirements.iter().filter(|requirement| requirement.directive == "AuthUserFile");
    assert_eq!(
        of_file.map(|requirement| requirement.place.as_ref().map(|it| it.line)).collect::<Vec<_>>(),
        [Some(2)]
    );
}
