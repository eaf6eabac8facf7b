//! What each directive means: words in, typed value or fault out. httpd is not known here.

mod allow_outside;
mod audit;
mod check;
mod chroot_dir;
mod fix_root;
mod harden;
pub(crate) mod other_directives;
mod preflight;
mod provide;
mod server_info;
pub(crate) mod set_catalogue;
mod warm_up;

pub(crate) use allow_outside::AllowOutside;
pub(crate) use audit::Audit;
pub(crate) use check::Check;
pub(crate) use chroot_dir::{JailBaseDirs, JailSetting};
pub(crate) use fix_root::FixRoot;
pub(crate) use harden::Harden;
pub(crate) use preflight::Preflight;
pub(crate) use provide::{Provide, ProvideItem, exposed, exposes};
pub(crate) use server_info::{ServerInfo, Version};
pub(crate) use set_catalogue::ProvideSet;
pub(crate) use warm_up::{Preload, WarmUp};

use crate::messages::{Fault, Place, SettingFault};
use std::ffi::OsString;

/// The directives of the module, as they are spelled in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directive {
    /// The jail.
    Dir,
    /// How host paths stay true inside.
    FixRoot,
    /// What of the host is within reach.
    Provide,
    /// What becomes of what is found in the jail.
    Audit,
    /// What becomes of a path that others can change.
    Check,
    /// What is taken from the children.
    Harden,
    /// What becomes of what children would not find.
    Preflight,
    /// Whether anything is loaded before entry unasked.
    WarmUp,
    /// What else is.
    Preload,
    /// Whose processes may run outside.
    AllowOutside,
}

impl Directive {
    /// All of them, in the order of the documentation.
    pub(crate) const ALL: [Self; 10] = [
        Self::Dir,
        Self::FixRoot,
        Self::Provide,
        Self::Audit,
        Self::Check,
        Self::Harden,
        Self::Preflight,
        Self::WarmUp,
        Self::Preload,
        Self::AllowOutside,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dir => "ChrootDir",
            Self::FixRoot => "ChrootFixRoot",
            Self::Provide => "ChrootProvide",
            Self::Audit => "ChrootAudit",
            Self::Check => "ChrootCheck",
            Self::Harden => "ChrootHarden",
            Self::Preflight => "ChrootPreflight",
            Self::WarmUp => "ChrootWarmUp",
            Self::Preload => "ChrootPreload",
            Self::AllowOutside => "ChrootAllowOutside",
        }
    }
}

/// One directive as it is written, its quotes and variables already resolved.
#[derive(Debug, Clone)]
pub(crate) struct ParsedDirective {
    /// Which one.
    pub directive: Directive,
    /// The words behind its name.
    pub words: Vec<OsString>,
    /// The section it stands in, as written (`<VirtualHost *:80>`), if any.
    pub section: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// What the configuration as a whole asks for.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// All of it as it is written, in order.
    pub written: Vec<ParsedDirective>,
    /// The jail; without one, nothing else has a meaning.
    pub jail: Option<JailSetting>,
    /// How host paths stay true inside, if that is written.
    pub fix_root: Option<FixRoot>,
    /// What of the host is within reach.
    pub provide: Provide,
    /// What becomes of what is found in the jail.
    pub audit: Audit,
    /// What becomes of a path that others can change; strict if nothing is written.
    pub check: Check,
    /// What is taken from the children; auto if nothing is written.
    pub harden: Harden,
    /// What becomes of what children would not find; warn if nothing is written.
    pub preflight: Preflight,
    /// Whether anything is loaded before entry unasked; on if nothing is written.
    pub warm_up: WarmUp,
    /// What else is loaded before entry, and where that is written.
    pub preload: Vec<(Preload, Place)>,
    /// Modules whose processes may run outside the jail.
    pub allow_outside: AllowOutside,
}

impl Settings {
    /// What all directives ask for together.
    ///
    /// # Errors
    /// A directive in a section, with words it does not take, or two that disagree.
    pub(crate) fn read(
        all: &[ParsedDirective],
        landmarks: &JailBaseDirs<'_>,
    ) -> Result<Self, Fault> {
        if let Some((written, section)) =
            all.iter().find_map(|written| Some((written, written.section.clone()?)))
        {
            return Err(written.fault(SettingFault::InSection(section)));
        }
        let of = |directive| all.iter().filter(move |written| written.directive == directive);
        Ok(Self {
            written: all.to_vec(),
            jail: agreed(of(Directive::Dir), |written| chroot_dir::meaning(written, landmarks))?
                .and_then(|(jail, place)| Some(JailSetting { jail: jail?, place })),
            fix_root: keyword(of(Directive::FixRoot), &FixRoot::WORDS)?,
            provide: provide::read(of(Directive::Provide))?,
            audit: keyword(of(Directive::Audit), &Audit::WORDS)?.unwrap_or_default(),
            check: keyword(of(Directive::Check), &Check::WORDS)?.unwrap_or_default(),
            harden: keyword(of(Directive::Harden), &Harden::WORDS)?.unwrap_or_default(),
            preflight: keyword(of(Directive::Preflight), &Preflight::WORDS)?.unwrap_or_default(),
            warm_up: keyword(of(Directive::WarmUp), &WarmUp::WORDS)?.unwrap_or_default(),
            preload: warm_up::preloads(of(Directive::Preload))?,
            allow_outside: AllowOutside::read(of(Directive::AllowOutside))?,
        })
    }

    /// Everything that is written with `directive`, in order.
    pub(crate) fn all(&self, directive: Directive) -> impl Iterator<Item = &ParsedDirective> {
        self.written.iter().filter(move |written| written.directive == directive)
    }

    /// Where `directive` is written first, if it is.
    pub(crate) fn place(&self, directive: Directive) -> Option<&Place> {
        self.all(directive).next().map(|written| &written.place)
    }
}

impl ParsedDirective {
    /// A fault of this directive, at its place.
    pub(crate) fn fault(&self, why: SettingFault) -> Fault {
        Fault::of(self.directive.name(), self.text(), why).at(&self.place)
    }

    /// Its words, for a message.
    pub(crate) fn text(&self) -> String {
        let words: Vec<_> = self.words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    /// Its only word.
    ///
    /// # Errors
    /// None, an empty one, or more.
    fn word(&self) -> Result<&OsString, Fault> {
        match self.words.as_slice() {
            [word] if !word.is_empty() => Ok(word),
            [_] => Err(self.fault(SettingFault::Words(0))),
            words => Err(self.fault(SettingFault::Words(words.len()))),
        }
    }
}

/// What directives that may be repeated, but not contradict each other, mean together, and the
/// place of the first.
fn agreed<'a, T: PartialEq>(
    all: impl Iterator<Item = &'a ParsedDirective>,
    meaning: impl Fn(&ParsedDirective) -> Result<T, Fault>,
) -> Result<Option<(T, Place)>, Fault> {
    let mut first: Option<(T, &ParsedDirective)> = None;
    for written in all {
        let means = meaning(written)?;
        match &first {
            None => first = Some((means, written)),
            Some((earlier, _)) if *earlier == means => {}
            Some((_, other)) => return Err(twice(written, other)),
        }
    }
    Ok(first.map(|(means, written)| (means, written.place.clone())))
}

fn twice(written: &ParsedDirective, other: &ParsedDirective) -> Fault {
    written.fault(SettingFault::Twice { other: other.text(), at: other.place.clone() })
}

/// What directives that take one word out of a few mean together; nothing without any.
fn keyword<'a, T: PartialEq + Copy>(
    all: impl Iterator<Item = &'a ParsedDirective>,
    words: &'static [(&'static str, T)],
) -> Result<Option<T>, Fault> {
    let meaning = |written: &ParsedDirective| {
        let word = written.word()?;
        let known = words.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
        known.map(|&(_, means)| means).ok_or_else(|| {
            let known = words.iter().map(|&(known, _)| known).collect();
            written.fault(SettingFault::Unknown(known))
        })
    };
    Ok(agreed(all, meaning)?.map(|(means, _)| means))
}

#[cfg(test)]
mod tests;
