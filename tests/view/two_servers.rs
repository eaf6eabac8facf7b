//! Two servers with one jail: neither takes away what the other has made there.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    /// The first server, with a link in its jail and a copy.
    fn first(mpm: Mpm) -> Site {
        let site = Site::new(mpm).with_host_paths();
        let site = site.config("ChrootFixRoot link\nChrootProvide \"{base}/shared\"");
        fs::write(site.sandbox.base.join("shared"), "of the first").expect("a file");
        site
    }

    /// Another server with the jail of the first.
    fn second(mpm: Mpm, jail: &Path, way: &str) -> Site {
        let jail = jail.display();
        let site =
            Site::new(mpm).chroot(&format!("\"{jail}\"")).document_root(&format!("{jail}/htdocs"));
        site.config(&format!(
            "ChrootFixRoot {way}\n<Directory \"{jail}\">\nOptions FollowSymLinks\nRequire all granted\n</Directory>"
        ))
        .allow_log("CHR")
    }

    #[track_caller]
    fn has_everything(server: &Server) {
        get("/index.html").of(server).is(200, server);
        let path = server.site.sandbox.base.join("shared");
        let answer = ask_program(server, &format!("read={}", path.display()));
        assert!(answer.body.contains("of the first"), "{}", answer.body);
    }

    on_every_mpm! {
        fn a_second_server_without_a_view_is_refused(mpm: Mpm) {
            let mut server = first(mpm).start();
            let jail = server.site.sandbox.jail.clone();
            let words = "it holds links and copies of another server that runs (process ";
            for way in ["link", "off\nChrootProvide dns"] {
                let other = second(mpm, &jail, way);
                other.configtest().fails().says("CHR741: ChrootDir").says(words);
                other.refuses().fails().says("CHR741: ChrootDir").says(words);
                has_everything(&server);
            }
            server.graceful();
            has_everything(&server);
            server.stop();
        }

        fn a_second_server_with_a_view_leaves_everything_there(mpm: Mpm) {
            let mut server = first(mpm).start();
            let mut other = second(mpm, &server.site.sandbox.jail.clone(), "view").start_unchecked();
            other.wait_until_serving();
            has_everything(&server);
            server.graceful();
            has_everything(&server);
            other.parent().signal("TERM");
            other.wait_until_dead();
            has_everything(&server);
            server.stop();
        }
    }

    #[test]
    fn what_a_server_has_left_behind_is_taken_over() {
        let server = first(Mpm::Event).start();
        let jail = server.site.sandbox.jail.clone();
        let manifest = fs::read_to_string(jail.join(".mod_chroot")).expect("the list");
        assert!(manifest.starts_with("PidFile /"), "{manifest}");
        let pid_file =
            manifest.lines().next().expect("a line").trim_start_matches("PidFile ").to_owned();
        let copy =
            jail.join(server.site.sandbox.base.join("shared").strip_prefix("/").expect("absolute"));
        let kept = server.site.sandbox.base.clone();
        assert!(copy.exists() && Path::new(&pid_file).starts_with(&kept));
        server.parent().signal("TERM");
        let mut server = server;
        server.wait_until_dead();
        // As after a crash: the process is gone, the file is there.
        fs::write(&pid_file, "999999999\n").expect("a pid file");
        let mut other = second(Mpm::Event, &jail, "link").start_unchecked();
        other.wait_until_serving();
        assert!(!copy.exists(), "it was removed");
        other.parent().signal("TERM");
        other.wait_until_dead();
    }
}
