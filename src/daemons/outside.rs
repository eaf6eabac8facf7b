//! Which processes of other modules are outside the jail. Pure: facts in, judgement out.
//!
//! Not judged here: programs that read a pipe of the parent. Piped logs and `RewriteMap prg:` are
//! such programs; httpd runs them outside, they answer to httpd and never to a client.

use crate::platform::{Identity, ProcessInfo};
use std::ffi::CStr;

/// Modules whose processes handle requests outside the jail, whatever is written, and what these are.
/// Others are noticed by what they start.
pub(crate) const KNOWN: [(&CStr, &str); 1] =
    [(c"mod_passenger.c", "its watchdog, its core and its applications")];

/// Modules whose daemons enter by this module's steps, or end: where the root of a process cannot be
/// seen, theirs need not be.
const ENTER: [&str; 3] = ["mod_cgid", "mod_fcgid", "mod_wsgi"];

/// Modules of httpd that start programs and wait for their end, or write to a pipe that they read. On a
/// system that does not list processes, nothing more can be known of their forks.
const RUN_PROGRAMS: [&str; 5] =
    ["core", "mod_log_config", "mod_log_forensic", "mod_rewrite", "mod_ssl"];

/// Whether forks of this module while httpd starts need no further explanation.
pub(crate) fn is_explained(module: &str) -> bool {
    ENTER.contains(&module) || RUN_PROGRAMS.contains(&module)
}

/// Whether a process that `module` has started stays outside. `inside` is the root of the processes that
/// have entered, once there is one.
pub(crate) fn stays(kin: &ProcessInfo, inside: Option<Identity>, module: Option<&str>) -> bool {
    let has_entered = match kin.root {
        Some(root) => Some(root) == inside,
        None => module.is_some_and(|name| ENTER.contains(&name)),
    };
    let is_logger = kin.listens && kin.is_copy == Some(false);
    !has_entered && !is_logger
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::other_directives::module_name;
    use crate::platform::read_path_facts;

    fn identity(path: &CStr) -> Identity {
        read_path_facts(path).unwrap().identity
    }

    #[test]
    fn a_name_has_no_ending() {
        assert_eq!(module_name("mod_wsgi.c"), "mod_wsgi");
        assert_eq!(module_name("mod_pagespeed.cc"), "mod_pagespeed");
        assert_eq!(module_name("mod_wsgi"), "mod_wsgi");
    }

    /// Every combination of what can be seen of a process.
    #[test]
    fn only_the_root_and_a_pipe_of_the_parent_excuse_a_process() {
        let (jail, host) = (identity(c"/dev"), identity(c"/"));
        let roots = [Some(jail), Some(host), None];
        let bits = [Some(true), Some(false), None];
        for (root, is_copy, listens, module) in roots
            .into_iter()
            .flat_map(|root| bits.map(|copy| (root, copy)))
            .flat_map(|(root, copy)| [true, false].map(|listens| (root, copy, listens)))
            .flat_map(|(root, copy, listens)| {
                [None, Some("mod_x"), Some("mod_cgid")].map(|module| (root, copy, listens, module))
            })
        {
            let kin = ProcessInfo { name: b"x".to_vec(), root, is_copy, listens, mark: None };
            let entered = root == Some(jail) || root.is_none() && module == Some("mod_cgid");
            let is_logger = listens && is_copy == Some(false);
            let stays = stays(&kin, Some(jail), module);
            assert_eq!(stays, !entered && !is_logger, "{kin:?} of {module:?}");
        }
    }

    #[test]
    fn before_there_is_a_jail_nobody_has_entered() {
        let host = Some(identity(c"/"));
        let (is_copy, listens, mark) = (Some(true), false, None);
        let kin = ProcessInfo { name: Vec::new(), root: host, is_copy, listens, mark };
        assert!(stays(&kin, None, Some("mod_x")));
        assert!(stays(&ProcessInfo { root: None, ..kin }, None, None));
    }
}
