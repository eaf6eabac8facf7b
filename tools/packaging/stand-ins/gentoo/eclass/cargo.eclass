# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: cargo.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 8
# @PROVIDES: rust
# @BLURB: stand-in for the eclass of this name: what its documentation says, as far as one ebuild needs it

inherit rust

IUSE="debug"
ECARGO_HOME="${WORKDIR}/cargo_home"
ECARGO_VENDOR="${ECARGO_HOME}/gentoo"

CARGO_CRATE_URIS=
for _crate in ${CRATES}; do
	_file=${_crate%@*}-${_crate#*@}.crate
	CARGO_CRATE_URIS+="https://crates.io/api/v1/crates/${_crate%@*}/${_crate#*@}/download -> ${_file} "
done
unset _crate _file

# @FUNCTION: cargo_gen_config
# @DESCRIPTION:
# Makes cargo use the unpacked crates, and nothing else.
cargo_gen_config() {
	mkdir -p "${ECARGO_HOME}" || die
	cat >"${ECARGO_HOME}/config.toml" <<-END || die
		[source.gentoo]
		directory = "${ECARGO_VENDOR}"
		[source.crates-io]
		replace-with = "gentoo"
		local-registry = "/nonexistent"
		[net]
		offline = true
		[build]
		incremental = false
	END
	export CARGO_HOME="${ECARGO_HOME}"
}

# @FUNCTION: cargo_src_unpack
# @DESCRIPTION:
# Unpacks the package, and its crates with the checksums that cargo wants.
cargo_src_unpack() {
	local file sum
	mkdir -p "${ECARGO_VENDOR}" "${S}" || die
	for file in ${A}; do
		if [[ ${file} != *.crate ]]; then
			unpack "${file}"
			continue
		fi
		tar -x -C "${ECARGO_VENDOR}" -f "${DISTDIR}/${file}" || die
		sum=$(sha256sum "${DISTDIR}/${file}") || die
		echo "{\"package\": \"${sum%% *}\", \"files\": {}}" \
			>"${ECARGO_VENDOR}/${file%.crate}/.cargo-checksum.json" || die
	done
	cargo_gen_config
}

# @FUNCTION: cargo_src_configure
# @DESCRIPTION:
# Remembers the words for cargo.
cargo_src_configure() {
	ECARGO_ARGS=( "$@" )
}

# @FUNCTION: cargo_env
# @DESCRIPTION:
# Runs a command as cargo has to be run: nothing is stripped, which is portage's to do, and it is linked as LDFLAGS say.
cargo_env() {
	local flags="-C strip=none" flag
	for flag in ${LDFLAGS}; do flags+=" -C link-arg=${flag}"; done
	CARGO_BUILD_RUSTFLAGS=${flags} "$@"
}

# @FUNCTION: cargo_src_compile
cargo_src_compile() {
	cargo_env "${CARGO:?rust_pkg_setup was not called}" build $(usex debug "" --release) "${ECARGO_ARGS[@]}" "$@" || die
}

# @FUNCTION: cargo_src_test
cargo_src_test() {
	cargo_env "${CARGO:?rust_pkg_setup was not called}" test $(usex debug "" --release) "${ECARGO_ARGS[@]}" "$@" || die
}

# @FUNCTION: cargo_src_install
# @DESCRIPTION:
# Installs programs; a module is none.
cargo_src_install() {
	die "cargo install cannot install a module"
}

# @FUNCTION: cargo_target_dir
# @DESCRIPTION:
# The folder with what was built.
cargo_target_dir() {
	echo "target/$(usex debug debug release)"
}

EXPORT_FUNCTIONS src_unpack src_configure src_compile src_test src_install
