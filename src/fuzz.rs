//! Properties of the readers, for any input. The fuzzer (`fuzz/`, `tools/fuzz`) looks for an input that breaks one; a test
//! replays the inputs that are kept in `tests/corpus`, with every toolchain.
//!
//! It is not an interface: it changes as the readers do.

use crate::config::properties::check_directives;
use crate::jail::walk::properties::check_paths;
use crate::learning::properties::{check_call, check_list, check_proposal, check_rules};
use crate::preflight::properties::check_trial;
use crate::preflight::rules::properties::{check_configuration, check_php_ini};
use crate::programs::properties::{check_elf, check_script};
use crate::view::copies::properties::check_manifest;

/// A target: its name, which is also that of its folder in the corpus, and its property.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [FuzzTarget; 12] = [
    ("paths", check_paths),
    ("directives", check_directives),
    ("configuration", check_configuration),
    ("elf", check_elf),
    ("script", check_script),
    ("php_ini", check_php_ini),
    ("manifest", check_manifest),
    ("trial", check_trial),
    ("learned_list", check_list),
    ("learned_lines", check_rules),
    ("proposal", check_proposal),
    ("watched_call", check_call),
];

/// Checks the property of the target `name` with `input`.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    assert!(target.is_some(), "no target {name}");
    target.iter().for_each(|(_, check)| check(input));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Inputs that each target has at least.
    const FEWEST: usize = 3;

    /// Places in one input that are changed.
    const PLACES: usize = 16;

    /// Calls `act` with each kept input, and the property of its target.
    fn for_each_input(act: impl Fn(&[u8], fn(&[u8]))) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        for (name, check) in TARGETS {
            let entries = fs::read_dir(corpus.join(name)).expect(name);
            let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            assert!(paths.len() >= FEWEST, "{name} has {} inputs", paths.len());
            for path in paths {
                eprintln!("{}", path.display());
                act(&fs::read(path).unwrap(), check);
            }
        }
    }

    #[test]
    fn every_kept_input_holds_its_property() {
        for_each_input(|input, check| check(input));
    }

    /// `input` with the byte at `at` changed, left out or doubled, and its end cut off there.
    fn change_at(input: &[u8], at: usize) -> Vec<Vec<u8>> {
        let (before, rest) = (&input[..at], &input[at + 1..]);
        let others = [0, b'/', b'\n', b' ', 0xff, input[at] ^ 1, input[at] ^ 0x80];
        let changed = others.map(|byte| [before, &[byte], rest].concat());
        let shorter = [[before, rest].concat(), [before, before, rest].concat(), before.to_vec()];
        changed.into_iter().chain(shorter).collect()
    }

    /// A short run without the fuzzer, the same on every machine.
    #[test]
    #[cfg_attr(miri, ignore = "it takes too long")]
    fn inputs_that_differ_a_little_from_kept_ones_hold_it_too() {
        for_each_input(|input, check| {
            let step = (input.len() / PLACES).max(1);
            let changed = (0..input.len()).step_by(step).flat_map(|at| change_at(input, at));
            changed.for_each(|input| check(&input));
        });
    }

    #[test]
    fn no_input_is_kept_for_a_target_that_does_not_exist() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        for entry in fs::read_dir(corpus).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(TARGETS.iter().any(|(known, _)| *known == name), "{name}");
        }
    }
}
