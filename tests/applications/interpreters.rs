//! Promise 7, `program:`: interpreters of the host run in the jail, with their loader, libraries and
//! modules, and nothing prepared there.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::harness::{Mpm, Site, promise};

    /// A script that its interpreter runs as CGI.
    struct Script {
        program: &'static str,
        text: &'static str,
        says: &'static str,
    }

    const SHELL: Script = Script {
        program: "/bin/sh",
        text: "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nsum %s' $((40 + 2))\n",
        says: "sum 42",
    };

    const PERL: Script = Script {
        program: "/usr/bin/perl",
        text: "#!/usr/bin/perl\nuse strict; use POSIX qw(floor); use Socket; use List::Util 'sum';\n\
               print \"Content-Type: text/plain\\n\\n\", \"sum \", sum(40, floor(2.5)), \"\\n\";\n",
        says: "sum 42",
    };

    const PYTHON: Script = Script {
        program: "/usr/bin/python3",
        text: "#!/usr/bin/python3\nimport json, math, ssl, zlib\n\
               print('Content-Type: text/plain\\n\\n' + json.dumps({'sum': math.floor(42.5)}))\n",
        says: "{\"sum\": 42}",
    };

    const PHP: Script = Script {
        program: "/usr/bin/php-cgi",
        text: "#!/usr/bin/php-cgi\n<?php header('Content-Type: text/plain');\n\
               echo 'sum ', array_sum([40, 2]), ' ', date_default_timezone_get(), ' ', \
               (new DateTime('2000-01-01', new DateTimeZone('Europe/Berlin')))->format('T'); ?>\n",
        says: "CET",
    };

    /// The script answers, from inside, in `way`.
    fn answers(script: &Script, way: &str) {
        assert!(Path::new(script.program).exists(), "{} is not installed", script.program);
        let more = if way == "view" { "" } else { "timezone devices tmp" };
        let site = Site::new(Mpm::Event)
            .modules(&["alias", "cgi"])
            .config(&format!(
                "ChrootFixRoot {way}\nChrootProvide program:{} {more}",
                script.program
            ))
            .config("ScriptAlias /cgi/ \"/cgi/\"\nSetEnv REDIRECT_STATUS 200")
            .modules(&["env"])
            .file("cgi/script", script.text);
        let path = site.sandbox.jail.join("cgi/script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, mode).expect("its mode");
        let server = site.start();
        let reply = server.get("/cgi/script");
        assert!(reply.body.contains(script.says), "{way}: {reply:?}\n{}", server.error_log());
        promise::everyone_is_jailed(&server);
        server.stop();
    }

    #[test]
    fn a_shell_script_runs_in_a_view() {
        answers(&SHELL, "view");
    }

    #[test]
    fn a_perl_script_runs_in_a_view() {
        answers(&PERL, "view");
    }

    #[test]
    fn a_python_script_runs_in_a_view() {
        answers(&PYTHON, "view");
    }

    #[test]
    fn a_php_script_runs_in_a_view() {
        answers(&PHP, "view");
    }

    #[test]
    fn a_shell_script_runs_with_copies() {
        answers(&SHELL, "off");
    }

    #[test]
    fn a_perl_script_runs_with_copies() {
        answers(&PERL, "link");
    }

    #[test]
    fn a_python_script_runs_with_copies() {
        answers(&PYTHON, "link");
    }

    #[test]
    fn a_php_script_runs_with_copies() {
        answers(&PHP, "off");
    }

    #[test]
    fn without_the_word_no_script_runs() {
        let site = Site::new(Mpm::Event)
            .modules(&["alias", "cgi"])
            .config("ScriptAlias /cgi/ \"/cgi/\"")
            .file("cgi/script", SHELL.text)
            .expect_log("CHR805: ScriptAlias")
            .allow_log("CHR805")
            .allow_log("AH01215")
            .allow_log("AH01241")
            .allow_log("End of script output before headers");
        let path = site.sandbox.jail.join("cgi/script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, mode).expect("its mode");
        let server = site.start();
        assert_eq!(server.get("/cgi/script").status, 500);
        server.stop();
    }
}
