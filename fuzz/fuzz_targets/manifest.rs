#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mod_chroot::fuzz::run("manifest", input));
