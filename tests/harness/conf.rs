//! The configuration file of a scene.

use std::fmt::Write;

use super::apache::module_under_test;
use super::site::{Jail, Loaded, Site};

impl Site {
    /// Writes the configuration file.
    pub(super) fn write_configuration(&self) {
        std::fs::write(self.sandbox.configuration(), self.render())
            .expect("the configuration file");
    }

    fn render(&self) -> String {
        let inside = if self.jail == Jail::None { "{jail}" } else { "" };
        let mut text = self.places() + &self.loads() + self.mpm.sizing();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "User {}\nGroup {}", self.user, self.group);
        if let (Some(argument), true) = (&self.chroot, self.jail != Jail::None) {
            let _ = writeln!(text, "ChrootDir {argument}");
        }
        if let Some(folder) = &self.document_root {
            let _ = writeln!(text, "DocumentRoot \"{folder}\"");
        }
        text.push_str(&self.extra);
        self.sandbox.fill(&text.replace("{inside}", inside))
    }

    fn places(&self) -> String {
        "ServerRoot \"{server}\"\nServerName localhost\nListen 127.0.0.1:{port}\n\
         DefaultRuntimeDir run\nPidFile run/httpd.pid\nErrorLog logs/error.log\nLogLevel notice\n"
            .to_owned()
    }

    fn loads(&self) -> String {
        let mut names = vec![format!("mpm_{}", self.mpm.name())];
        names.extend(["unixd", "authz_core", "dir"].map(str::to_owned));
        names.extend(self.modules.iter().cloned());
        let httpd: String = names.iter().map(|name| self.apache.load(name)).collect();
        match (self.jail, self.loaded) {
            (Jail::Module, Loaded::First) => load_module() + &httpd,
            (Jail::Module, Loaded::Last) => httpd + &load_module(),
            // In an empty jail a thread of a plain httpd cannot end: glibc looks for this library then.
            (Jail::Unixd, _) if self.mpm.is_threaded() => httpd + &load_libgcc(),
            _ => httpd,
        }
    }
}

fn load_module() -> String {
    format!("LoadModule chroot_module \"{}\"\n", module_under_test().display())
}

fn load_libgcc() -> String {
    format!("LoadFile \"{}\"\n", super::programs::library("libgcc_s.so.1").display())
}
