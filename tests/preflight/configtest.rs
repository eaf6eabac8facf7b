//! Promise 8: configtest tells the truth. What children will need is tried from inside, and what is not
//! within reach is said with its place and the remedy, before anything is served.

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::harness::client::get;
    use crate::harness::tools::inside;
    use crate::harness::{Mpm, Site, on_every_mpm};

    fn site(mpm: Mpm) -> Site {
        Site::new(mpm).document_root("{jail}/htdocs")
    }

    /// A password file outside, named in a configuration file of its own, in the first line.
    fn with_passwords(mpm: Mpm) -> Site {
        let site = site(mpm).modules(&["auth_basic", "authn_core", "authn_file", "authz_user"]);
        let lines = "<Location /secret>\nAuthType Basic\nAuthName x\nAuthUserFile \"{server}/passwords\"\n\
                     Require valid-user\n</Location>\n";
        let site = site.server_file("conf/auth.conf", lines).server_file("passwords", "joe:x\n");
        site.config("Include conf/auth.conf")
    }

    /// A script of Lua outside, without which requests fail.
    fn with_script(mpm: Mpm) -> Site {
        let site = site(mpm)
            .modules(&["lua"])
            .server_file("page.lua", "function handle(r) return apache2.OK end");
        site.config("LuaMapHandler /page \"{server}/page.lua\"")
    }

    fn remedy_works(site: Site) {
        let server = site.start();
        get("/secret").of(&server).is(401, &server);
        server.stop();
    }

    on_every_mpm! {
        fn a_password_file_outside_is_named_before_the_server_starts(mpm: Mpm) {
            let said = with_passwords(mpm).configtest();
            let said = said.says("CHR801: AuthUserFile").says("auth.conf:4").says("CHR852").exits(1);
            said.says("add \"ChrootProvide config\"").says("passwords\": does not exist for the children");
            with_passwords(mpm).refuses().says("CHR801: AuthUserFile").says("auth.conf:4").says("CHR852").fails();
        }

        fn nothing_is_said_when_it_is_provided(mpm: Mpm) {
            let site = with_passwords(mpm).config("ChrootProvide config");
            site.configtest().does_not_say("CHR8").exits(0);
            remedy_works(site);
        }

        fn strict_refuses_what_would_break_requests(mpm: Mpm) {
            let site = with_script(mpm).config("ChrootPreflight strict");
            site.configtest().says("CHR801").says("CHR891").exits(1);
            site.refuses().says("CHR801").says("CHR891").fails();
            let site = with_script(mpm).config("ChrootPreflight strict\nChrootProvide config");
            site.configtest().exits(0);
            site.start().stop();
            let site = with_passwords(mpm).config("ChrootPreflight strict\nChrootProvide config");
            remedy_works(site);
        }

        fn off_says_nothing(mpm: Mpm) {
            let site = with_passwords(mpm).config("ChrootPreflight off");
            site.configtest().does_not_say("CHR8").exits(0);
            site.start().stop();
        }

        fn a_restart_says_it_again_and_goes_on(mpm: Mpm) {
            let mut server = with_script(mpm).expect_log("CHR801: LuaMapHandler").start();
            server.graceful();
            get("/").of(&server).is(200, &server);
            server.stop();
        }
    }

    #[test]
    fn a_file_that_children_may_not_read_is_another_matter() {
        let site = with_passwords(Mpm::Event).config("ChrootProvide config");
        let file = site.sandbox.server.join("passwords");
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o600)).expect("a mode");
        let said = site.configtest().says("CHR802: AuthUserFile");
        said.says("Permission denied").says("let uid 4242 use it");
    }

    #[test]
    fn what_the_host_does_not_have_either_is_not_blamed_on_the_jail() {
        let site = with_passwords(Mpm::Event);
        std::fs::remove_file(site.sandbox.server.join("passwords")).expect("a file");
        site.configtest().says("CHR801").says("the host does not have it either");
    }

    #[test]
    fn a_directory_is_no_file() {
        let site = with_passwords(Mpm::Event);
        let file = site.sandbox.server.join("passwords");
        std::fs::remove_file(&file).expect("a file");
        std::fs::create_dir(&file).expect("a folder");
        site.config("ChrootProvide config").configtest().says("CHR804").says("is a directory");
    }

    /// With a link nothing is written at configtest: what will be copied counts as there.
    #[test]
    fn with_a_link_what_will_be_copied_counts() {
        let site = with_passwords(Mpm::Event).config("ChrootFixRoot link\nChrootProvide config");
        let site = site.config("<Directory />\nOptions FollowSymLinks\n</Directory>");
        site.configtest().does_not_say("CHR8").exits(0);
        remedy_works(site);
        let site = with_passwords(Mpm::Event).config("ChrootFixRoot link");
        site.configtest().says("CHR801: AuthUserFile");
    }

    fn with_cgi(program: &str) -> Site {
        let site = site(Mpm::Prefork).modules(&["alias", "cgi"]).program("cgi-bin/good", inside());
        site.sandbox.write("cgi-bin/other", program.as_bytes(), 0o755);
        site.config("ScriptAlias /cgi-bin/ \"{jail}/cgi-bin/\"")
    }

    #[test]
    fn a_script_whose_interpreter_is_not_inside_is_named() {
        let said = with_cgi("#!/usr/bin/perl\nprint 1\n").configtest();
        let said = said.says("CHR805: ScriptAlias").says("cgi-bin/other\" needs \"/usr/bin/perl\"");
        said.says("add \"ChrootProvide program:/usr/bin/perl\"").exits(0);
        let said = with_cgi("#!/usr/bin/env perl\nprint 1\n").configtest();
        said.says("needs \"/usr/bin/env\"");
        let provided = "ChrootProvide program:/usr/bin/env";
        let said = with_cgi("#!/usr/bin/env perl\nprint 1\n").config(provided).configtest();
        said.says("needs \"perl\"");
        let provided = "ChrootProvide program:/usr/bin/perl";
        with_cgi("#!/usr/bin/perl -w\n")
            .config(provided)
            .configtest()
            .does_not_say("CHR8")
            .exits(0);
    }

    #[test]
    fn many_scripts_that_need_the_same_are_one_line() {
        let site = with_cgi("#!/bin/sh\n");
        site.sandbox.write("cgi-bin/third", b"#!/bin/sh\n", 0o755);
        let said = site.configtest();
        let said = said.says("needs \"/bin/sh\"").says("(and 1 more alike)");
        assert_eq!(said.output.matches("CHR805").count(), 1, "{}", said.output);
    }

    /// Static programs are fine: the other one in the folder is, and nothing is said of it.
    #[test]
    fn a_program_whose_loader_or_library_is_not_inside_is_named() {
        let perl = std::fs::read("/usr/bin/perl").expect("perl");
        let site = with_cgi("");
        site.sandbox.write("cgi-bin/other", &perl, 0o755);
        let said = site.configtest().says("CHR806").says("cgi-bin/other\" needs the library \"/");
        let said = said.says("/ld-").does_not_say("cgi-bin/good");
        let loader = said.output.split("library \"").nth(1).and_then(|it| it.split('"').next());
        let loader = loader.expect("the loader's name").to_owned();
        let site = site.config(&format!("ChrootProvide {loader}"));
        let said = site.configtest().says("needs the library \"lib");
        let remedy = said.output.split("add \"").nth(1).and_then(|it| it.split('"').next());
        let site = site.config(remedy.expect("a remedy"));
        site.configtest().does_not_say("CHR8").exits(0);
    }

    #[test]
    fn the_whole_picture_has_the_findings() {
        let said = with_script(Mpm::Event).argument("-DDUMP_CHROOT").configtest();
        said.says("jail: ").says("CHR801: LuaMapHandler");
    }

    /// A trial that cannot be made is said, and under strict it is no consent.
    #[test]
    fn who_is_not_root_tries_nothing() {
        let site = with_passwords(Mpm::Event).started_by(65534);
        site.configtest().says("CHR301").does_not_say("CHR801").exits(0);
    }
}
