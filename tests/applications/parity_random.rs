//! The same answers as an unjailed httpd, whatever sections a configuration has.

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{TestCaseError, TestRunner};

    use crate::harness::client::{Ask, get};
    use crate::harness::pair::Pair;
    use crate::harness::{Mpm, Site};

    const NAMES: [&str; 3] = ["a", "b", "ab"];
    const FILES: [&str; 3] = ["index.html", "x.txt", "y.bak"];
    const ASKED: usize = 32;
    const CASES: u32 = 24;

    /// Folders below the document root: every path of up to three names, in a fixed order.
    fn folders() -> Vec<String> {
        let mut all = vec![String::new()];
        for _ in 0..3 {
            let longer = all.iter().flat_map(|path| NAMES.map(|name| format!("{path}/{name}")));
            let mut next: Vec<String> = all.iter().cloned().chain(longer).collect();
            next.sort();
            next.dedup();
            all = next;
        }
        all
    }

    /// What a section says.
    fn rules() -> impl Strategy<Value = String> {
        let one = select(vec![
            "Require all granted",
            "Require all denied",
            "Require method GET",
            "<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n</RequireAll>",
            "Options +Indexes",
            "Options SymLinksIfOwnerMatch",
            "Options +FollowSymLinks",
            "DirectoryIndex x.txt",
            "Header append X-Section {number}",
            "AllowOverride All",
            "AllowOverride AuthConfig",
            "AllowOverride None",
            "ForceType text/x-{number}",
        ]);
        vec(one, 1..3).prop_map(|lines| lines.join("\n"))
    }

    fn container() -> impl Strategy<Value = (String, String)> {
        let folder = select(folders());
        let files = select(vec!["x.txt", "*.bak", "index.html", "?.*"]);
        let pattern = select(vec!["/*", "/a*", "/*/b", "/?", "/[ab]/*", "/*/*", "/a/*/ab"]);
        let regex = select(vec!["/ab?(/|$)", "/[^/]+/b", "/(a|b)/(a|b)$", "x\\.txt$", "//"]);
        let named =
            |kind: &'static str, path: String| (format!("{kind} \"{path}\""), kind.to_owned());
        prop_oneof![
            4 => folder.clone().prop_map(move |path| named("Directory", format!("{{jail}}/htdocs{path}"))),
            2 => pattern.prop_map(move |path| named("Directory", format!("{{jail}}/htdocs{path}"))),
            2 => regex.clone().prop_map(move |path| named("DirectoryMatch", format!("{{jail}}/htdocs{path}"))),
            1 => files.prop_map(move |path| named("Files", path.to_owned())),
            1 => regex.prop_map(move |path| named("FilesMatch", path.to_owned())),
            1 => folder.clone().prop_map(move |path| named("Location", format!("{path}/"))),
            1 => regex_location().prop_map(move |path| named("LocationMatch", path.to_owned())),
            1 => folder.prop_map(|path| (format!("If \"%{{REQUEST_FILENAME}} =~ m#{path}/#\""), "If".to_owned())),
        ]
    }

    fn regex_location() -> impl Strategy<Value = &'static str> {
        select(vec!["^/a", "/ab/", "txt$", "^/[^/]*$"])
    }

    /// Sections, one nested into the other where httpd takes that.
    fn sections() -> impl Strategy<Value = String> {
        let inner = select(vec!["", "<Files \"x.*\">", "<If \"%{REQUEST_METHOD} == 'GET'\">"]);
        let one = (container(), rules(), inner, rules());
        vec(one.prop_map(section), 3..10).prop_map(|all| {
            let number =
                |(number, text): (usize, String)| text.replace("{number}", &number.to_string());
            all.into_iter().enumerate().map(number).collect()
        })
    }

    /// httpd takes AllowOverride only in <Directory>, and no Options in <Files>.
    fn section(parts: ((String, String), String, &'static str, String)) -> String {
        let ((opening, kind), rules, inner, nested) = parts;
        let plain = kind == "Directory";
        let rules = kept(&rules, plain, &kind);
        if !plain || inner.is_empty() {
            return format!("<{opening}>\n{rules}\n</{kind}>\n");
        }
        let (name, nested) =
            (inner[1..].split(' ').next().unwrap_or_default(), kept(&nested, false, "Files"));
        format!("<{opening}>\n{rules}\n{inner}\n{nested}\n</{name}>\n</{kind}>\n")
    }

    fn kept(rules: &str, overrides: bool, kind: &str) -> String {
        let takes_options = !matches!(kind, "Files" | "FilesMatch" | "If");
        let fits = |line: &&str| {
            (overrides || !line.starts_with("AllowOverride"))
                && (takes_options || !line.starts_with("Options"))
        };
        rules.lines().filter(fits).collect::<Vec<_>>().join("\n")
    }

    /// .htaccess files, by folder; one that may not say what it says answers with 500, here and there.
    fn htaccess() -> impl Strategy<Value = Vec<(String, String)>> {
        let text = select(vec![
            "Require all denied",
            "Require all granted",
            "Options +Indexes",
            "DirectoryIndex y.bak",
            "Header append X-Section ht",
            "<Files \"*.txt\">\nRequire all denied\n</Files>",
            "ErrorDocument 403 \"forbidden here\"",
        ]);
        vec((select(folders()), text.prop_map(str::to_owned)), 0..6)
    }

    fn asks() -> impl Strategy<Value = Vec<Ask>> {
        let file = select(vec![
            "",
            "/",
            "/index.html",
            "/x.txt",
            "/y.bak",
            "/none",
            "/link",
            "/link/x.txt",
        ]);
        let url =
            (select(folders()), file).prop_map(|(folder, file)| match format!("{folder}{file}") {
                path if path.is_empty() => get("/"),
                path => get(&path),
            });
        vec(url, ASKED)
    }

    fn site(sections: &str, htaccess: &[(String, String)]) -> Site {
        let mut site = Site::new(Mpm::Event)
            .modules(&["authz_host", "autoindex", "headers", "mime", "alias", "setenvif"])
            .config("TypesConfig /dev/null\nAddType text/plain .txt")
            .config(
                "<Directory />\nOptions SymLinksIfOwnerMatch\nRequire all granted\n</Directory>",
            );
        for folder in folders() {
            for file in FILES {
                site = site.file(&format!("htdocs{folder}/{file}"), &format!("{folder}/{file}"));
            }
            let link = site.sandbox.jail.join(format!("htdocs{folder}/link"));
            let target = site.sandbox.jail.join("htdocs/a");
            std::os::unix::fs::symlink(target, link).expect("a link");
        }
        for (folder, text) in htaccess {
            site = site.file(&format!("htdocs{folder}/.htaccess"), text);
        }
        site.allow_log("htaccess: ").config(sections)
    }

    fn answers_alike(way: &str) {
        let config = ProptestConfig {
            cases: CASES,
            max_shrink_iters: 16,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let told = TestRunner::new(config).run(&(sections(), htaccess(), asks()), |case| {
            let (sections, htaccess, asks) = case;
            let pair = Pair::start(site(&sections, &htaccess), &format!("ChrootFixRoot {way}"));
            let differences: Vec<String> = asks.iter().filter_map(|ask| pair.differ(ask)).collect();
            pair.stop();
            if differences.is_empty() {
                return Ok(());
            }
            let differences = differences.join("\n");
            Err(TestCaseError::fail(format!("{sections}\n{htaccess:?}\n{differences}")))
        });
        told.unwrap_or_else(|fault| panic!("{fault}"));
    }

    #[test]
    fn whatever_the_sections_a_view_answers_alike() {
        answers_alike("view");
    }

    #[test]
    fn whatever_the_sections_a_link_answers_alike() {
        answers_alike("link");
    }
}
