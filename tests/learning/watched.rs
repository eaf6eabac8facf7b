//! `-D CHROOT_WATCH`: the children are in the jail, and what they miss becomes lines.

#[cfg(test)]
mod tests {
    use crate::application::{Application, PAGE, start_with, stop_and_read};
    use crate::harness::requirements::{Capability, require};
    use crate::harness::{Mpm, on_every_mpm};

    const RESULT: &str = "chroot-watched.conf";

    on_every_mpm! {
        /// Each round shows the next thing that is missing: a program that cannot be run opens no file.
        fn rounds_of_watching_make_the_application_work(mpm: Mpm) {
            require(Capability::SysAdmin);
            require(Capability::SysPtrace);
            let app = Application::new();
            let mut lines: Vec<String> = Vec::new();
            for round in 0..5 {
                let site = app.site(mpm).config(&lines.join("\n")).allow_log("CHR").allow_log("AH0");
                let mut server = start_with(site.allow_log("script").allow_log("cannot").allow_log("not found"), "CHROOT_WATCH");
                let page = server.get("/app/page").body;
                let (more, text) = stop_and_read(&mut server, RESULT);
                eprintln!("round {round}: {page:?}\n{text}");
                if page == PAGE {
                    assert!(more.is_empty(), "{text}");
                    assert!(round > 0);
                    return;
                }
                assert!(!more.is_empty(), "round {round}: {page}\n{text}\n{}", server.error_log());
                lines.extend(more);
            }
            panic!("the page is not complete with\n{}", lines.join("\n"));
        }
    }
}
