//! Settings: each directive of the module as a typed value or a fault. httpd is not known here.

mod allow_outside;
mod chroot_dir;
mod connect;
mod harden;
mod keywords;
pub(crate) mod other_directives;
mod preload;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod provide;
mod server_info;
pub(crate) mod set_catalogue;

pub(crate) use allow_outside::AllowOutside;
pub(crate) use chroot_dir::{JailBaseDirs, JailSetting};
pub(crate) use connect::Connect;
pub(crate) use harden::BIND;
pub(crate) use keywords::{Audit, Check, FixRoot, Harden, KEYWORDS, Preflight, WarmUp};
pub(crate) use preload::Preload;
pub(crate) use provide::{Provide, ProvideItem, exposed, exposes};
pub(crate) use server_info::{ServerInfo, Version};
pub(crate) use set_catalogue::{PASSWD, ProvideSet};

use crate::messages::{Fault, Place, SettingFault};
use std::ffi::{OsStr, OsString};

/// The directives of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directive {
    /// The jail.
    Dir,
    /// The mode of host paths inside: a view, a link, or off.
    FixRoot,
    /// Files of the host that are available inside.
    Provide,
    /// The search of the jail, and the effect of its findings.
    Audit,
    /// The effect of a path that others than root can change.
    Check,
    /// Restrictions of the children.
    Harden,
    /// TCP ports that the children may connect to.
    Connect,
    /// The check for files and names that the children would not find, and its effect.
    Preflight,
    /// Whether the usual things are preloaded.
    WarmUp,
    /// Further things to preload.
    Preload,
    /// Modules whose processes may run outside.
    AllowOutside,
}

impl Directive {
    /// All directives, in the order of the documentation.
    pub(crate) const ALL: [Self; 11] = [
        Self::Dir,
        Self::FixRoot,
        Self::Provide,
        Self::Audit,
        Self::Check,
        Self::Harden,
        Self::Connect,
        Self::Preflight,
        Self::WarmUp,
        Self::Preload,
        Self::AllowOutside,
    ];

    /// The name, as the documentation spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dir => "ChrootDir",
            Self::FixRoot => "ChrootFixRoot",
            Self::Provide => "ChrootProvide",
            Self::Audit => "ChrootAudit",
            Self::Check => "ChrootCheck",
            Self::Harden => "ChrootHarden",
            Self::Connect => "ChrootConnect",
            Self::Preflight => "ChrootPreflight",
            Self::WarmUp => "ChrootWarmUp",
            Self::Preload => "ChrootPreload",
            Self::AllowOutside => "ChrootAllowOutside",
        }
    }
}

/// One directive as httpd parsed it: quotes and variables are resolved.
#[derive(Debug, Clone)]
pub(crate) struct ParsedDirective {
    /// The directive.
    pub directive: Directive,
    /// Words after its name.
    pub words: Vec<OsString>,
    /// The section that contains it, as written (`<VirtualHost *:80>`), if any.
    pub section: Option<String>,
    /// Place in the configuration.
    pub place: Place,
}

/// Settings of the whole configuration.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// All directives of the module, in order.
    pub directives: Vec<ParsedDirective>,
    /// The jail; without one, no other setting has an effect.
    pub jail: Option<JailSetting>,
    /// `ChrootFixRoot`, if it is set.
    pub fix_root: Option<FixRoot>,
    /// `ChrootProvide`.
    pub provide: Provide,
    /// `ChrootAudit`.
    pub audit: Audit,
    /// `ChrootCheck`.
    pub check: Check,
    /// `ChrootHarden`.
    pub harden: Harden,
    /// System calls that its words `allow:NAME` name.
    pub allowed_calls: Vec<String>,
    /// `ChrootConnect`.
    pub connect: Connect,
    /// `ChrootPreflight`.
    pub preflight: Preflight,
    /// `ChrootWarmUp`.
    pub warm_up: WarmUp,
    /// Words of `ChrootPreload`, each with its place.
    pub preload: Vec<(Preload, Place)>,
    /// `ChrootAllowOutside`.
    pub allow_outside: AllowOutside,
}

impl Settings {
    /// Reads all directives of a configuration.
    ///
    /// # Errors
    /// Returns an error if a directive is in a section or has words that it does not accept, or if two contradict each
    /// other.
    pub(crate) fn read(all: &[ParsedDirective], bases: &JailBaseDirs<'_>) -> Result<Self, Fault> {
        if let Some((parsed, section)) =
            all.iter().find_map(|parsed| Some((parsed, parsed.section.clone()?)))
        {
            return Err(parsed.wrap_fault(SettingFault::InSection(section)));
        }
        let each = |directive| all.iter().filter(move |parsed| parsed.directive == directive);
        let (harden, allowed_calls) = harden::read(each(Directive::Harden))?;
        let connect = connect::read(each(Directive::Connect), harden)?;
        let parse_jail = |parsed: &ParsedDirective| chroot_dir::parse_jail(parsed, bases);
        Ok(Self {
            directives: all.to_vec(),
            jail: merge_equal(each(Directive::Dir), parse_jail)?
                .and_then(|(jail, place)| Some(JailSetting { jail: jail?, place })),
            fix_root: read_keyword(each(Directive::FixRoot), FixRoot::WORDS)?,
            provide: provide::read(each(Directive::Provide))?,
            audit: read_keyword(each(Directive::Audit), Audit::WORDS)?.unwrap_or_default(),
            check: read_keyword(each(Directive::Check), Check::WORDS)?.unwrap_or_default(),
            harden,
            allowed_calls,
            connect,
            preflight: read_keyword(each(Directive::Preflight), Preflight::WORDS)?
                .unwrap_or_default(),
            warm_up: read_keyword(each(Directive::WarmUp), WarmUp::WORDS)?.unwrap_or_default(),
            preload: preload::read(each(Directive::Preload))?,
            allow_outside: AllowOutside::read(each(Directive::AllowOutside))?,
        })
    }

    /// All occurrences of `directive`, in order.
    pub(crate) fn all(&self, directive: Directive) -> impl Iterator<Item = &ParsedDirective> {
        self.directives.iter().filter(move |parsed| parsed.directive == directive)
    }

    /// Place of the first occurrence of `directive`.
    pub(crate) fn place(&self, directive: Directive) -> Option<&Place> {
        self.all(directive).next().map(|parsed| &parsed.place)
    }
}

impl ParsedDirective {
    /// Wraps a reason in a fault of this directive, with its place.
    pub(crate) fn wrap_fault(&self, cause: SettingFault) -> Fault {
        Fault::for_directive(self.directive.name(), self.text(), cause).with_place(&self.place)
    }

    /// Wraps a reason in a fault of one word of this directive, with its place.
    fn wrap_word_fault(&self, word: &OsStr, cause: SettingFault) -> Fault {
        Fault::for_directive(self.directive.name(), word.to_string_lossy(), cause)
            .with_place(&self.place)
    }

    /// The words, for a message.
    pub(crate) fn text(&self) -> String {
        let words: Vec<_> = self.words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    /// The only word.
    ///
    /// # Errors
    /// Returns an error if there is none, an empty one, or more than one.
    fn single_word(&self) -> Result<&OsString, Fault> {
        match self.words.as_slice() {
            [word] if !word.is_empty() => Ok(word),
            [_] => Err(self.wrap_fault(SettingFault::Words(0))),
            words => Err(self.wrap_fault(SettingFault::Words(words.len()))),
        }
    }
}

/// Merges directives that may be repeated but must not contradict each other: their value, and the place of the
/// first.
fn merge_equal<'a, T: PartialEq>(
    all: impl Iterator<Item = &'a ParsedDirective>,
    parse: impl Fn(&ParsedDirective) -> Result<T, Fault>,
) -> Result<Option<(T, Place)>, Fault> {
    let mut first: Option<(T, &ParsedDirective)> = None;
    for parsed in all {
        let value = parse(parsed)?;
        match &first {
            None => first = Some((value, parsed)),
            Some((earlier, _)) if *earlier == value => {}
            Some((_, other)) => {
                let (other, at) = (other.text(), other.place.clone());
                return Err(parsed.wrap_fault(SettingFault::Twice { other, at }));
            }
        }
    }
    Ok(first.map(|(value, parsed)| (value, parsed.place.clone())))
}

/// Reads directives that take one word of `words`; `None` if there is none.
fn read_keyword<'a, T: PartialEq + Copy>(
    all: impl Iterator<Item = &'a ParsedDirective>,
    words: &'static [(&'static str, T)],
) -> Result<Option<T>, Fault> {
    let parse = |parsed: &ParsedDirective| parse_keyword(parsed, parsed.single_word()?, words);
    Ok(merge_equal(all, parse)?.map(|(value, _)| value))
}

/// The meaning of `word`, which has to be one of `words`.
fn parse_keyword<T: Copy>(
    parsed: &ParsedDirective,
    word: &OsStr,
    words: &'static [(&'static str, T)],
) -> Result<T, Fault> {
    let known = words.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
    known.map(|&(_, value)| value).ok_or_else(|| {
        let known = words.iter().map(|&(known, _)| known).collect();
        parsed.wrap_fault(SettingFault::Unknown(known))
    })
}

#[cfg(test)]
mod tests;
