//! A visitor while the server learns: requests for other files become no line that shows a secret, or a folder of all.

#[cfg(test)]
mod tests {
    use crate::application::{Application, start_with, stop_and_read};
    use crate::harness::Mpm;
    use crate::harness::client::get;
    use crate::harness::identity::{GID, UID};
    use crate::harness::requirements::{Capability, require};
    use std::fs;
    use std::os::unix::fs::chown;

    const RESULT: &str = "chroot-learned.conf";

    #[test]
    fn a_visitor_who_can_name_any_path_gets_no_line_for_a_secret() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let (app, other) = (Application::new(), Application::new());
        fs::write(other.path("data/server.key"), "a key").expect("a file");
        fs::write(other.path("state/bundle.pem"), "-----BEGIN PRIVATE KEY-----\n").expect("a file");
        // The hole of the application: it reads and lists whatever it is asked for.
        app.add_program("show", "cat \"$QUERY_STRING\" 2>&1; ls \"$QUERY_STRING\" 2>&1");
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        let names = ["data", "data/text", "data/server.key", "state", "state/bundle.pem"];
        let own: Vec<_> = names.iter().map(|name| other.path(name).display().to_string()).collect();
        let fixed =
            ["/", "/home", "/etc", "/usr", "/run", "/root", "/etc/ssl/private", "/proc/1/environ"];
        for path in own.iter().map(String::as_str).chain(fixed) {
            get(&format!("/app/show?{path}")).of(&server).is(200, &server);
        }
        let (lines, text) = stop_and_read(&mut server, RESULT);
        let folder = other.path("").display().to_string();
        let shown: Vec<_> = lines.iter().filter_map(|line| line.split_once(&*folder)).collect();
        assert!(shown.iter().all(|(_, rest)| *rest == "data/text"), "{text}");
        let programs = |line: &&String| line.contains("program:/");
        let app = app.path("").display().to_string();
        let others: Vec<_> = lines.iter().filter(|line| !programs(line)).collect();
        let is_known =
            |line: &&&String| line.contains(app.trim_end_matches('/')) || line.contains(&*folder);
        let rest: Vec<_> = others.iter().filter(|line| !is_known(line)).collect();
        assert!(rest.is_empty(), "{rest:?}\n{text}");
        assert!(text.contains("a private key, by its content"), "{text}");
    }

    #[test]
    fn strange_names_and_floods_of_names_leave_a_result_that_httpd_reads() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        let app = Application::new();
        let state = app.path("state").display().to_string();
        for folder in ["made", "flood"] {
            let folder = app.path(folder);
            fs::create_dir(&folder).expect("a folder");
            chown(&folder, Some(UID), Some(GID)).expect("its owner");
        }
        let (made, flood) = (app.path("made"), app.path("flood"));
        let words = format!(
            r#"cd {made} && mkdir 'a
ChrootDir none' '%{{HTTP:x}}' '${{PATH}}' 'end\' "q'" '"' && for name in *; do
echo x > "$name/x"; read line < "$name/x"; done
number=0; while [ $number -lt 3000 ]; do : > {flood}/sess_$number; number=$((number + 1)); done
echo visited >> {state}/visits; echo done"#,
            made = made.display(),
            flood = flood.display(),
        );
        app.add_program("strange", &words);
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        let page = get("/app/strange").of(&server).is(200, &server).body;
        assert_eq!(page, "done\n", "{}", server.error_log());
        let (lines, text) = stop_and_read(&mut server, RESULT);
        let has = |end: &str| lines.iter().any(|line| line.trim_end_matches('"').ends_with(end));
        assert!(has("/state") && has("/flood") && has("/made"), "{text}");
        assert!(lines.iter().all(|line| line.starts_with("ChrootProvide ")), "{text}");
        let list = fs::read_to_string(server.site.sandbox.server.join("chroot-learned.paths"));
        assert!(list.expect("the list").lines().count() < 2000);
        let site = app.site(Mpm::Prefork).config(&lines.join("\n"));
        site.configtest().exits(0).does_not_say("CHR1");
    }
}
