#![forbid(unsafe_code)]
//! Stand-in until the rules are there.
use super::claim::*;
use crate::configured::{Bases, Foreign};
use crate::settings::Set;
use crate::view::Way;
use std::ffi::CStr;
use std::path::Path;
pub(crate) struct Facts<'a> {
    pub bases: Bases<'a>,
    pub is_loaded: &'a dyn Fn(&CStr) -> bool,
    pub way: Way,
    pub jail_at: &'a Path,
}
pub(crate) fn claims(directives: &[Foreign], facts: &Facts<'_>) -> (Vec<Claim>, Vec<Known>) {
    let mut all = Vec::new();
    for one in directives {
        let Some(word) = one.words.first() else { continue };
        let path = facts.bases.server_root.join(word);
        let need = match &*one.name {
            "AuthUserFile" => Need::File(path),
            "ScriptAlias" => Need::Programs {
                folder: facts.bases.server_root.join(&one.words[1]),
                endings: vec![],
            },
            "ProxyPass" => Need::Host("localhost".into()),
            _ => continue,
        };
        all.push(Claim {
            directive: one.name.clone(),
            value: word.to_string_lossy().into_owned(),
            place: Some(one.place.clone()),
            need,
            breaks: true,
            optional: false,
            remedy: Remedy::Set(Set::Config),
        });
    }
    (all, Vec::new())
}
