//! Promise 8: each remedy is applied in the rehearsal before it is printed, and all come in one block, in one round.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::Path;

    use crate::harness::client::get;
    use crate::harness::fixtures::with_fcgid;
    use crate::harness::identity::{GID, UID};
    use crate::harness::requirements::{Requirement, skip};
    use crate::harness::{Mpm, Site, on_every_mpm};

    /// An application outside of the jail: a link leads to its settings, in which another leads to a library.
    fn application(mpm: Mpm) -> Site {
        let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&["alias"]);
        let base = &site.sandbox.base;
        for folder in ["share/app/uploads", "settings", "library"] {
            fs::create_dir_all(base.join(folder)).expect("a folder");
        }
        fs::write(base.join("library/page.html"), "from the library").expect("a page");
        link(base, "library/page.html", "settings/page.html");
        link(base, "settings", "share/app/settings");
        chown(base.join("share/app/uploads"), Some(UID), Some(GID)).expect("its owner");
        site.config("Alias /app \"{base}/share/app\"\n<Directory \"{base}/share/app\">\nRequire all granted\n</Directory>")
            .config("<Directory \"{base}/share/app\">\nOptions FollowSymLinks\n</Directory>")
    }

    fn link(base: &Path, target: &str, name: &str) {
        symlink(base.join(target), base.join(name)).expect("a link");
    }

    /// The lines that configtest prints for this site, and everything that it prints.
    fn advice(site: &mut Option<Site>, only: bool) -> (Vec<String>, String) {
        let mut asked = site.take().expect("a site");
        if only {
            asked = asked.argument("-DCHROOT_ADVISE");
        }
        let output = asked.configtest().exits(0).output;
        *site = Some(asked);
        let lines = output.lines().filter(|line| line.starts_with("ChrootProvide "));
        (lines.map(str::to_owned).collect(), output)
    }

    on_every_mpm! {
        fn the_lines_of_one_round_make_an_application_work(mpm: Mpm) {
            let mut site = Some(application(mpm));
            let (lines, output) = advice(&mut site, false);
            let site = site.expect("the site");
            let base = site.sandbox.base.display().to_string();
            let expected = [
                format!("ChrootProvide {base}/library/page.html"),
                format!("ChrootProvide {base}/settings"),
                format!("ChrootProvide rw:{base}/share/app/uploads"),
            ];
            for line in &expected {
                assert!(lines.contains(line), "{line}\n{output}");
            }
            assert!(output.contains("CHR646: Alias"), "{output}");
            let bare = application(mpm).allow_log("CHR646").allow_log("CHR803");
            let bare = bare.allow_log("AH00037").start();
            get("/app/settings/page.html").of(&bare).is(403, &bare);
            bare.stop();
            let server = site.config(&lines.join("\n")).start();
            get("/app/settings/page.html").of(&server).is(200, &server);
            server.stop();
        }
    }

    #[test]
    fn the_lines_are_printed_alone_and_nothing_once_they_are_written() {
        let mut site = Some(application(Mpm::Event));
        let (lines, output) = advice(&mut site, true);
        assert!(!output.contains("CHR6") && !output.contains("CHR8"), "{output}");
        let mut written = Some(site.expect("the site").config(&lines.join("\n")));
        let (again, output) = advice(&mut written, true);
        assert_eq!(again, [""; 0], "{output}");
    }

    /// php-cgi has settings of its own, and the directory of its sessions is compiled in.
    #[test]
    fn the_lines_for_php_cgi_have_the_directory_of_its_sessions() {
        const SESSIONS: &str = "ChrootProvide rw:/var/lib/php/sessions";
        let php = Path::new("/usr/bin/php-cgi");
        if !php.exists() || !Path::new("/etc/php").is_dir() {
            return skip(Requirement::Package("php-cgi"));
        }
        let page = "<?php echo session_start() ? 'has a session' : 'has none';";
        let mut site = Some(with_fcgid(Mpm::Event).file("htdocs/s.php", page).config(
            "<Directory \"{jail}/htdocs\">\nOptions +ExecCGI\nFcgidWrapper /usr/bin/php-cgi .php\n\
                 <Files s.php>\nSetHandler fcgid-script\n</Files>\n</Directory>",
        ));
        let (lines, output) = advice(&mut site, true);
        assert!(lines.iter().any(|line| line == SESSIONS), "{output}");
        let site = site.expect("the site").config(&lines.join("\n"));
        let server = site.start();
        let answer = get("/s.php").of(&server).is(200, &server);
        assert!(answer.body.contains("has a session"), "{answer:?}");
        server.stop();
    }

    /// They have parts of all packages: what these link to, or name, is of no use to the site.
    #[test]
    fn directories_of_the_whole_system_are_accepted_and_cause_no_advice() {
        let words = ["/usr", "/usr/lib", "/usr/bin", "/usr/share", "/var/lib"];
        for word in words.into_iter().filter(|word| Path::new(word).is_dir()) {
            let line = format!("ChrootProvide {word}");
            let mut site = Some(Site::new(Mpm::Event).document_root("{jail}/htdocs").config(&line));
            let (lines, output) = advice(&mut site, false);
            assert_eq!(lines, [""; 0], "{word}: {output}");
            assert!(!output.contains("CHR"), "{word}: {output}");
            let (lines, output) = advice(&mut site, true);
            assert_eq!(lines, [""; 0], "{word}: {output}");
        }
    }

    /// A link that `User` could set leads where `User` chose: root is not to provide that.
    #[test]
    fn a_link_of_others_is_no_advice() {
        let site = application(Mpm::Event);
        let base = site.sandbox.base.clone();
        fs::write(base.join("secret"), "root's").expect("a file");
        link(&base, "secret", "share/app/uploads/gift");
        let secret = format!("ChrootProvide {}/secret", base.display());
        let said = site.configtest().says("uploads/gift\" is a symbolic link to");
        said.says("others than root can set it").does_not_say(&secret);
        // Root's own link leads there by way of theirs.
        link(&base, "share/app/uploads/gift", "share/app/gift");
        let said = site.configtest().says("app/gift\" is a symbolic link to");
        said.says("others than root can set it").does_not_say(&secret);
    }

    #[test]
    fn a_target_of_script_alias_may_be_a_program_with_or_without_a_slash_behind_it() {
        for slash in ["", "/"] {
            let site =
                Site::new(Mpm::Prefork).document_root("{jail}/htdocs").modules(&["alias", "cgi"]);
            let program = site.sandbox.base.join("tool.cgi");
            fs::copy("/bin/true", &program).expect("a program");
            let alias = format!("ScriptAlias /tool \"{{base}}/tool.cgi{slash}\"");
            let said = site.config(&alias).configtest().exits(0);
            let said = said.says(&format!("\nChrootProvide program:{}\n", program.display()));
            said.does_not_say("CHR801").does_not_say("CHR804");
        }
    }

    #[test]
    fn a_program_with_a_set_id_bit_is_named() {
        let site =
            Site::new(Mpm::Prefork).document_root("{jail}/htdocs").modules(&["alias", "cgi"]);
        site.sandbox.write("cgi/tool", b"#!/bin/sh\n", 0o755);
        let program = site.sandbox.jail.join("cgi/tool");
        fs::set_permissions(program, PermissionsExt::from_mode(0o4755)).expect("a mode");
        let site = site.config("ScriptAlias /cgi/ \"{jail}/cgi/\"\nChrootAudit off");
        site.configtest()
            .says("CHR647: ScriptAlias")
            .says("cgi/tool\" runs with the rights of its owner");
    }
}
