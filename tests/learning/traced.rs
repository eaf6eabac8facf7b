//! `-D CHROOT_LEARN_FROM`: lines that are made of the recording of a tracing tool. Only strace is here; recordings of the
//! tools of other systems are in the unit tests of `src/learning/trace`.

#[cfg(test)]
mod tests {
    use crate::application::{Application, PAGE};
    use crate::harness::Mpm;
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, Requirement, require, skip};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    #[test]
    fn lines_of_a_recording_by_strace_make_the_application_work_in_the_jail() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        if Command::new("strace").arg("-V").output().is_err() {
            return skip(Requirement::Package("strace"));
        }
        let app = Application::new();
        let file = app.path("data/recording");
        let words = format!("strace -f -qq -y -s 4096 -o \"{}\"", file.display());
        let site = app.site(Mpm::Prefork).chroot("none").through(&words);
        let mut server = site.allow_log("CHR").start_unchecked();
        server.wait_until_serving();
        assert_eq!(get("/app/page").of(&server).is(200, &server).body, PAGE);
        // strace forwards nothing: the server is its child.
        let traced = server.born();
        traced.first().expect("httpd").signal("TERM");
        server.wait_until_dead();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its mode");
        let made = app
            .site(Mpm::Prefork)
            .argument(&format!("-DCHROOT_LEARN_FROM={}", file.display()))
            .configtest();
        let text = made.exits(0).says("CHR950").output;
        assert!(text.contains("uses work"), "{text}");
        let lines: Vec<_> =
            text.lines().filter(|line| line.starts_with("ChrootProvide ")).collect();
        let jailed = app.site(Mpm::Prefork).config(&lines.join("\n")).allow_log("CHR").start();
        assert_eq!(get("/app/page").of(&jailed).is(200, &jailed).body, PAGE, "{text}");
        jailed.stop();
    }

    #[test]
    fn a_recording_that_others_can_change_or_of_no_tool_is_refused() {
        let app = Application::new();
        let file = app.path("data/recording");
        fs::write(&file, "no call\n").expect("a file");
        let option = format!("-DCHROOT_LEARN_FROM={}", file.display());
        let test = || app.site(Mpm::Prefork).argument(&option).configtest();
        test().fails().says("CHR943").says("it has no call that uses a path");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("its mode");
        test().fails().says("CHR943").says("root");
    }
}
