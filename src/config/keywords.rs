//! Directives that take one word out of a few: `ChrootFixRoot`, `ChrootAudit`, `ChrootCheck`, `ChrootHarden`,
//! `ChrootPreflight` and `ChrootWarmUp`, each with its words and their meaning.

/// Defines an enum for each directive; the name of the type is that of the directive without `Chroot`.
macro_rules! keywords {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$note:meta])* $variant:ident: $word:literal,)+ }
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $name { $($(#[$note])* $variant,)+ }

            impl $name {
                /// Words of the directive, each with its meaning.
                pub(crate) const WORDS: &'static [(&'static str, Self)] =
                    &[$(($word, Self::$variant)),+];

                /// The word that means this.
                pub(crate) const fn word(self) -> &'static str {
                    match self { $(Self::$variant => $word),+ }
                }
            }
        )+

        /// Names of these directives, each with its words.
        pub(crate) const KEYWORDS: &[(&str, &[&str])] =
            &[$((concat!("Chroot", stringify!($name)), &[$($word),+])),+];
    };
}

keywords! {
    /// Options of `ChrootFixRoot`. The mode in force may depend on what the system supports.
    FixRoot {
        /// The view if the system supports it, else the link.
        On: "on",
        /// The view; without it the server does not start.
        View: "view",
        /// The link.
        Link: "link",
        /// Neither: the configuration consists of inside paths.
        Off: "off",
    }
    /// Options of `ChrootAudit`.
    #[derive(Default)]
    Audit {
        /// The jail is not searched.
        Off: "off",
        /// Findings are logged.
        #[default]
        Warn: "warn",
        /// With a finding, the server does not start.
        Strict: "strict",
    }
    /// Options of `ChrootCheck`, for a jail whose path others than root can change.
    #[derive(Default)]
    Check {
        /// The jail is refused.
        #[default]
        Strict: "strict",
        /// A warning is logged, and the server starts.
        Warn: "warn",
    }
    /// Options of `ChrootHarden`.
    #[derive(Default)]
    Harden {
        /// All restrictions that the system supports and that cost requests nothing.
        #[default]
        Auto: "auto",
        /// These and the file rules; without them the server does not start.
        Full: "full",
        /// None.
        Off: "off",
    }
    /// Options of `ChrootPreflight`.
    #[derive(Default)]
    Preflight {
        /// Nothing is tried.
        Off: "off",
        /// Findings are logged.
        #[default]
        Warn: "warn",
        /// If requests would fail, the server does not start.
        Strict: "strict",
    }
    /// Options of `ChrootWarmUp`.
    #[derive(Default)]
    WarmUp {
        /// Things that children commonly load late are preloaded.
        #[default]
        On: "on",
        /// Only the words of `ChrootPreload` are preloaded.
        Off: "off",
    }
}

impl FixRoot {
    /// The option that is written. Without one, a `DocumentRoot` that is `/` means that inside paths are written.
    pub(crate) fn or_default(written: Option<Self>, serves_root: bool) -> Self {
        match written {
            None if serves_root => Self::Off,
            written => written.unwrap_or(Self::On),
        }
    }
}
