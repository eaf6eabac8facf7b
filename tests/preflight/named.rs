//! Promise 8: what is known not to work in a jail is named with its place and what to do, even where no path can be
//! tried; and what does the same and works is not.

#[cfg(test)]
mod tests {
    use crate::harness::{Mpm, Site};

    /// The id and directive that are named, modules, lines that are named, lines that are not.
    struct Row(&'static str, &'static [&'static str], &'static str, &'static str);

    const MD: &[&str] = &["ssl", "socache_shmcb", "watchdog", "md"];
    const LINK: &str = "ChrootFixRoot link\n<Directory />\nOptions";

    const ROWS: &[Row] = &[
        Row(
            "CHR821: Mutex",
            &["rewrite"],
            "Mutex flock:{server}/run rewrite-map",
            "Mutex sysvsem rewrite-map",
        ),
        Row(
            "CHR822: MDomain",
            MD,
            "MDomain localhost.example\nMDStoreDir \"{server}/md\"",
            "MDomain localhost.example\nMDStoreDir \"{jail}/md\"",
        ),
        Row(
            "CHR825: SecChrootDir",
            &["unique_id", "security2"],
            "SecChrootDir \"{jail}\"",
            "SecRuleEngine off",
        ),
        Row(
            "CHR826: Options",
            &[],
            "{link} None\n</Directory>",
            "{link} SymLinksIfOwnerMatch\n</Directory>",
        ),
        Row(
            "CHR829: <Directory",
            &[],
            "ChrootFixRoot off\n<Directory \"{jail}/htdocs\">\nRequire all denied\n</Directory>",
            "ChrootFixRoot off\n<Directory /htdocs>\nRequire all denied\n</Directory>",
        ),
        Row(
            "CHR830: MMapFile",
            &["file_cache"],
            "MMapFile \"{server}/conf/seen.conf\"",
            "MMapFile \"{jail}/htdocs/index.html\"",
        ),
        Row(
            "CHR801: HostnameLookups",
            &[],
            "ChrootProvide none\nHostnameLookups on",
            "HostnameLookups on",
        ),
        Row(
            "CHR801: Require",
            &["authz_host"],
            "ChrootProvide none\n<Location />\nRequire host example\n</Location>",
            "<Location />\nRequire host example\n</Location>",
        ),
        Row(
            "CHR808: UserDir",
            &["userdir"],
            "UserDir public_html",
            "UserDir public_html\nChrootProvide users",
        ),
        Row(
            "CHR808: Require",
            &["authz_owner"],
            "<Location />\nRequire file-owner\n</Location>",
            "<Location />\nRequire file-owner\n</Location>\nChrootProvide users",
        ),
    ];

    fn site(row: &Row, lines: &str) -> Site {
        let site = Site::new(Mpm::Event).document_root("{jail}/htdocs").modules(row.1);
        let site = site.server_file("conf/seen.conf", &lines.replace("{link}", LINK));
        site.config("Include conf/seen.conf")
    }

    fn check(row: &Row) {
        let Row(named, _, bad, good) = row;
        let said = site(row, bad).configtest();
        let line = said.output.lines().find(|line| line.starts_with(named));
        let line = line.unwrap_or_else(|| panic!("not named: {named}\n{}", said.output));
        assert!(line.contains("conf/seen.conf:"), "{line}");
        assert!(line.contains("; "), "no remedy: {line}");
        let said = site(row, good).configtest();
        assert!(!said.output.contains(named), "{named}, though it is fine: {}", said.output);
    }

    #[test]
    fn each_is_named_and_what_works_is_not() {
        let wrong: Vec<_> = ROWS
            .iter()
            .filter(|row| std::panic::catch_unwind(|| check(row)).is_err())
            .map(|row| row.0)
            .collect();
        assert!(wrong.is_empty(), "wrong rows: {wrong:?}");
    }

    #[test]
    fn suexec_inside_is_named() {
        let lines = "<VirtualHost *:{port}>\nDocumentRoot \"{jail}/htdocs\"\nSuexecUserGroup jailed jailed2\n</VirtualHost>";
        let site = || {
            Site::new(Mpm::Event).document_root("{jail}/htdocs").modules(&["suexec"]).config(lines)
        };
        site().with_suexec().configtest().says("CHR823: SuexecUserGroup").exits(0);
        site().configtest().does_not_say("CHR823");
    }

    /// A name that is known outside only: of a backend, in the host's own list of names.
    #[test]
    fn a_backend_whose_name_is_known_outside_only_is_named() {
        let site = |provide| {
            let hosts = "cp /etc/hosts \"{base}/hosts\"\necho '127.0.0.1 far.example' >>\"{base}/hosts\"\n\
                         mount --bind \"{base}/hosts\" /etc/hosts";
            let site = Site::new(Mpm::Event)
                .document_root("{jail}/htdocs")
                .modules(&["proxy", "proxy_http"]);
            site.after(hosts).config("ProxyPass /x http://far.example:{port}/").config(provide)
        };
        let said = site("ChrootProvide none").configtest();
        said.says("CHR807: ProxyPass").says("add \"ChrootProvide dns\"").exits(0);
        site("").configtest().does_not_say("CHR807").exits(0);
    }
}
