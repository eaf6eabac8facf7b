//! Names that somebody else has chosen, of processes and of files, are seen whatever their bytes are, and shown so that
//! they are read as what they are.

#[cfg(test)]
mod tests {
    use crate::harness::{Mpm, Site, until};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::process::{Child, Command};

    /// A process outside that is the run-as user's, and has given itself this name.
    struct Named(Child);

    impl Named {
        fn start(name: &[u8]) -> Named {
            let octal: String = name.iter().map(|byte| format!("\\{byte:03o}")).collect();
            let rename = format!("printf '{octal}' >/proc/self/comm; while :; do sleep 1; done");
            let words =
                ["--reuid", "4242", "--regid", "4243", "--clear-groups", "bash", "-c", &rename];
            let named = Named(Command::new("setpriv").args(words).spawn().expect("setpriv"));
            until("its name", || {
                let comm =
                    std::fs::read(format!("/proc/{}/comm", named.0.id())).unwrap_or_default();
                comm.starts_with(name).then_some(())
            });
            named
        }
    }

    impl Drop for Named {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_process_outside_is_seen_whatever_its_name_is() {
        for (name, shown) in [
            (&b"\xff\xfe"[..], "\\xff\\xfe"),
            (b"a\xe2\x80\xaeb", "a\\u{202e}b"),
            (b"a) Uid:\t0", "a) Uid:\\x090"),
            (b"  ", ""),
        ] {
            let named = Named::start(name);
            let site = Site::new(Mpm::Event).config("ChrootHarden off").expect_log("CHR921");
            let server = site.start();
            let log = server.error_log();
            let line = log.lines().find(|line| line.contains("CHR921")).expect("the warning");
            let number = format!("(pid {})", named.0.id());
            // httpd escapes the backslash once more; beyond five nobody is named.
            let is_shown = line.contains(&shown.replace('\\', "\\\\")) || line.contains(shown);
            assert!(line.contains("more") || (line.contains(&number) && is_shown), "{line}");
            server.stop();
        }
    }

    /// With a right-to-left override, the end of a name is shown first.
    #[test]
    fn names_of_files_change_the_order_of_no_line() {
        let names = ["photo_\u{202e}gpj", "\u{2066}isolate", "zero\u{200b}width", "c\u{1b}[2J"];
        let site = Site::new(Mpm::Event);
        for name in names {
            let bytes = OsStr::from_bytes(name.as_bytes());
            let link = site.sandbox.jail.join("htdocs").join(bytes);
            std::os::unix::fs::symlink(format!("/nowhere/{name}"), link).expect("a link");
        }
        let changes = |letter: char| {
            matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || (letter.is_control() && letter != '\n')
        };
        let outcome = site.configtest();
        // httpd escapes the backslash once more.
        for words in ["photo_\\\\u{202e}gpj", "\\\\u{2066}isolate", "zero\\\\u{200b}width"] {
            assert!(outcome.output.contains(words), "no {words} in {outcome:?}");
        }
        assert!(!outcome.output.contains(changes), "{outcome:?}");
    }
}
