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
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
    use std::fs;
    use std::path::Path;

    /// Inputs that each target has at least.
    const FEWEST: usize = 3;

    /// Places in one input that are changed.
    const PLACES: usize = 16;

    /// Length of the longest input, as in `tools/fuzz`.
    const LONGEST: usize = 8192;

    /// The kept inputs of a target, in the order of their names.
    fn read_inputs(name: &str) -> Vec<Vec<u8>> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let entries = fs::read_dir(corpus.join(name)).expect(name);
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(paths.len() >= FEWEST, "{name} has {} inputs", paths.len());
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// Calls `act` with each kept input, and the property of its target.
    fn for_each_input(act: impl Fn(&[u8], fn(&[u8]))) {
        for (name, check) in TARGETS {
            for input in read_inputs(name) {
                eprintln!("{name}: {}", input.escape_ascii());
                act(&input, check);
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

    /// A change of an input, at places in it.
    #[derive(Clone, Debug)]
    enum Change {
        /// Bytes are put there.
        Insert(Index, Vec<u8>),
        /// They are put in place of others.
        Overwrite(Index, Vec<u8>),
        /// A part is left out.
        Remove(Index, Index),
        /// A part is doubled.
        Repeat(Index, Index),
    }

    impl Change {
        fn apply(self, input: &[u8]) -> Vec<u8> {
            let at = |place: Index| place.index(input.len() + 1);
            let part = |one, other| (at(one).min(at(other)), at(one).max(at(other)));
            let changed = match self {
                Self::Insert(place, bytes) => {
                    [&input[..at(place)], &bytes, &input[at(place)..]].concat()
                }
                Self::Overwrite(place, bytes) => {
                    let rest = (at(place) + bytes.len()).min(input.len());
                    [&input[..at(place)], &bytes, &input[rest..]].concat()
                }
                Self::Remove(one, other) => {
                    let (begin, end) = part(one, other);
                    [&input[..begin], &input[end..]].concat()
                }
                Self::Repeat(one, other) => {
                    let (begin, end) = part(one, other);
                    [&input[..end], &input[begin..]].concat()
                }
            };
            changed[..changed.len().min(LONGEST)].to_vec()
        }
    }

    /// Inputs that are made of kept ones by up to eight changes: with arbitrary bytes, extreme numbers, and words of kept ones.
    fn changed_inputs(kept: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
        let is_border = |byte: &u8| b" \n\0\t/=\"".contains(byte);
        let words = kept.iter().flat_map(|input| input.split_inclusive(is_border));
        let words: Vec<_> = words.map(<[u8]>::to_vec).collect();
        let numbers = [[0; 8], [0xff; 8], i64::MAX.to_le_bytes(), [0, 0, 0, 0x80, 0, 0, 0, 0]];
        let number = (select(numbers.to_vec()), select(vec![1_usize, 2, 4, 8]));
        let bytes = prop_oneof![
            vec(any::<u8>(), 0..8),
            select(words),
            number.prop_map(|(number, size)| number[..size].to_vec()),
        ];
        let places = any::<[Index; 2]>;
        let change = prop_oneof![
            (any::<Index>(), bytes.clone()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
            (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Overwrite(at, bytes)),
            places().prop_map(|[one, other]| Change::Remove(one, other)),
            places().prop_map(|[one, other]| Change::Repeat(one, other)),
        ];
        (select(kept), vec(change, 1..9)).prop_map(|(input, changes)| {
            changes.into_iter().fold(input, |input, change| change.apply(&input))
        })
    }

    /// A short run of a fuzzer, the same on every machine: `MOD_CHROOT_FUZZ_SEED` chooses other inputs, and
    /// `MOD_CHROOT_FUZZ_CASES` the number of them for each target.
    #[test]
    #[cfg_attr(miri, ignore = "it takes too long")]
    fn inputs_with_random_changes_hold_it_too() {
        let [seed, cases] =
            [("MOD_CHROOT_FUZZ_SEED", 1), ("MOD_CHROOT_FUZZ_CASES", 200)].map(|(name, usual)| {
                std::env::var(name).map_or(usual, |text| text.parse().expect(name))
            });
        eprintln!("MOD_CHROOT_FUZZ_SEED={seed} MOD_CHROOT_FUZZ_CASES={cases}");
        for (name, check) in TARGETS {
            let config =
                ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 8].concat());
            let outcome = TestRunner::new_with_rng(config, rng).run(
                &changed_inputs(read_inputs(name)),
                |input| {
                    check(&input);
                    Ok(())
                },
            );
            match outcome {
                Err(TestError::Fail(cause, input)) => panic!(
                    "{name}: {cause}; keep this in tests/corpus/{name}: {}",
                    input.escape_ascii()
                ),
                outcome => outcome.expect(name),
            }
        }
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
