//! The httpd under test: where it is, what is built in, and where its modules are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The multi-processing modules that every promise is tried under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mpm {
    /// One process per connection.
    Prefork,
    /// Threads.
    Worker,
    /// Threads and an event loop.
    Event,
}

impl Mpm {
    /// The name as in `mpm_NAME_module`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mpm::Prefork => "prefork",
            Mpm::Worker => "worker",
            Mpm::Event => "event",
        }
    }

    /// Whether requests are handled by threads.
    pub(crate) fn is_threaded(self) -> bool {
        self != Mpm::Prefork
    }

    /// Few processes, so that a scene is quick, but more than one, so that "every child" means something.
    pub(crate) fn sizing(self) -> &'static str {
        match self {
            Mpm::Prefork => {
                "StartServers 2\nMinSpareServers 1\nMaxSpareServers 3\n\
                 ServerLimit 6\nMaxRequestWorkers 6\n"
            }
            Mpm::Worker | Mpm::Event => {
                "StartServers 2\nServerLimit 4\nThreadLimit 4\nThreadsPerChild 4\n\
                 MinSpareThreads 4\nMaxSpareThreads 16\nMaxRequestWorkers 16\n"
            }
        }
    }
}

/// One installed httpd.
#[derive(Clone, Debug)]
pub(crate) struct Apache {
    /// The server program.
    pub(crate) program: PathBuf,
    /// The folder of its modules.
    pub(crate) modules: PathBuf,
    builtin: Vec<String>,
}

impl Apache {
    /// The module PHP, which names its file by its version.
    pub(crate) fn php(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(&self.modules).expect("the modules").flatten();
        let is_php = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("libphp") && name.ends_with(".so")
        };
        entries.map(|entry| entry.path()).find(is_php)
    }

    /// The httpd that apxs speaks for: `APXS`, or apxs/apxs2 from PATH and the usual folders.
    pub(crate) fn installed() -> &'static Apache {
        static FOUND: OnceLock<Apache> = OnceLock::new();
        FOUND.get_or_init(|| {
            let apxs = find_apxs();
            let folder = PathBuf::from(ask(&apxs, &["-q", "SBINDIR"]));
            let named = folder.join(ask(&apxs, &["-q", "PROGNAME"]));
            let candidates = [named, folder.join("httpd"), folder.join("apache2")];
            let program = candidates.into_iter().find(|path| path.is_file());
            let program = program.expect("the httpd that apxs names");
            Apache::at(&program, Path::new(&ask(&apxs, &["-q", "LIBEXECDIR"])))
        })
    }

    /// An httpd elsewhere, such as a privately built one.
    pub(crate) fn at(program: &Path, modules: &Path) -> Apache {
        let listed = ask(program, &["-l"]);
        let builtin = listed.lines().filter_map(|line| line.trim().strip_suffix(".c"));
        Apache {
            program: program.to_owned(),
            modules: modules.to_owned(),
            builtin: builtin.map(str::to_owned).collect(),
        }
    }

    /// Whether the module `mod_NAME` is part of the program instead of a file of its own.
    pub(crate) fn has_builtin(&self, name: &str) -> bool {
        self.builtin.iter().any(|entry| entry.strip_prefix("mod_") == Some(name) || entry == name)
    }

    /// Where this httpd looks for suexec.
    pub(crate) fn suexec(&self) -> PathBuf {
        // Its exit status tells about the default configuration, which is nothing to a scene.
        let settings = Command::new(&self.program).arg("-V").output().expect("httpd -V").stdout;
        let settings = String::from_utf8_lossy(&settings);
        let mut words = settings.lines().filter_map(|line| line.split_once("SUEXEC_BIN=\""));
        PathBuf::from(words.next().expect("SUEXEC_BIN").1.trim_end_matches('"'))
    }

    /// The file of a module.
    pub(crate) fn module_file(&self, name: &str) -> PathBuf {
        self.modules.join(format!("mod_{name}.so"))
    }

    /// The line that loads a module, or nothing when it is built in.
    pub(crate) fn load(&self, name: &str) -> String {
        let short = name.strip_prefix("mpm_").unwrap_or(name);
        if self.has_builtin(name) || self.has_builtin(short) {
            return String::new();
        }
        format!("LoadModule {name}_module \"{}\"\n", self.module_file(name).display())
    }
}

/// The module under test: `MOD_CHROOT_SO`, or the library that cargo built beside this test.
pub(crate) fn module_under_test() -> PathBuf {
    if let Some(path) = std::env::var_os("MOD_CHROOT_SO") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the path of this test");
    // Beside the test, in deps/: the copy one folder up is refreshed by `cargo build` only, not by `cargo test`.
    let found = test.with_file_name("libmod_chroot.so");
    assert!(found.is_file(), "no module at {}; set MOD_CHROOT_SO", found.display());
    found
}

/// Options by which the C compiler finds the headers of httpd and APR.
pub(crate) fn compiler_options() -> Vec<String> {
    let apxs = find_apxs();
    let queries = ["INCLUDEDIR", "APR_INCLUDEDIR", "APU_INCLUDEDIR"];
    let mut options = vec![ask(&apxs, &["-q", "EXTRA_CPPFLAGS"])];
    options.extend(queries.map(|query| format!("-isystem{}", ask(&apxs, &["-q", query]))));
    options.iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect()
}

fn find_apxs() -> PathBuf {
    if let Some(apxs) = std::env::var_os("APXS") {
        return PathBuf::from(apxs);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/usr/sbin", "/usr/local/sbin", "/usr/pkg/sbin", "/opt/local/bin"];
    std::env::split_paths(&path)
        .chain(usual.map(PathBuf::from))
        .flat_map(|folder| [folder.join("apxs"), folder.join("apxs2")])
        .find(|candidate| candidate.is_file())
        .expect("apxs or apxs2; set APXS")
}

fn ask(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(output.status.success(), "{} {arguments:?}: {output:?}", program.display());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
