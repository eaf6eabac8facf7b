//! One module for each system: its files, and how it writes versions, lists of crates and checksums.

mod debian;
mod freebsd;
mod gentoo;
mod macports;
mod pkgsrc;
mod pld;

use crate::Result;
use crate::desk::Desk;
use crate::project::Project;
use crate::release::Release;

/// The recipes of one system.
type Format = fn(&Project, Option<&Release>, &mut Desk) -> Result<()>;

/// All systems.
pub(crate) const ALL: [Format; 6] =
    [debian::amend, freebsd::amend, gentoo::amend, macports::amend, pkgsrc::amend, pld::amend];

/// The example configuration for systems that keep an edited file when the package is removed: httpd does not start
/// when LoadModule names a file that is not there, so IfFile asks for it.
fn example(project: &Project, file: &str, module: &str, jail: &str, perl: &str) -> String {
    let rest = project.example.replace("/srv/www", jail).replace("/usr/bin/perl", perl);
    format!(
        "# Two lines of this file enable mod_chroot: LoadModule here, and ChrootDir below.\n\
         # Without the package, IfFile and IfModule make nothing of them, and Apache starts without a jail.\n\n\
         <IfFile \"{file}\">\n    #LoadModule chroot_module {module}\n</IfFile>\n\n{rest}"
    )
}

/// A packing list with the documents that there are. Their lines begin with `prefix`; comments come first, all other
/// lines are sorted.
fn packing_list(list: &str, prefix: &str, documents: &[String]) -> String {
    let (comments, names): (Vec<_>, Vec<_>) =
        list.lines().partition(|line| line.starts_with("@comment"));
    let others = names.into_iter().filter(|line| !line.starts_with(prefix)).map(str::to_owned);
    let mut names: Vec<String> =
        others.chain(documents.iter().map(|name| format!("{prefix}{name}"))).collect();
    names.sort();
    comments.into_iter().map(str::to_owned).chain(names).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::packing_list;

    #[test]
    fn a_packing_list_has_the_documents_that_there_are() {
        let list = "@comment x\nlib/m.so\nshare/doc/OLD.md\nman/m.8\n";
        let documents = ["README.md".to_owned(), "docs/a.md".to_owned()];
        let expected = "@comment x\nlib/m.so\nman/m.8\nshare/doc/README.md\nshare/doc/docs/a.md\n";
        assert_eq!(packing_list(list, "share/doc/", &documents), expected);
    }
}
