//! What exists on the host is never refused as missing, whatever links lead to it.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Site, on_every_mpm};

    /// `{base}/a/cgi` is provided, and so is `{base}/a/cgi/LINK`, a link to a file in `{base}/b`, which is not.
    fn site(mpm: Mpm, target: &str, words: &str) -> Site {
        let site = Site::new(mpm).with_host_paths().config(&format!("ChrootProvide {words}"));
        let base = &site.sandbox.base;
        for folder in ["a/cgi", "b/c"] {
            fs::create_dir_all(base.join(folder)).expect("folders");
        }
        fs::write(base.join("b/c/file"), "what it leads to").expect("a file");
        fs::write(base.join("a/cgi/other"), "beside it").expect("a file");
        let target = site.sandbox.fill(target);
        symlink(target, site.sandbox.base.join("a/cgi/link")).expect("a link");
        site
    }

    #[track_caller]
    fn is_read(site: Site, paths: &[&str]) {
        site.configtest().exits(0).does_not_say("CHR");
        let server = site.start();
        for path in paths {
            let path = server.site.sandbox.fill(path);
            let answer = ask_program(&server, &format!("read={path}"));
            assert!(answer.body.contains("what it leads to"), "{path}: {}", answer.body);
        }
        server.stop();
    }

    const LINK: &str = "{base}/a/cgi/link";

    on_every_mpm! {
        fn a_link_in_a_provided_folder_leads_to_its_provided_target(mpm: Mpm) {
            for target in ["../../b/c/file", "{base}/b/c/file"] {
                is_read(site(mpm, target, "\"{base}/a/cgi\" \"{base}/a/cgi/link\""), &[LINK, "{base}/b/c/file"]);
            }
        }
    }

    #[test]
    fn whatever_the_order_and_the_depth() {
        for words in [
            "\"{base}/a/cgi/link\" \"{base}/a/cgi\"",
            "\"{base}/a\" \"{base}/a/cgi/link\"",
            "\"{base}/a/cgi/link\"",
            "\"{base}/a\" \"{base}/b\" \"{base}/a/cgi/link\"",
            "\"{base}/a\" \"{base}/b\" \"rw:{base}/a/cgi/link\"",
        ] {
            is_read(site(Mpm::Event, "../../b/c/file", words), &[LINK]);
        }
    }

    #[test]
    fn a_link_to_a_folder_leads_to_it() {
        let words = "\"{base}/a/cgi\" \"{base}/a/cgi/link\"";
        is_read(site(Mpm::Event, "../../b/c", words), &["{base}/a/cgi/link/file"]);
        let deeper = "\"{base}/a/cgi\" \"{base}/a/cgi/link/file\"";
        is_read(site(Mpm::Event, "../../b/c", deeper), &["{base}/a/cgi/link/file"]);
    }

    #[test]
    fn a_program_by_a_link_runs() {
        let words = "\"{base}/a/cgi\" \"program:{base}/a/cgi/link\"";
        let site = site(Mpm::Event, "/bin/true", words).allow_log("CHR8");
        site.configtest().exits(0).does_not_say("does not exist");
        site.start().stop();
    }

    #[test]
    fn a_link_is_copied_too() {
        let words = "\"{base}/a/cgi\" \"{base}/a/cgi/link\"\nChrootFixRoot link";
        let site = site(Mpm::Event, "../../b/c/file", words);
        let server = site.start();
        let path = server.site.sandbox.fill(LINK);
        let answer = ask_program(&server, &format!("read={path}"));
        assert!(answer.body.contains("what it leads to"), "{}", answer.body);
        server.stop();
    }
}
