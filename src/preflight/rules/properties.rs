//! Properties of the rules, for any configuration and any ini file.

use crate::messages::Place;
use crate::preflight::requirement::{Requirement, Resource};
use crate::preflight::rules::fixture::{RuleFixture, parse_config};
use crate::preflight::rules::php_ini::parse_file;
use crate::preflight::rules::{collect_configured_paths, collect_requirements};
use std::path::{Path, PathBuf};

/// Path of the ini file.
const INI: &str = "/etc/php/8.2/apache2/php.ini";

/// `input` is a configuration of httpd. Each requirement has an absolute path, and the place of a directive that is there.
pub(crate) fn check_configuration(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let directives = parse_config(&text);
    let fixture = RuleFixture::default();
    let input = fixture.input(&|_| true);
    let (requirements, known) = collect_requirements(&directives, &input);
    let is_written = |place: &Place| directives.iter().any(|written| written.place == *place);
    requirements.iter().for_each(|one| check_requirement(one, &is_written));
    for issue in &known {
        assert!(issue.place.as_ref().is_none_or(is_written), "{issue:?}");
    }
    let again = collect_requirements(&directives, &input);
    assert_eq!((requirements, known), again, "the same configuration again");
    let configured = collect_configured_paths(&directives, input.base_dirs, &|_| true);
    let files = configured.files.iter().map(|(path, _)| path);
    let sockets = configured.sockets.iter().map(|sockets| &sockets.path);
    for path in files.chain(sockets).chain(&configured.aliases) {
        assert!(path.is_absolute(), "{}", path.display());
    }
}

/// `input` is an ini file of PHP. A setting has its line, and is read equal when it is written again.
pub(crate) fn check_php_ini(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let lines: Vec<_> = text.lines().collect();
    for setting in parse_file(Path::new(INI), &text) {
        assert_eq!((setting.place.file.as_str(), setting.is_global), (INI, true));
        let line = lines.get(setting.place.line as usize - 1).copied().unwrap_or_default();
        assert!(line.to_ascii_lowercase().contains(&setting.name), "{setting:?}");
        assert!(line.contains(&setting.value) && !setting.name.contains('='), "{setting:?}");
        if !setting.value.contains('"') {
            let written = format!("{} = \"{}\"", setting.name, setting.value);
            let read = parse_file(Path::new(INI), &written);
            let read = read.first().map(|read| (&read.name, &read.value));
            assert_eq!(read, Some((&setting.name, &setting.value)), "{written}");
        }
    }
    let is_written = |place: &Place| place.file == INI && place.line as usize <= lines.len();
    let fixture = RuleFixture { ini: vec![(INI.into(), text.clone())], ..RuleFixture::default() };
    let (requirements, _) = collect_requirements(&[], &fixture.input(&|_| true));
    requirements.iter().for_each(|one| check_requirement(one, &is_written));
}

/// Requirements of all kinds.
pub(in crate::preflight) fn collect_samples() -> Vec<Requirement> {
    let text = "AuthUserFile /u\nDocumentRoot /srv/www/a\nProxyPass / http://host/\nScriptAlias /c /usr/lib/c\n\
                AuthDBMUserFile /dbm\nScriptSock /run/cgid\nCacheRoot /var/cache/x\nExtFilterDefine f cmd=/bin/f";
    let fixture = RuleFixture::default();
    collect_requirements(&parse_config(text), &fixture.input(&|_| true)).0
}

fn check_requirement(requirement: &Requirement, is_written: &dyn Fn(&Place) -> bool) {
    let paths = list_paths(&requirement.resource);
    assert!(paths.iter().all(|path| path.is_absolute()), "{requirement:?}");
    assert!(requirement.place.as_ref().is_none_or(is_written), "{requirement:?}");
    assert!(!requirement.directive.is_empty(), "{requirement:?}");
}

/// Paths that a resource consists of.
pub(super) fn list_paths(resource: &Resource) -> Vec<&Path> {
    match resource {
        Resource::File(path)
        | Resource::Folder(path)
        | Resource::Either(path)
        | Resource::WritableFolder(path)
        | Resource::WritableFile(path)
        | Resource::Socket(path)
        | Resource::Program(path)
        | Resource::Tree(path)
        | Resource::Whole(path)
        | Resource::Programs { folder: path, .. } => vec![path],
        Resource::AnyFile(all) | Resource::Scratch(all) => {
            all.iter().map(PathBuf::as_path).collect()
        }
        Resource::AccessFiles { folder, .. } => vec![folder],
        Resource::Host(_) | Resource::Resolver | Resource::Users => Vec::new(),
    }
}
