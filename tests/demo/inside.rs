//! Proofs from inside: the answers of a CGI program that the server runs for a visitor.

use std::path::Path;

use crate::harness::Identity;
use crate::report::{From, Report};
use crate::scene::Way;
use crate::show::{Show, User, words};
use crate::unjailed::{QUESTIONS, Unjailed, answer};

const NO_FILE: &str = "No such file or directory";
const NOT_PERMITTED: &str = "Operation not permitted";

/// The program sees the jail, and no host around it; it is nobody, and cannot become root.
pub(crate) fn prove(show: &Show, unjailed: &Unjailed, report: &mut Report) {
    report.heading("A program that runs for a visitor sees the jail, and no host around it");
    let [.., list] = QUESTIONS;
    report.note(&format!("         ls /, without the module: {}", unjailed.said(list)));
    report.note(&format!("         ls /, with the module:    {}", answer(&show.server, list)));
    prove_files(show, unjailed, report);
    prove_roots(show, report);
    prove_ids(show, report);
}

/// Files of the host that the program can open without the module, and not with it.
fn prove_files(show: &Show, unjailed: &Unjailed, report: &mut Report) {
    let [passwd, dots, link, _] = QUESTIONS;
    for (subject, question) in [
        ("open /etc/passwd", passwd),
        ("open ../../../../../../../../etc/passwd", dots),
        ("open the link to a file of the host", link),
    ] {
        let (open, shut) = (unjailed.said(question), answer(&show.server, question));
        let seen = format!("{shut} (without the module: {open})");
        report.proof(From::Inside, subject, &seen, shut == NO_FILE && open == "done");
    }
    let expected = match show.way {
        Way::View => "Read-only file system",
        Way::Link => "Permission denied",
    };
    let written = answer(&show.server, "inside?write=/.demo");
    report.proof(From::Inside, "make a file in /", &written, written == expected);
}

/// The root of the program is the jail, or a view that shows the jail at its own path, and there is nothing above.
fn prove_roots(show: &Show, report: &mut Report) {
    let [jail, root, above] = ["{jail}", "/", "/../../../.."]
        .map(|path| answer(&show.server, &format!("inside?stat={path}")));
    let real = show.server.jail();
    let host = Identity::of(Path::new("/")).expect("the root of the host");
    let holds = jail == bare(real);
    report.proof(From::Inside, "the jail, at its host path, is the jail", &jail, holds);
    let (subject, holds) = match show.way {
        Way::View => (
            "/ is a view: neither the host's / nor the jail",
            root != bare(host) && root != bare(real),
        ),
        Way::Link => ("/ is the jail", root == bare(real)),
    };
    report.proof(From::Inside, subject, &root, holds);
    report.proof(From::Inside, "/../../../.. is / again", &above, above == root);
}

/// The program runs as Apache's user, and stays it.
fn prove_ids(show: &Show, report: &mut Report) {
    let user = User::of_apache();
    let witness = show.ask_inside("witness");
    let [uid, euid, gid] = ["uid", "euid", "gid"].map(|key| witness.value(key).to_owned());
    let holds = [&uid, &euid] == [&user.uid.to_string(); 2] && gid == user.gid.to_string();
    let seen = format!("{uid} {euid} {gid}");
    report.proof(From::Inside, &format!("uid, effective uid, gid of {}", user.name), &seen, holds);
    for (subject, question) in
        [("become root again", "inside?become-root="), ("chroot once more", "inside?chroot=.")]
    {
        let refused = answer(&show.server, question);
        report.proof(From::Inside, subject, &refused, refused == NOT_PERMITTED);
    }
}

fn bare(identity: Identity) -> String {
    words(identity).replace("device:inode ", "")
}
