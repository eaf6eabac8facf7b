//! A site that uses every kind of section, written with host paths, and what may be asked of it.

use super::apache::Mpm;
use super::client::{ALICE, ALICE_WRONG, Ask, BOB, SECRET, ask, get};
use super::identity::{GID, UID};
use super::site::Site;
use super::tools;

/// The modules it needs.
const MODULES: &str = "
alias rewrite auth_basic authn_core authn_file authz_user authz_groupfile authz_host autoindex
mime negotiation setenvif headers include cgid env actions
";

const FILES: &str = "
index.html plain/page.html plain/page.txt plain/unknown.xyz plain/page.html.bak plain/page.old
plain/percent%41.txt private/page.html private/open/page.html private/open/deeper/page.html
private/open/deeper/closed/page.html one/hidden/page.html one/visible/page.html
two/hidden/page.html two/deeper/hidden/page.html wild/a1/page.html wild/c1/page.html
x/secret-12/page.html secret-7/page.html secret-x/page.html nested/page.html nested/x.html
nested/deeper/x.html by-location/page.html loc-5/page.html loc-x/page.html reopened/page.html
if/denied/page.html if/open/page.html if/flag listed/one.txt listed/two.html
listed/sub/three.txt unlisted/one.txt indexed/start.html indexed/other.html
rewritten/exists.txt rewritten/folder/page.html rewritten/fallback.txt
rewritten/link-target.txt ht/plain.html ht/auth/page.html ht/denied/page.html
ht/denied/but/page.html ht/rewrite/page.html ht/rewrite/target.html ht/rewrite/sub/page.html
ht/options/one.txt ht/files/page.html ht/files/page.inc ht/broken/page.html
ht/header/page.html no-ht/page.html auth/basic/page.html auth/group/page.html
auth/alice/page.html links/target/page.html ssi/page.shtml ssi/part.html
";

/// A name that a URL has to escape.
const SPACED: &str = "plain/with space.txt";

const HTACCESS: [(&str, &str); 11] = [
    (
        "ht/auth",
        "AuthType Basic\nAuthName here\nAuthUserFile \"{jail}/etc/users\"\nRequire valid-user",
    ),
    ("ht/denied", "Require all denied"),
    ("ht/denied/but", "Require all granted"),
    (
        "ht/rewrite",
        "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME} !-d\n\
         RewriteRule ^.*$ target.html [L]",
    ),
    ("ht/options", "Options +Indexes"),
    (
        "ht/files",
        "<Files \"*.inc\">\nRequire all denied\n</Files>\n<If \"-f '{jail}/htdocs/if/flag'\">\nHeader set X-Flag yes\n</If>",
    ),
    ("ht/broken", "NoSuchDirective"),
    (
        "ht/header",
        "Header set X-Where \"%{DOCUMENT_ROOT}e\"\nSetEnvIf Request_URI page MARK=here\nHeader set X-Mark \"%{MARK}e\"",
    ),
    ("no-ht", "Require all denied"),
    ("links/owner", "Options SymLinksIfOwnerMatch"),
    ("ht", "AddType text/x-from-htaccess .html\nErrorDocument 404 \"not in ht\""),
];

const SECTIONS: &str = include_str!("generated.conf");

/// The site with its jail at `jail`, relative to `{base}`.
pub(crate) fn site(mpm: Mpm, jail: &str) -> Site {
    let mut site = Site::with_jail_at(mpm, jail)
        .modules(&MODULES.split_whitespace().collect::<Vec<_>>())
        .writable("run")
        .config(SECTIONS);
    for path in FILES.split_whitespace().chain([SPACED]) {
        site = site.file(&format!("htdocs/{path}"), &format!("this is {path}, a flag\n"));
    }
    for (folder, text) in HTACCESS {
        let text = site.sandbox.fill(text);
        site = site.file(&format!("htdocs/{folder}/.htaccess"), &(text + "\n"));
    }
    for path in [
        "extra/page.html",
        "extra/number-3.txt",
        "extra/closed/page.html",
        "other/index.html",
        "other/private/page.html",
    ] {
        site = site.file(path, &format!("this is {path}\n"));
    }
    let parts = "<!--#include virtual=\"/ssi/part.html\" --><!--#echo var=\"DOCUMENT_ROOT\" -->\
                 <!--#include file=\"part.html\" --><!--#fsize virtual=\"/index.html\" -->\n";
    let site = site
        .file("htdocs/ssi/page.shtml", parts)
        .file("etc/users", &format!("alice:{SECRET}\nbob:{SECRET}\n"))
        .file("etc/groups", "writers: bob\n")
        .program("cgi-bin/inside", tools::inside())
        .program("cgi-bin/closed/inside", tools::inside());
    lay_links(&site);
    site
}

fn lay_links(site: &Site) {
    let (htdocs, host) =
        (site.sandbox.jail.join("htdocs"), site.sandbox.jail.display().to_string());
    for folder in ["follow", "owner", "none"] {
        let folder = htdocs.join("links").join(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, target, owner) in [
            ("relative", "../target/page.html".to_owned(), 0),
            ("absolute", format!("{host}/htdocs/links/target/page.html"), 0),
            ("folder", format!("{host}/htdocs/links/target"), 0),
            ("foreign", "../target/page.html".to_owned(), UID),
            ("private", format!("{host}/htdocs/private"), 0),
            ("dangling", "nowhere".to_owned(), 0),
        ] {
            let link = folder.join(name);
            std::os::unix::fs::symlink(target, &link).expect("a link");
            std::os::unix::fs::lchown(&link, Some(owner), Some(if owner == 0 { 0 } else { GID }))
                .expect("its owner");
        }
    }
}

/// Everything that may be asked of the site: each file, each folder, and what only the configuration knows.
pub(crate) fn asks() -> Vec<Ask> {
    let mut paths = files_and_folders();
    paths.extend(ODD.split_whitespace().map(str::to_owned));
    for folder in ["follow", "owner", "none"] {
        let names = LINKS.split_whitespace().map(|name| format!("/links/{folder}/{name}"));
        paths.extend(names);
    }
    let mut asks: Vec<Ask> = paths.iter().map(|path| get(path)).collect();
    for path in PROTECTED.split_whitespace() {
        asks.extend([ALICE, ALICE_WRONG, BOB].map(|user| get(path).by(user)));
    }
    let other = |path| get(path).header("Host", "other.example");
    asks.extend(OTHER.split_whitespace().map(other));
    for method in ["HEAD", "OPTIONS", "POST", "PUT", "TRACE"] {
        let paths = ["/plain/page.html", "/private/page.html", "/cgi-bin/inside?env="];
        asks.extend(paths.map(|path| ask(method, path)));
    }
    asks
}

fn files_and_folders() -> Vec<String> {
    let files = FILES.split_whitespace().chain([SPACED]);
    let url = |path: &str| format!("/{}", path.replace('%', "%25").replace(' ', "%20"));
    let mut paths: Vec<String> = files.map(url).collect();
    let names =
        |folder: &str| [format!("{folder}/"), format!("{folder}/missing.html"), folder.into()];
    let split = paths.iter().filter_map(|path| path.rsplit_once('/'));
    let mut folders: Vec<String> = split.flat_map(|(folder, _)| names(folder)).collect();
    folders.retain(|path| !path.is_empty());
    folders.sort();
    folders.dedup();
    paths.append(&mut folders);
    paths
}

const LINKS: &str = "relative absolute folder folder/page.html foreign private/page.html dangling";

const PROTECTED: &str =
    "/auth/basic/page.html /auth/group/page.html /auth/alice/page.html /ht/auth/page.html";

const OTHER: &str =
    "/ /private/page.html /plain/page.html /main/plain/page.html /main/private/page.html";

const ODD: &str = "
/aliased /aliased/ /aliased/page.html /aliased/closed/page.html /aliasedpage.html /numbered/3
/numbered/4 /redirected /cgi-bin/ /cgi-bin/inside?env= /cgi-bin/inside/more/path?env=
/cgi-bin/inside/../inside?env= /cgi-bin/closed/inside?env= /cgi-bin/missing
/cgi-bin/inside?read={} /rewritten/exists.txt /rewritten/not.txt /rewritten/folder/ /is-link
/by-file/exists.txt /by-file/not.txt /look/page.html /to-private/page.html
/to-private/open/page.html /to-extra/page.html /to-extra/closed/page.html /moved/page.html
/gone /ht/rewrite/anything/at/all /ht/.htaccess //plain//page.html /plain/./page.html
/plain/../private/page.html /private/open/../page.html /plain/%2e%2e/private/page.html
/plain%2fpage.html /plain/page.html/more /plain/page.html%00 /../../etc/passwd
/%2e%2e/%2e%2e/etc/passwd /plain/page /PLAIN/page.html /plain/page.html?query=/private
/private/open/deeper/../deeper/closed/page.html /one//hidden/page.html /.
";
