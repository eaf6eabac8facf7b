//! Cost of a request as the kernel sees it: its system calls, in the jail and without one.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use crate::harness::client::get;
    use crate::harness::pair::Pair;
    use crate::harness::requirements::{Capability, Requirement, require, skip};
    use crate::harness::{Mpm, Process, Server, Site};

    /// Requests for each path.
    const REQUESTS: usize = 15;
    /// A file below eight folders, each of which may have a `.htaccess`.
    const DEEP: &str = "/a/b/c/d/e/f/g/h/page.html";

    /// Names of the system calls of a request for `path`, in their order: those of most of several requests.
    fn calls_of(server: &Server, path: &str) -> Vec<String> {
        let record = server.site.sandbox.server.join("calls");
        let children = server.children();
        assert_eq!(children.len(), 1, "{children:?}");
        let mut strace = Command::new("strace");
        strace.arg("-o").arg(&record).args(["-p", &children[0].pid.to_string()]);
        let mut strace = strace.stderr(Stdio::piped()).spawn().expect("strace");
        let mut lines = BufReader::new(strace.stderr.take().expect("its messages")).lines();
        let first = lines.next().expect("a message").expect("a message");
        assert!(first.contains("attached"), "{first}");
        for _ in 0..REQUESTS {
            get(path).of(server).is(200, server);
        }
        Process { pid: strace.id() }.signal("INT");
        lines.for_each(drop);
        strace.wait().expect("strace");
        let text = fs::read_to_string(&record).expect("the record");
        let names: Vec<_> = text.lines().filter_map(|line| Some(line.split_once('(')?.0)).collect();
        let mut counts = BTreeMap::<Vec<&str>, usize>::new();
        for request in names.split(|name| name.starts_with("accept")).filter(|it| !it.is_empty()) {
            *counts.entry(request.to_vec()).or_default() += 1;
        }
        let (usual, count) = counts.iter().max_by_key(|(_, count)| **count).expect("a request");
        assert!(*count > REQUESTS / 2, "{counts:?}");
        usual.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_request_makes_as_many_system_calls_as_without_a_jail() {
        require(Capability::SysAdmin);
        require(Capability::SysPtrace);
        if Command::new("strace").arg("-V").output().is_err() {
            return skip(Requirement::Package("strace"));
        }
        let site = Site::new(Mpm::Prefork)
            .with_host_paths()
            .file(&format!("htdocs{DEEP}"), "a page")
            .file("htdocs/set/page.html", "a page")
            .file("htdocs/set/.htaccess", "DirectoryIndex page.html\n")
            .config("StartServers 1\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 1")
            .config("<Directory />\nAllowOverride None\n</Directory>")
            .config("<Directory \"{jail}/htdocs/*\">\nAllowOverride All\n</Directory>")
            .allow_log("AH00161");
        let pair = Pair::start(site, "");
        // The module looks at a `.htaccess` file in place of httpd; if it is there, httpd opens it as well.
        for (path, more) in [("/index.html", 0), (DEEP, 0), ("/set/page.html", 1)] {
            let [jailed, free] = [&pair.jailed, &pair.free].map(|server| calls_of(server, path));
            assert_eq!(jailed.len(), free.len() + more, "{path}: {jailed:?} {free:?}");
            eprintln!("{path}: {} calls, {} without a jail", jailed.len(), free.len());
        }
        pair.stop();
    }
}
