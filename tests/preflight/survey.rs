//! The survey of directives has every directive of the modules that it names, as far as they are installed: `httpd -L`
//! lists them. Other modules may be installed too.

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use object::{Object, ObjectSymbol};

    use crate::harness::Apache;
    use crate::survey_format::{Survey, parse_survey};

    /// Modules whose functions others call.
    const BASE: [&str; 11] = [
        "proxy",
        "proxy_balancer",
        "dav",
        "dav_svn",
        "cache",
        "session",
        "dbd",
        "ldap",
        "ssl",
        "heartmonitor",
        "log_sql",
    ];

    /// A module that is installed: its file, and names that its record may have.
    struct Installed {
        file: PathBuf,
        records: Vec<String>,
    }

    fn list_modules(folder: &Path) -> Vec<Installed> {
        let entries = fs::read_dir(folder).expect("the modules").flatten().map(|it| it.path());
        let mut files: Vec<_> =
            entries.filter(|path| path.extension().is_some_and(|it| it == "so")).collect();
        files.sort();
        files.into_iter().map(|file| Installed { records: list_records(&file), file }).collect()
    }

    /// Symbols of a module that may be its record.
    fn list_records(file: &Path) -> Vec<String> {
        let content = fs::read(file).expect("a module");
        let Ok(object) = object::File::parse(&*content) else { return Vec::new() };
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let defined = object.dynamic_symbols().filter(|symbol| symbol.is_definition());
        let names = defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned));
        names.filter(|name| name.ends_with("_module") || *name == stem).collect()
    }

    fn stem(file: &Path) -> String {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        stem.trim_start_matches("mod_").to_owned()
    }

    /// Directives that httpd lists with a module and those that it needs, each with its source file.
    fn list_directives(apache: &Apache, module: &Installed, all: &[Installed]) -> Option<Lines> {
        let alone = module.records.iter().find_map(|record| run_httpd(apache, module, record, &[]));
        alone.or_else(|| {
            module.records.iter().find_map(|record| run_httpd(apache, module, record, all))
        })
    }

    type Lines = Vec<(String, String)>;

    fn run_httpd(
        apache: &Apache,
        module: &Installed,
        record: &str,
        needed: &[Installed],
    ) -> Option<Lines> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut text = format!(
            "ServerRoot \"{0}\"\nServerName localhost\nPidFile \"{0}/pid\"\nErrorLog \"{0}/log\"\n\
             DefaultRuntimeDir \"{0}\"\nListen 127.0.0.1:80\n",
            folder.path().display()
        );
        let own = stem(&module.file);
        let has_mpm = own.starts_with("mpm_") && own != "mpm_itk";
        let mut loaded = vec!["mpm_prefork"];
        loaded.retain(|_| !has_mpm);
        if !needed.is_empty() {
            loaded.extend(BASE);
        }
        let base = loaded.iter().filter(|name| **name != own);
        for name in base.filter(|name| !apache.has_builtin(name)) {
            if *name == "mpm_prefork" {
                text.push_str(&apache.load(name));
            }
            let base = needed.iter().find(|it| stem(&it.file) == **name && is_before(name, &own));
            if let Some((base, record)) = base.and_then(|it| Some((it, it.records.first()?))) {
                text.push_str(&format!("LoadModule {record} \"{}\"\n", base.file.display()));
            }
        }
        text.push_str(&format!("LoadModule {record} \"{}\"\n", module.file.display()));
        let file = folder.path().join("httpd.conf");
        fs::write(&file, text).expect("a configuration");
        let output = Command::new(&apache.program).arg("-f").arg(&file).arg("-L").output();
        let output = output.expect("httpd");
        output.status.success().then(|| parse_list(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Whether the module `name` may be loaded before `own`: not if it needs that itself.
    fn is_before(name: &str, own: &str) -> bool {
        !(own == "proxy" && name.starts_with("proxy_") || own == "dav" && name.starts_with("dav_"))
    }

    /// `Alias (mod_alias.c)`, with a description in indented lines.
    fn parse_list(text: &str) -> Lines {
        let line = |line: &str| {
            let (name, file) = line.rsplit_once(" (")?;
            let is_heading = !line.starts_with(char::is_whitespace);
            is_heading.then(|| (name.to_owned(), file.trim_end_matches(')').to_owned()))
        };
        text.lines().filter_map(line).collect()
    }

    /// Folders of modules: httpd's own, and one with modules that are not installed, for the survey itself.
    fn list_folders(apache: &Apache) -> Vec<PathBuf> {
        let more = std::env::var_os("MOD_CHROOT_SURVEY").map(PathBuf::from);
        [apache.modules.clone()].into_iter().chain(more).collect()
    }

    /// Source files of modules, each with directives.
    type BySource = BTreeMap<String, BTreeSet<String>>;

    /// Directives that are not in the survey: of modules that it names, and of others.
    fn list_unknown(lines: Lines, survey: &Survey) -> (BySource, BySource) {
        let rows = survey.rows.iter().map(|row| &row.directive);
        let known: BTreeSet<_> = rows
            .chain(survey.plain.iter().map(|(_, name)| name))
            .map(|name| name.to_ascii_lowercase())
            .collect();
        let (mut missing, mut others) = (BySource::new(), BySource::new());
        for (name, file) in lines {
            let is_claimed = survey.modules.contains(&file);
            if is_claimed && known.contains(&name.to_ascii_lowercase()) {
                continue;
            }
            let to = if is_claimed { &mut missing } else { &mut others };
            to.entry(file).or_default().insert(name);
        }
        (missing, others)
    }

    fn read_survey() -> Survey {
        let survey = parse_survey(include_str!("../../src/preflight/survey/table.txt"));
        survey.expect("the survey")
    }

    #[test]
    fn every_directive_of_the_surveyed_modules_is_surveyed_whatever_else_is_installed() {
        let survey = read_survey();
        let apache = Apache::installed();
        let all: Vec<_> =
            list_folders(apache).iter().flat_map(|folder| list_modules(folder)).collect();
        let mut lines = Lines::new();
        for module in &all {
            match list_directives(apache, module, &all) {
                Some(found) => lines.extend(found),
                None => eprintln!("not loaded: {}", module.file.display()),
            }
        }
        let sources: BTreeSet<_> = lines.iter().map(|(_, file)| file.clone()).collect();
        let (missing, others) = list_unknown(lines, &survey);
        if !others.is_empty() {
            eprintln!("modules that the survey does not name: {:?}", others.keys());
        }
        assert!(missing.is_empty(), "not in src/preflight/survey/table.txt: {missing:#?}");
        for source in ["core.c", "mod_alias.c", "mod_rewrite.c"] {
            assert!(sources.contains(source), "httpd lists no directive of {source}");
        }
    }

    #[test]
    fn a_directive_is_missed_in_a_surveyed_module_and_not_in_another() {
        let line = |name: &str, file: &str| (name.to_owned(), file.to_owned());
        let lines = vec![
            line("Alias", "mod_alias.c"),
            line("AliasNew", "mod_alias.c"),
            line("Other", "mod_other.c"),
            line("Alias", "mod_other.c"),
        ];
        let (missing, others) = list_unknown(lines, &read_survey());
        assert_eq!(missing, BySource::from([("mod_alias.c".into(), ["AliasNew".into()].into())]));
        assert_eq!(others.keys().collect::<Vec<_>>(), ["mod_other.c"]);
    }
}
