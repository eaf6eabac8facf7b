//! Preload: libraries, tables and names that children would load late are loaded before they enter, because they
//! are missing inside.
//!
//! The parent loads everything that can be inherited, at each start and restart: libraries stay for good,
//! tables as long as the configuration that needs them. Each child does the rest, as root and
//! outside, as its last step before it enters. Nothing is loaded from the jail. A failure to preload
//! something by default is logged, and is not an error: the children are no worse off than without.

mod library;
mod needs;
mod read;

pub(crate) use needs::{DIRECTIVES, PreloadNeeds, find_needs};

use crate::config::set_catalogue::RESOLV_CONF;
use crate::config::{Preload, WarmUp};
use crate::jail::CheckedJail;
use crate::jail::walk::walk_inside;
use crate::messages::{DistrustReason, Fault, Place, PreloadFault, PreloadNotice};
use crate::path::InsidePath;
use crate::platform;
use crate::platform::{Charset, FileKind, Locale, Support};
use crate::trust::trusted::Judge;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Settings and facts that decide what is preloaded.
#[derive(Debug)]
pub(crate) struct PreloadRequest<'a> {
    /// `ChrootWarmUp`.
    pub warm_up: WarmUp,
    /// `ChrootPreload`.
    pub preload: &'a [(Preload, Place)],
    /// Needs of other directives.
    pub needs: &'a PreloadNeeds,
    /// The jail, with the view of it.
    pub jail: &'a CheckedJail,
    /// Whether requests are handled by threads.
    pub threaded: bool,
}

/// Tables that are loaded as long as this lives, also in children that inherit it; and the steps that are left to each
/// child.
#[derive(Debug, Default)]
pub(crate) struct Preloaded {
    charsets: Vec<Charset>,
    locales: Vec<Locale>,
    facts: Vec<String>,
    cold: Vec<PreloadNotice>,
    zone: bool,
    syslog: bool,
    name_servers: bool,
}

/// Loads the words of `ChrootPreload`, and the libraries, tables and names that children commonly need.
///
/// # Errors
/// Returns an error if a word of `ChrootPreload` cannot be loaded.
pub(crate) fn preload_all(asked: &PreloadRequest<'_>) -> Result<Preloaded, Fault> {
    let mut preloaded = Preloaded::default();
    if asked.warm_up == WarmUp::On {
        preloaded.load_thread_exit();
        preloaded.load_name_services();
        preloaded.load_locale_of_environment();
        for need in &asked.needs.charsets {
            preloaded.load_charset(need);
        }
        preloaded.plan_steps_of_children(asked);
    }
    for (preload, place) in asked.preload {
        let fault = |cause| {
            Fault::for_directive("ChrootPreload", preload.to_string(), cause).with_place(place)
        };
        preloaded.load_word(preload, asked.jail).map_err(fault)?;
    }
    Ok(preloaded)
}

impl Preloaded {
    /// Runs the steps of a child, the last ones outside. The child has one thread.
    pub(crate) fn run_in_child(&self) {
        if self.zone {
            platform::keep_time_zone();
        }
        if self.syslog {
            platform::connect_to_syslog();
        }
        if self.name_servers {
            platform::keep_name_servers();
        }
    }

    /// Adds a fact for the log: something that was loaded.
    pub(crate) fn add_fact(&mut self, fact: String) {
        self.facts.push(fact);
    }

    /// Describes the preload for the configuration dump, one fact a line.
    pub(crate) fn describe(&self) -> Vec<String> {
        let warmed = self.facts.iter().map(|fact| format!("warmed: {fact}"));
        let cold = self.cold.iter().filter_map(|notice| match notice {
            PreloadNotice::Cold { what, cause, .. } => {
                Some(format!("not warmed: {what} ({cause})"))
            }
            PreloadNotice::Warmed(_) => None,
        });
        warmed.chain(cold).collect()
    }

    /// Notices for the log.
    pub(crate) fn notices(&self) -> Vec<PreloadNotice> {
        let warmed = (!self.facts.is_empty()).then(|| PreloadNotice::Warmed(self.facts.clone()));
        warmed.into_iter().chain(self.cold.iter().cloned()).collect()
    }

    fn load_thread_exit(&mut self) {
        let Support::Available(name) = platform::find_thread_exit_library() else { return };
        let text = name.to_string_lossy();
        match platform::keep_library(name) {
            Ok(()) => self.add_fact(format!("thread-exit library ({text})")),
            Err(cause) => self.add_failure(format!("thread-exit library {text}"), cause),
        }
    }

    /// Loads the libraries of name services. Their configuration was read when the user was looked up. A process that has another
    /// root directory by then does not read it again (glibc 2.34), or finds none inside.
    fn load_name_services(&mut self) {
        let judged = Judge::default().open_file(Path::new(NSSWITCH_CONF));
        let text = match judged.and_then(|file| file.read_contents(LONGEST)) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(DistrustReason::Walk(_)) => String::new(),
            Err(cause) => {
                return self
                    .add_failure("name services".into(), format!("{NSSWITCH_CONF} {cause}"));
            }
        };
        let mut loaded = Vec::new();
        for service in read::parse_services(&text) {
            let Support::Available(Some(name)) = platform::find_name_service_library(service)
            else {
                continue;
            };
            // Distributions name services that are not installed.
            if platform::keep_library(&name).is_ok() {
                loaded.push(service);
            }
        }
        if !loaded.is_empty() {
            self.add_fact(format!("name services ({})", loaded.join(" ")));
        }
    }

    fn load_locale_of_environment(&mut self) {
        let Some(name) = read::find_locale(|name| std::env::var(name).ok()) else { return };
        match Locale::open(c"") {
            Ok(Support::Available(locale)) => {
                self.locales.push(locale);
                self.add_fact(format!("locale ({name} of the environment)"));
            }
            Ok(Support::Unsupported) => {}
            Err(error) => {
                self.add_failure(format!("locale {name} of the environment"), error.to_string())
            }
        }
    }

    fn load_charset(&mut self, need: &needs::NeededCharset) {
        let name = need.name.to_string_lossy();
        match Charset::open(&need.name) {
            Ok(Support::Available(charset)) => {
                self.charsets.push(charset);
                self.add_fact(format!("character set ({name} of {})", need.directive));
            }
            Ok(Support::Unsupported) => {}
            Err(error) => self.cold.push(PreloadNotice::Cold {
                directive: need.directive.clone(),
                value: name.clone().into_owned(),
                what: format!("character set {name}"),
                cause: error.to_string(),
                place: Some(need.place.clone()),
            }),
        }
    }

    /// Plans the steps of each child: for state that cannot be inherited, or that the parent must not have.
    fn plan_steps_of_children(&mut self, asked: &PreloadRequest<'_>) {
        self.zone = self.can_be_read("timezone", &platform::LOCAL_TIME.to_string_lossy());
        self.syslog = !asked.needs.logs_to_syslog;
        if self.zone {
            self.add_fact(format!("timezone ({})", describe_zone()));
        }
        if exists("/dev/log") || exists("/var/run/log") {
            let by = if self.syslog { "" } else { ", connected by httpd" };
            self.add_fact(format!("syslog (its socket{by})"));
        }
        let is_on_host = exists(RESOLV_CONF);
        let inside =
            walk_inside(asked.jail.entrance(), InsidePath::same_as_host(Path::new(RESOLV_CONF)));
        let is_inside = inside.is_ok_and(|found| found.facts.kind == FileKind::File);
        let is_needed = is_on_host && !is_inside && !asked.threaded && platform::KEEPS_NAME_SERVERS;
        if is_needed && self.can_be_read("name servers", RESOLV_CONF) {
            self.name_servers = true;
            self.add_fact(format!("name servers (those of {RESOLV_CONF} at the fork)"));
        }
    }

    /// Whether a file is root's alone, or missing: the C library of each child reads it as root.
    fn can_be_read(&mut self, what: &str, path: &str) -> bool {
        match Judge::default().open_file(Path::new(path)) {
            Ok(_) | Err(DistrustReason::Walk(_)) => true,
            Err(cause) => {
                self.add_failure(what.to_owned(), format!("{path} {cause}"));
                false
            }
        }
    }

    fn load_word(&mut self, preload: &Preload, jail: &CheckedJail) -> Result<(), PreloadFault> {
        match preload {
            Preload::Iconv(name) => match Charset::open(name).map_err(PreloadFault::Charset)? {
                Support::Available(charset) => self.charsets.push(charset),
                Support::Unsupported => return Err(PreloadFault::Absent("a character set")),
            },
            Preload::Locale(name) => match Locale::open(name).map_err(PreloadFault::Locale)? {
                Support::Available(locale) => self.locales.push(locale),
                Support::Unsupported => return Err(PreloadFault::Absent("a locale")),
            },
            Preload::Library(path) => keep_library(path, jail)?,
        }
        self.add_fact(match preload {
            Preload::Iconv(name) => format!("character set ({})", name.to_string_lossy()),
            Preload::Locale(name) => format!("locale ({})", name.to_string_lossy()),
            Preload::Library(path) => format!("library ({})", path.to_string_lossy()),
        });
        Ok(())
    }

    /// Adds a notice about something that could not be loaded by default.
    fn add_failure(&mut self, what: String, cause: String) {
        let (directive, value) = ("ChrootWarmUp".to_owned(), "on".to_owned());
        self.cold.push(PreloadNotice::Cold { directive, value, what, cause, place: None });
    }
}

const NSSWITCH_CONF: &str = "/etc/nsswitch.conf";

/// Limit of a configuration file, in bytes.
const LONGEST: u64 = 64 << 10;

fn keep_library(path: &CStr, jail: &CheckedJail) -> Result<(), PreloadFault> {
    library::judge_library(Path::new(OsStr::from_bytes(path.to_bytes())), jail)?;
    platform::keep_library(path).map_err(PreloadFault::NotLoaded)
}

/// Describes the time zone that children keep.
fn describe_zone() -> String {
    if let Some(value) = std::env::var_os("TZ") {
        let value = if value.is_empty() { "UTC".into() } else { value };
        return format!("{} of the environment", value.to_string_lossy());
    }
    let path = platform::LOCAL_TIME.to_string_lossy();
    match std::fs::read_link(&*path) {
        Ok(target) => match read::parse_zone(&target) {
            Some(name) => format!("{name} from {path}"),
            None => format!("that of {path}"),
        },
        Err(_) if exists(&path) => format!("that of {path}"),
        Err(_) => format!("UTC, without {path}"),
    }
}

fn exists(path: &str) -> bool {
    Path::new(path).exists()
}
