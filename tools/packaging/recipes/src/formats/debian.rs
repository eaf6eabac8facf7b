//! Debian: the version in the changelog, build dependencies for Rust and for the crates that `Cargo.toml` names, the
//! packages that the tests need, the example, the documents. There are no checksums: the archive keeps the tarball.

use crate::Result;
use crate::desk::Desk;
use crate::project::Project;
use crate::release::Release;

const CONTROL: &str = "debian/control";
const TESTS: &str = "debian/tests/control";

/// The licence is in `debian/copyright`, `dh_installchangelogs` installs the changelog, and the others need the source.
const NOT_INSTALLED: [&str; 4] = ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "docs/INSTALL.md"];

/// Files that are installed besides the documents: the drop-in for Apache's units.
const DROP_IN: &str = "\
docs/conf/systemd/mod_chroot.conf usr/lib/systemd/system/apache2.service.d/
docs/conf/systemd/mod_chroot.conf usr/lib/systemd/system/apache2@.service.d/
";

/// Packages of `tools/install-deps test` that no test starts, or that come with others.
const NOT_NEEDED: [&str; 10] = [
    "shellcheck",
    "mandoc",
    // For `tools/cross musl`.
    "musl-tools",
    "gperf",
    "make",
    "python3-venv",
    "apache2-bin",
    "apache2-utils",
    "pkg-config",
    "ca-certificates",
];

/// Checks or writes Debian's files.
pub(crate) fn amend(project: &Project, _: Option<&Release>, desk: &mut Desk) -> Result<()> {
    amend_changelog(project, desk)?;
    let files = installed(&project.documents) + DROP_IN;
    desk.amend("debian/libapache2-mod-chroot.install", &files)?;
    desk.amend("debian/chroot.conf", &project.example.replace("/srv/www", "/var/www"))?;
    // Only a person can find out which features and versions of a crate the archive has, so these are not written.
    let control = desk.read(CONTROL)?;
    for name in project.direct.iter().filter(|name| !has_crate(&control, name)) {
        desk.disagree(&format!("{CONTROL}: Build-Depends lacks the crate {name}"));
    }
    let rust = format!("rustc:native (>= {})", project.rust_version);
    if !control.contains(&format!(" {rust},\n")) {
        desk.disagree(&format!("{CONTROL}: Build-Depends lacks {rust}"));
    }
    check_test_packages(desk)
}

fn amend_changelog(project: &Project, desk: &mut Desk) -> Result<()> {
    let changelog = desk.read("debian/changelog")?;
    if changelog.starts_with(&format!("mod-chroot ({}-", project.version)) {
        return Ok(());
    }
    let control = desk.read(CONTROL)?;
    let maintainer = control.lines().find_map(|line| line.strip_prefix("Maintainer: "));
    let maintainer = maintainer.ok_or_else(|| format!("{CONTROL} has no Maintainer"))?;
    let date = desk.ask("date", &["-u", "+%a, %d %b %Y %H:%M:%S +0000"])?;
    let version = &project.version;
    let entry = format!(
        "mod-chroot ({version}-1) unstable; urgency=medium\n\n  * New upstream release.\n\n \
         -- {maintainer}  {date}\n\n{changelog}"
    );
    desk.amend("debian/changelog", &entry)
}

/// The list of documents, each with its folder.
fn installed(documents: &[String]) -> String {
    let line = |name: &String| {
        let folder = name.rfind('/').map_or("", |slash| &name[..=slash]);
        format!("{name} usr/share/doc/libapache2-mod-chroot/{folder}\n")
    };
    documents.iter().filter(|name| !NOT_INSTALLED.contains(&name.as_str())).map(line).collect()
}

/// Whether a line of `control` is the package of a crate, whatever the version and the features in its name.
fn has_crate(control: &str, name: &str) -> bool {
    let package = format!(" librust-{name}");
    control.lines().filter_map(|line| line.strip_prefix(package.as_str())).any(|rest| {
        let word = rest.split([' ', ',']).next().unwrap_or_default();
        let word = word.strip_suffix(":native").unwrap_or(word);
        let Some(word) = word.strip_suffix("-dev") else { return false };
        let (version, features) = word.split_once('+').unwrap_or((word, ""));
        let is_version = version.strip_prefix('-').unwrap_or(version);
        is_version.chars().all(|it| it.is_ascii_digit() || it == '.')
            && features.chars().all(|it| it.is_ascii_lowercase() || it == '-')
    })
}

/// The package's own tests start what `tools/install-deps` has for those who run them from the source.
fn check_test_packages(desk: &mut Desk) -> Result<()> {
    let command = desk.ask("tools/install-deps", &["-m", "apt", "test"])?;
    let (_, needed) = command.rsplit_once("--no-remove ").unwrap_or_default();
    if !needed.split(' ').any(|word| word == "curl") {
        desk.disagree("tools/install-deps does not say what the tests need");
    }
    let control = desk.read(TESTS)?;
    for package in needed.split_whitespace().filter(|package| is_needed(package)) {
        if !control.lines().any(|line| line == format!(" {package},")) {
            desk.disagree(&format!("{TESTS}: the tests need {package}"));
        }
    }
    Ok(())
}

fn is_needed(package: &str) -> bool {
    let comes_otherwise = ["cargo", "rust"].iter().any(|word| package.contains(word))
        || package.starts_with("libssl")
        || package.ends_with("-dev");
    !comes_otherwise && !NOT_NEEDED.contains(&package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_found_by_any_version_and_feature() {
        for line in [
            " librust-nix-dev,",
            " librust-nix-0.29-dev (>= 0.29),",
            " librust-nix+user-dev,",
            " librust-nix-1+std-dev <!nocheck>,",
            " librust-nix-dev:native (>= 1),",
        ] {
            assert!(has_crate(line, "nix"), "{line}");
        }
        for line in [" librust-nix-macros-dev,", " librust-unix-dev,", " nix,", " librust-nix,"] {
            assert!(!has_crate(line, "nix"), "{line}");
        }
        assert!(has_crate(" librust-pkg-config-0.3-dev:native (>= 0.3.27),", "pkg-config"));
    }

    #[test]
    fn documents_lie_in_the_folders_that_they_have_in_the_source() {
        let documents = ["LICENSE", "README.md", "docs/a.md"].map(str::to_owned);
        let expected = "README.md usr/share/doc/libapache2-mod-chroot/\n\
                      docs/a.md usr/share/doc/libapache2-mod-chroot/docs/\n";
        assert_eq!(installed(&documents), expected);
    }
}
