//! The FreeBSD port: version and addresses in `Makefile`, the crates in `Makefile.crates`, the documents in
//! `pkg-plist`, the example, and `distinfo` (SHA256 and size of all that is fetched).

use super::{example, packing_list};
use crate::Result;
use crate::desk::Desk;
use crate::edit;
use crate::project::{Crate, Project};
use crate::release::{Digest, Release};

const DISTINFO: &str = "ports/freebsd/distinfo";

/// Checks or writes the files of the port.
pub(crate) fn amend(project: &Project, release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let makefile = desk.read("ports/freebsd/Makefile")?;
    desk.amend("ports/freebsd/Makefile", &edit::lines(&makefile, |line| main_line(project, line)))?;
    desk.amend("ports/freebsd/Makefile.crates", &crate_list(&project.crates))?;
    let list = desk.read("ports/freebsd/pkg-plist")?;
    let list = packing_list(&list, "%%PORTDOCS%%%%DOCSDIR%%/", &project.documents);
    desk.amend("ports/freebsd/pkg-plist", &list)?;
    let module = "%%APACHEMODDIR%%/mod_chroot.so";
    let full = format!("%%PREFIX%%/{module}");
    let text = example(project, &full, module, "%%PREFIX%%/www", "%%PREFIX%%/bin/perl");
    desk.amend("ports/freebsd/files/270_mod_chroot.conf.in", &text)?;
    match release {
        Some(release) => amend_distinfo(project, release, desk),
        None => check_distinfo(project, desk),
    }
}

fn main_line(project: &Project, line: &str) -> String {
    edit::after(line, "DISTVERSION=", &format!("\t{}", project.version))
        .or_else(|| edit::after(line, "WWW=", &format!("\t\t{}", project.repository)))
        .unwrap_or_else(|| edit::downloads(line, &project.repository))
}

fn crate_list(crates: &[Crate]) -> String {
    let names = crates.iter().map(|one| format!("{}-{}", one.name, one.version));
    format!("CARGO_CRATES=\t{}\n", names.collect::<Vec<_>>().join(" \\\n\t\t"))
}

/// The time says when the rest was last written, so it stays as long as the rest does.
fn amend_distinfo(project: &Project, release: &Release, desk: &mut Desk) -> Result<()> {
    let crates =
        project.crates.iter().map(|one| (format!("rust/crates/{}", one.file()), one.file()));
    let tarball = (project.tarball(), project.tarball());
    let mut sums = String::new();
    for (name, file) in [tarball].into_iter().chain(crates) {
        let (sum, size) = (release.digest(Digest::Sha256, &file)?, release.size(&file)?);
        sums += &format!("SHA256 ({name}) = {sum}\nSIZE ({name}) = {size}\n");
    }
    let found = desk.read(DISTINFO)?;
    let time = match found.split_once('\n') {
        Some((time, rest)) if rest == sums => time.to_owned(),
        _ => format!("TIMESTAMP = {}", now(desk)?),
    };
    desk.amend(DISTINFO, &format!("{time}\n{sums}"))
}

fn now(desk: &Desk) -> Result<String> {
    std::env::var("SOURCE_DATE_EPOCH").or_else(|_| desk.ask("date", &["+%s"]))
}

/// Without the files: the crates that are listed, and the sums that `Cargo.lock` has too.
fn check_distinfo(project: &Project, desk: &mut Desk) -> Result<()> {
    let found: Vec<String> = desk
        .read(DISTINFO)?
        .lines()
        .filter_map(|line| line.strip_prefix("SHA256 (rust/crates/"))
        .map(|line| line.replacen(") = ", " ", 1))
        .collect();
    let line = |one: &Crate| format!("{} {}", one.file(), one.sha256);
    desk.same_list(DISTINFO, &found, &project.crates.iter().map(line).collect::<Vec<_>>());
    Ok(())
}
