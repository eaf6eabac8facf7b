//! Whoever cannot pass a folder outside cannot pass it in a view: a request is answered as without a jail, whatever
//! closes the way to what is provided.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::Path;
    use std::process::Command;

    use crate::harness::client::get;
    use crate::harness::identity::UID;
    use crate::harness::tools::ask_program;
    use crate::harness::{Jail, Mpm, Site, on_every_mpm};

    /// `/docs` is `{base}/a/b/docs`, named as `path` says.
    fn site(mpm: Mpm, jail: Jail, path: &str) -> Site {
        let site = Site::new(mpm).jail(jail).modules(&["alias"]).document_root("{jail}/htdocs");
        let docs = site.sandbox.base.join("a/b/docs");
        fs::create_dir_all(&docs).expect("folders");
        fs::write(docs.join("file.txt"), "a text").expect("a file");
        site.config(&format!(
            "Alias /docs \"{{base}}/{path}\"\n<Directory \"{{base}}\">\nOptions FollowSymLinks\n\
             Require all granted\n</Directory>"
        ))
        .allow_log("AH00035")
        .allow_log("AH00037")
        .allow_log("AH00529")
        .allow_log("CHR80")
    }

    fn status(site: Site, close: &dyn Fn(&Path)) -> u16 {
        close(&site.sandbox.base);
        let server = site.start();
        let status = get("/docs/file.txt").of(&server).status;
        server.stop();
        status
    }

    /// Answers as without a jail, provided unasked and by name, and that is `wanted`.
    #[track_caller]
    fn is_alike(mpm: Mpm, path: &str, wanted: u16, close: &dyn Fn(&Path)) {
        assert_eq!(status(site(mpm, Jail::None, path), close), wanted, "without a jail");
        assert_eq!(status(site(mpm, Jail::Module, path), close), wanted, "in a view");
        let by_name = format!("ChrootProvide none \"{{base}}/{path}\"");
        assert_eq!(
            status(site(mpm, Jail::Module, path).config(&by_name), close),
            wanted,
            "by name"
        );
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its mode");
    }

    fn list(path: &Path, entry: &str) {
        let set = Command::new("setfacl").args(["-m", entry]).arg(path).status();
        assert!(set.expect("setfacl").success(), "{entry}");
    }

    on_every_mpm! {
        fn a_folder_that_is_closed_outside_is_closed_inside(mpm: Mpm) {
            is_alike(mpm, "a/b/docs", 200, &|_| {});
            is_alike(mpm, "a/b/docs", 403, &|base| mode(&base.join("a/b"), 0o700));
        }
    }

    #[test]
    fn a_folder_two_levels_up_closes_the_way() {
        is_alike(Mpm::Event, "a/b/docs", 403, &|base| mode(&base.join("a"), 0o700));
    }

    #[test]
    fn a_group_passes_inside_if_it_passes_outside() {
        for (group, wanted) in [(4244, 200), (4299, 403)] {
            is_alike(Mpm::Event, "a/b/docs", wanted, &|base| {
                chown(base.join("a"), Some(0), Some(group)).expect("its group");
                mode(&base.join("a"), 0o710);
            });
        }
    }

    #[test]
    fn a_list_that_names_the_user_closes_and_opens_inside_as_outside() {
        is_alike(Mpm::Event, "a/b/docs", 403, &|base| {
            list(&base.join("a"), &format!("u:{UID}:---"));
        });
        is_alike(Mpm::Event, "a/b/docs", 200, &|base| {
            mode(&base.join("a"), 0o700);
            list(&base.join("a"), &format!("u:{UID}:--x"));
        });
        is_alike(Mpm::Event, "a/b/docs", 403, &|base| {
            mode(&base.join("a"), 0o700);
            list(&base.join("a"), "u:4299:--x");
        });
        is_alike(Mpm::Event, "a/b/docs", 403, &|base| list(&base.join("a"), "g:4244:---"));
    }

    /// `{base}/way` leads to `{base}/a/b`: the folders of the name count, and those of where it leads.
    #[test]
    fn folders_on_the_way_of_a_link_count() {
        let link = |base: &Path| symlink("a/b", base.join("way")).expect("a link");
        is_alike(Mpm::Event, "way/docs", 200, &link);
        is_alike(Mpm::Event, "way/docs", 403, &|base| {
            link(base);
            mode(&base.join("a"), 0o700);
        });
        let deep = |base: &Path, bits| {
            fs::create_dir_all(base.join("named/in")).expect("folders");
            symlink(base.join("a/b"), base.join("named/in/way")).expect("a link");
            mode(&base.join("named"), bits);
        };
        is_alike(Mpm::Event, "named/in/way/docs", 200, &|base| deep(base, 0o755));
        is_alike(Mpm::Event, "named/in/way/docs", 403, &|base| deep(base, 0o700));
        // What is provided is a link itself.
        is_alike(Mpm::Event, "named/in/way", 404, &|base| deep(base, 0o755));
        is_alike(Mpm::Event, "named/in/way", 403, &|base| deep(base, 0o700));
    }

    /// Listed as outside: owner, group, mode and list of each folder on the way.
    #[test]
    fn folders_of_the_view_are_like_those_outside() {
        let site = Site::new(Mpm::Event).with_host_paths().config("ChrootProvide \"{base}/a/b/c\"");
        let base = site.sandbox.base.clone();
        fs::create_dir_all(base.join("a/b/c")).expect("folders");
        chown(base.join("a"), Some(4299), Some(4298)).expect("its owner");
        mode(&base.join("a"), 0o1771);
        list(&base.join("a/b"), "u:4297:r-x,g:4244:--x");
        let server = site.start();
        let child = server.children()[0];
        let inside =
            |path: &Path| child.path("root").join(path.strip_prefix("/").expect("absolute"));
        for name in ["", "a", "a/b", "a/b/c"] {
            let [outside, inside] = [base.join(name), inside(&base.join(name))];
            assert_eq!(told_by_getfacl(&outside), told_by_getfacl(&inside), "{name}");
        }
        server.stop();
    }

    fn told_by_getfacl(path: &Path) -> String {
        let output = Command::new("getfacl").args(["-p", "-n", "--omit-header"]).arg(path).output();
        let list = String::from_utf8(output.expect("getfacl").stdout).expect("text");
        let facts = fs::metadata(path).expect("a folder");
        use std::os::unix::fs::MetadataExt;
        format!("{} {} {:o}\n{list}", facts.uid(), facts.gid(), facts.mode())
    }

    /// The two share a folder in the view, and each has closed it to somebody.
    #[test]
    fn a_folder_of_jail_and_host_is_as_narrow_as_both() {
        for (jail, wanted) in [(0o755, "done"), (0o700, "Permission denied")] {
            let site = Site::new(Mpm::Event).with_host_paths().file("etc/own", "own");
            mode(&site.sandbox.jail.join("etc"), jail);
            let server = site.allow_log("CHR80").start();
            assert_eq!(ask_program(&server, "read=/etc/hosts").value("read"), wanted, "{jail:o}");
            assert_eq!(ask_program(&server, "read=/etc/own").value("read"), wanted, "{jail:o}");
            server.stop();
        }
    }
}
