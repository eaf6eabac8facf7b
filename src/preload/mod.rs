//! What children load or read late is loaded before they enter, because inside there is none of it.
//!
//! What can be inherited is loaded by the parent, at each start and restart: libraries stay for good,
//! tables as long as the configuration that asks for them. What cannot is done by each child, root and
//! outside, as the last thing before it enters. Nothing comes from inside the jail, and what cannot be
//! loaded unasked is told, and no fault: children are then no worse off than without.

mod library;
mod needs;
mod read;

pub(crate) use needs::{DIRECTIVES, PreloadNeeds, needs};

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

/// What is asked for.
#[derive(Debug)]
pub(crate) struct PreloadRequest<'a> {
    /// `ChrootWarmUp`.
    pub unasked: WarmUp,
    /// `ChrootPreload`.
    pub preload: &'a [(Preload, Place)],
    /// What other directives name.
    pub needs: &'a PreloadNeeds,
    /// The jail, with whatever is shown in it.
    pub jail: &'a CheckedJail,
    /// Whether requests are handled by threads.
    pub threaded: bool,
}

/// What is loaded, for as long as this lives and for whoever inherits it; and what is left to be done by
/// each child.
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

/// Loads what is asked for, and what children commonly need.
///
/// # Errors
/// What is asked for by `ChrootPreload` cannot be had.
pub(crate) fn make_ready(asked: &PreloadRequest<'_>) -> Result<Preloaded, Fault> {
    let mut warm = Preloaded::default();
    if asked.unasked == WarmUp::On {
        warm.thread_exit();
        warm.name_services();
        warm.locale_of_environment();
        for need in &asked.needs.charsets {
            warm.needed_charset(need);
        }
        warm.leave_to_children(asked);
    }
    for (preload, place) in asked.preload {
        let fault =
            |why| Fault::for_directive("ChrootPreload", preload.to_string(), why).with_place(place);
        warm.preload(preload, asked.jail).map_err(fault)?;
    }
    Ok(warm)
}

impl Preloaded {
    /// The last thing that a child does outside. It has one thread.
    pub(crate) fn before_entry(&self) {
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

    /// One more thing that was loaded.
    pub(crate) fn tell(&mut self, fact: String) {
        self.facts.push(fact);
    }

    /// One fact a line, for `httpd -t -D DUMP_CHROOT`.
    pub(crate) fn described(&self) -> Vec<String> {
        let warmed = self.facts.iter().map(|fact| format!("warmed: {fact}"));
        let cold = self.cold.iter().filter_map(|notice| match notice {
            PreloadNotice::Cold { what, why, .. } => Some(format!("not warmed: {what} ({why})")),
            PreloadNotice::Warmed(_) => None,
        });
        warmed.chain(cold).collect()
    }

    /// What is told in the log.
    pub(crate) fn notices(&self) -> Vec<PreloadNotice> {
        let warmed = (!self.facts.is_empty()).then(|| PreloadNotice::Warmed(self.facts.clone()));
        warmed.into_iter().chain(self.cold.iter().cloned()).collect()
    }

    fn thread_exit(&mut self) {
        let Support::Available(name) = platform::find_thread_exit_library() else { return };
        let text = name.to_string_lossy();
        match platform::keep_library(name) {
            Ok(()) => self.tell(format!("thread-exit library ({text})")),
            Err(why) => self.cold(format!("thread-exit library {text}"), why),
        }
    }

    /// The libraries of name services. Their configuration was read when the user was looked up, and no
    /// process reads it again that has another root by then (glibc 2.34), or none inside.
    fn name_services(&mut self) {
        let judged = Judge::default().file(Path::new(NSSWITCH_CONF));
        let text = match judged.and_then(|file| file.content(LONGEST)) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(DistrustReason::Walk(_)) => String::new(),
            Err(why) => return self.cold("name services".into(), format!("{NSSWITCH_CONF} {why}")),
        };
        let mut loaded = Vec::new();
        for service in read::services(&text) {
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
            self.tell(format!("name services ({})", loaded.join(" ")));
        }
    }

    fn locale_of_environment(&mut self) {
        let Some(name) = read::locale(|name| std::env::var(name).ok()) else { return };
        match Locale::open(c"") {
            Ok(Support::Available(locale)) => {
                self.locales.push(locale);
                self.tell(format!("locale ({name} of the environment)"));
            }
            Ok(Support::Unsupported) => {}
            Err(error) => self.cold(format!("locale {name} of the environment"), error.to_string()),
        }
    }

    fn needed_charset(&mut self, need: &needs::NeededCharset) {
        let name = need.name.to_string_lossy();
        match Charset::open(&need.name) {
            Ok(Support::Available(charset)) => {
                self.charsets.push(charset);
                self.tell(format!("character set ({name} of {})", need.directive));
            }
            Ok(Support::Unsupported) => {}
            Err(error) => self.cold.push(PreloadNotice::Cold {
                directive: need.directive.clone(),
                value: name.clone().into_owned(),
                what: format!("character set {name}"),
                why: error.to_string(),
                place: Some(need.place.clone()),
            }),
        }
    }

    /// What no process can inherit, or what the parent is not to have.
    fn leave_to_children(&mut self, asked: &PreloadRequest<'_>) {
        self.zone = self.may_be_read("timezone", &platform::LOCAL_TIME.to_string_lossy());
        self.syslog = !asked.needs.logs_to_syslog;
        if self.zone {
            self.tell(format!("timezone ({})", zone()));
        }
        if is_there("/dev/log") || is_there("/var/run/log") {
            let by = if self.syslog { "" } else { ", connected by httpd" };
            self.tell(format!("syslog (its socket{by})"));
        }
        let known = is_there(RESOLV_CONF);
        let inside =
            walk_inside(asked.jail.entrance(), InsidePath::same_as_host(Path::new(RESOLV_CONF)));
        let is_inside = inside.is_ok_and(|found| found.facts.kind == FileKind::File);
        let is_wanted = known && !is_inside && !asked.threaded && platform::KEEPS_NAME_SERVERS;
        if is_wanted && self.may_be_read("name servers", RESOLV_CONF) {
            self.name_servers = true;
            self.tell(format!("name servers (those of {RESOLV_CONF} at the fork)"));
        }
    }

    /// Whether a file is root's alone, or is not there: each child has the C library read it, as root.
    fn may_be_read(&mut self, what: &str, path: &str) -> bool {
        match Judge::default().file(Path::new(path)) {
            Ok(_) | Err(DistrustReason::Walk(_)) => true,
            Err(why) => {
                self.cold(what.to_owned(), format!("{path} {why}"));
                false
            }
        }
    }

    fn preload(&mut self, preload: &Preload, jail: &CheckedJail) -> Result<(), PreloadFault> {
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
        self.tell(match preload {
            Preload::Iconv(name) => format!("character set ({})", name.to_string_lossy()),
            Preload::Locale(name) => format!("locale ({})", name.to_string_lossy()),
            Preload::Library(path) => format!("library ({})", path.to_string_lossy()),
        });
        Ok(())
    }

    fn cold(&mut self, what: String, why: String) {
        let (directive, value) = ("ChrootWarmUp".to_owned(), "on".to_owned());
        self.cold.push(PreloadNotice::Cold { directive, value, what, why, place: None });
    }
}

const NSSWITCH_CONF: &str = "/etc/nsswitch.conf";

/// Bytes of a configuration file.
const LONGEST: u64 = 64 << 10;

fn keep_library(path: &CStr, jail: &CheckedJail) -> Result<(), PreloadFault> {
    library::judge(Path::new(OsStr::from_bytes(path.to_bytes())), jail)?;
    platform::keep_library(path).map_err(PreloadFault::NotLoaded)
}

/// In words, which zone children keep.
fn zone() -> String {
    if let Some(told) = std::env::var_os("TZ") {
        let told = if told.is_empty() { "UTC".into() } else { told };
        return format!("{} of the environment", told.to_string_lossy());
    }
    let path = platform::LOCAL_TIME.to_string_lossy();
    match std::fs::read_link(&*path) {
        Ok(target) => match read::zone(&target) {
            Some(name) => format!("{name} from {path}"),
            None => format!("that of {path}"),
        },
        Err(_) if is_there(&path) => format!("that of {path}"),
        Err(_) => format!("UTC, without {path}"),
    }
}

fn is_there(path: &str) -> bool {
    Path::new(path).exists()
}
