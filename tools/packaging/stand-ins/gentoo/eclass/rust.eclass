# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: rust.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 8
# @BLURB: stand-in for the eclass of this name

BDEPEND="|| ( >=dev-lang/rust-bin-${RUST_MIN_VER}:* >=dev-lang/rust-${RUST_MIN_VER}:* )"

# @FUNCTION: rust_pkg_setup
# @DESCRIPTION:
# Finds the newest Rust where Gentoo installs it.
rust_pkg_setup() {
	local found
	for found in /opt/rust-bin-*/bin/cargo; do CARGO=${found}; done
	[[ -x ${CARGO} ]] || die "no Rust"
	RUSTC=${CARGO%/cargo}/rustc
	export CARGO RUSTC PATH="${CARGO%/cargo}:${PATH}"
}

EXPORT_FUNCTIONS pkg_setup
