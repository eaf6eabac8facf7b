//! Finds httpd's and APR's headers, generates the bindings, and sets the configuration flags of the httpd that the code is
//! built for.
//!
//! | variable | meaning |
//! |---|---|
//! | `APXS` | the `apxs` of the httpd to build for; else `apxs2` and `apxs` are looked for |
//! | `MOD_CHROOT_HTTPD_INCLUDES` | `:`-separated header folders, in place of asking apxs and pkg-config: for cross and packaging builds |
//! | `MOD_CHROOT_LINT` | `1`: check the code of a foreign target with this machine's layouts; what is built cannot be loaded |
//! | `LIBCLANG_PATH`, `BINDGEN_EXTRA_CLANG_ARGS` | bindgen's own |

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

#[path = "src/preflight/survey/format.rs"]
mod survey;

/// The survey of directives.
const SURVEY: &str = "src/preflight/survey/table.txt";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(httpd_trunk)");
    println!("cargo::rustc-check-cfg=cfg(lint_only)");
    println!("cargo::rustc-check-cfg=cfg(conformance)");
    for file in ["build.rs", "src/httpd/wrapper.h", SURVEY] {
        println!("cargo::rerun-if-changed={file}");
    }
    for variable in ["APXS", "MOD_CHROOT_HTTPD_INCLUDES", "MOD_CHROOT_LINT", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    if let Err(reason) = build() {
        eprintln!("\nerror: {reason}\n");
        exit(1);
    }
}

fn build() -> Result<(), String> {
    let headers = Headers::find()?;
    headers.refuse_old_httpd()?;
    let clang = headers.build_clang_arguments();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run cargo")?);
    generate_bindings(&clang)
        .map_err(|error| {
            format!("bindgen cannot read httpd's headers: {error}\n{}", format_install("clang"))
        })?
        .write_to_file(out.join("bindings.rs"))
        .map_err(|error| format!("cannot write the bindings: {error}"))?;
    let rows = fs::read_to_string(SURVEY).map_err(|error| error.to_string());
    let rows = rows.and_then(|text| survey::format_rows(&text));
    rows.and_then(|rows| fs::write(out.join("survey.rs"), rows).map_err(|error| error.to_string()))
        .map_err(|error| format!("{SURVEY}: {error}"))?;
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("macos") {
        // The functions that the module calls are in httpd itself: they are resolved when httpd loads it.
        println!("cargo::rustc-cdylib-link-arg=-undefined");
        println!("cargo::rustc-cdylib-link-arg=dynamic_lookup");
    }
    if is_lint_only() {
        println!("cargo::rustc-cfg=lint_only");
    }
    Ok(())
}

fn is_lint_only() -> bool {
    env::var_os("MOD_CHROOT_LINT").is_some_and(|value| value == "1")
}

/// Directories of the headers, and the flags that they were built with.
struct Headers {
    folders: Vec<PathBuf>,
    flags: Vec<String>,
}

impl Headers {
    fn find() -> Result<Self, String> {
        if let Some(folders) = env::var_os("MOD_CHROOT_HTTPD_INCLUDES") {
            return Self { folders: env::split_paths(&folders).collect(), flags: vec![] }
                .check_headers();
        }
        let apxs = find_apxs()?;
        let mut headers = Self {
            folders: vec![PathBuf::from(query_apxs(&apxs, "INCLUDEDIR")?)],
            // Large files and the like change the layout of APR's structures.
            flags: select_flags(&format!(
                "{} {}",
                query_apxs(&apxs, "CFLAGS")?,
                query_apxs(&apxs, "EXTRA_CPPFLAGS")?
            )),
        };
        headers.add_apr(&apxs)?;
        headers.check_headers()
    }

    /// Adds APR, by pkg-config or by its own configuration programs, which apxs names.
    fn add_apr(&mut self, apxs: &Path) -> Result<(), String> {
        for (library, variable) in [("apr-1", "APR_INCLUDEDIR"), ("apr-util-1", "APU_INCLUDEDIR")] {
            let found = pkg_config::Config::new().cargo_metadata(false).probe(library);
            match found {
                Ok(library) => {
                    self.folders.extend(library.include_paths);
                    self.flags.extend(library.defines.iter().map(|(name, value)| match value {
                        Some(value) => format!("-D{name}={value}"),
                        None => format!("-D{name}"),
                    }));
                }
                Err(_) => {
                    let folder = query_apxs(apxs, variable)
                        .map_err(|error| format!("{error}\n{}", format_install("apr")))?;
                    self.folders.push(PathBuf::from(folder));
                }
            }
        }
        Ok(())
    }

    fn check_headers(self) -> Result<Self, String> {
        for (header, package) in [("httpd.h", "httpd"), ("apr.h", "apr"), ("apr_hooks.h", "apr")] {
            if self.find_header(header).is_none() {
                let folders: Vec<_> = self.folders.iter().map(|path| path.display()).collect();
                return Err(format!(
                    "{header} is in none of {folders:?}\n{}",
                    format_install(package)
                ));
            }
        }
        Ok(self)
    }

    fn find_header(&self, name: &str) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file())
    }

    /// Refuses an httpd that is too old, before bindgen fails with missing types.
    fn refuse_old_httpd(&self) -> Result<(), String> {
        let path = self.find_header("ap_release.h").ok_or_else(|| format_install("httpd"))?;
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path:?}: {error}"))?;
        let number =
            |name| find_definition(&text, name).ok_or(format!("{path:?} defines no {name}"));
        let version =
            (number("AP_SERVER_MAJORVERSION_NUMBER")?, number("AP_SERVER_MINORVERSION_NUMBER")?);
        if version < (2, 4) {
            let (major, minor) = version;
            return Err(format!("httpd {major}.{minor} is too old: mod_chroot needs 2.4 or later"));
        }
        if version > (2, 4) {
            println!("cargo::rustc-cfg=httpd_trunk");
        }
        Ok(())
    }

    fn build_clang_arguments(&self) -> Vec<String> {
        let folders = self.folders.iter().map(|folder| format!("-I{}", folder.display()));
        let target =
            is_lint_only().then(|| format!("--target={}", env::var("HOST").unwrap_or_default()));
        folders.chain(self.flags.iter().cloned()).chain(target).collect()
    }
}

/// Value of `#define name NUMBER` in `text`.
fn find_definition(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut words = line.trim_start_matches(['#', ' ']).split_whitespace();
        let (define, defined) = (words.next()?, words.next()?);
        (define.ends_with("define") && defined == name).then(|| words.next()?.parse().ok())?
    })
}

/// Flags that change the headers: no warnings, no optimisation.
fn select_flags(flags: &str) -> Vec<String> {
    flags
        .split_whitespace()
        .filter(|flag| flag.starts_with("-D") || flag.starts_with("-I"))
        .filter(|flag| !flag.starts_with("-D_FORTIFY_SOURCE"))
        .map(String::from)
        .collect()
}

/// The `apxs` of `APXS`, else the first that runs of those in the usual places.
fn find_apxs() -> Result<PathBuf, String> {
    if let Some(apxs) = env::var_os("APXS").filter(|apxs| !apxs.is_empty()) {
        return Ok(PathBuf::from(apxs));
    }
    [
        "apxs2",
        "apxs",
        "/usr/bin/apxs2",
        "/usr/bin/apxs",
        "/usr/sbin/apxs2",
        "/usr/sbin/apxs",
        "/usr/local/sbin/apxs",
        "/usr/pkg/bin/apxs",
        "/usr/pkg/sbin/apxs",
        "/opt/local/bin/apxs",
        "/opt/homebrew/bin/apxs",
        "/usr/local/apache2/bin/apxs",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|apxs| query_apxs(apxs, "INCLUDEDIR").is_ok())
    .ok_or_else(|| {
        format!("no apxs found, which tells where httpd's headers are\n{}", format_install("httpd"))
    })
}

fn query_apxs(apxs: &Path, variable: &str) -> Result<String, String> {
    let output = Command::new(apxs)
        .args(["-q", variable])
        .output()
        .map_err(|error| format!("{}: {error}", apxs.display()))?;
    if !output.status.success() {
        return Err(format!("{} -q {variable} failed: {}", apxs.display(), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn generate_bindings(clang: &[String]) -> Result<bindgen::Bindings, bindgen::BindgenError> {
    let functions = "ap_(hook_(pre_config|check_config|test_config|post_config|drop_privileges|child_init|child_status|pre_mpm|monitor|open_htaccess)\
                     |log_error_|getword_conf|state_query|exists_config_define\
                     |find_linked_module|hook_get_(open_logs|post_config|pre_mpm|child_init)|close_listeners|mpm_query|runtime_dir_relative|get_server_revision|rwrite)\
                     |apr_(os_file_get|pool_(create_ex|cleanup_(register|null|kill)|pre_cleanup_register|parent_get|userdata_(get|set))|pmemdup|pstrmemdup|proc_(fork|other_child_(un)?register)|dbm_get_usednames_ex|optional_hook_add)";
    let variables = "ap_(conftree|top_module|server_conf|server_root|unixd_config|document_root_check|coredumpdir_configured)\
                     |CHROOT_.*|MODULE_MAGIC_NUMBER_(MAJOR|MINOR)|APLOG_(EMERG|ALERT|WARNING|NOTICE|INFO|STARTUP)\
                     |APR_HOOK_(REALLY_FIRST|FIRST|MIDDLE|REALLY_LAST)|APR_INCHILD|APR_OC_REASON_(DEATH|LOST)|AP_STATUS_SHORT|AP_SQ_(MAIN_STATE|RUN_MODE|CONFIG_GEN|MS_(CREATE_CONFIG|RUN_MPM)|RM_(NORMAL|CONFIG_TEST))|AP_MPMQ_(GENERATION|MPM_STATE|STARTING|STOPPING|IS_THREADED|NOT_SUPPORTED)\
                     |APEXIT_CHILDFATAL|RSRC_CONF|HTTP_INTERNAL_SERVER_ERROR|OK|DECLINED";
    let builder = bindgen::Builder::default()
        .header("src/httpd/wrapper.h")
        .clang_args(clang)
        .allowlist_function(functions)
        .allowlist_var(variables)
        .allowlist_type(
            "module|command_rec|cmd_parms|server_rec|ap_LINK_(open_logs|post_config|child_init)_t|ap_HOOK_status_hook_t|apr_array_header_t",
        )
        .opaque_type("ap_logconf")
        .generate_comments(false)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .merge_extern_blocks(true)
        .use_core()
        .formatter(bindgen::Formatter::None)
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap_or_default())
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()));
    ONLY_POINTED_TO.iter().fold(builder, make_opaque).generate()
}

/// Types that the module only passes on: they stay opaque, so there is less to review, and no `configure` option of APR or
/// httpd can change their layout.
const ONLY_POINTED_TO: [&str; 11] = [
    "ap_conf_vector_t",
    "ap_configfile_t",
    "ap_method_list_t",
    "apr_file_t",
    "apr_pool_t",
    "apr_table_t",
    "conn_rec",
    "process_rec",
    "request_rec",
    "server_addr_rec",
    "apr_sockaddr_t",
];

fn make_opaque(builder: bindgen::Builder, name: &&str) -> bindgen::Builder {
    builder
        .blocklist_type(name)
        .raw_line(format!("#[repr(C)] #[derive(Debug)] pub struct {name} {{ _unused: [u8; 0] }}"))
}

/// Commands that install `what` on each system.
fn format_install(what: &str) -> String {
    let (debian, fedora, freebsd, netbsd, gentoo, macports) = match what {
        "clang" => ("libclang-dev", "clang-devel", "llvm", "clang", "llvm-core/clang", "clang-18"),
        "apr" => (
            "libapr1-dev libaprutil1-dev",
            "apr-devel apr-util-devel",
            "apr",
            "apr apr-util",
            "dev-libs/apr dev-libs/apr-util",
            "apr apr-util",
        ),
        _ => ("apache2-dev", "httpd-devel", "apache24", "apache", "www-servers/apache", "apache2"),
    };
    format!(
        "  Debian:   apt-get install {debian}\n  Fedora:   dnf install {fedora}\n  \
         FreeBSD:  pkg install {freebsd}\n  NetBSD:   pkgin install {netbsd}\n  \
         Gentoo:   emerge {gentoo}\n  MacPorts: port install {macports}\n  \
         (or set APXS, MOD_CHROOT_HTTPD_INCLUDES or LIBCLANG_PATH)"
    )
}
