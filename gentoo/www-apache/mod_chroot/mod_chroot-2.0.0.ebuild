# Copyright 2026 Gentoo Authors
# Distributed under the terms of the GNU General Public License v2

EAPI=8

# Kept in step with Cargo.lock by make recipes.
CRATES="
	aho-corasick@1.1.5
	autocfg@1.5.1
	base64@0.23.1
	bindgen@0.72.1
	bitflags@2.13.2
	bytes@1.12.2
	cexpr@0.6.0
	cfg-if@1.0.5
	cfg_aliases@0.2.2
	clang-sys@1.9.1
	either@1.19.0
	errno@0.3.15
	fastrand@2.5.0
	getrandom@0.3.4
	getrandom@0.4.3
	glob@0.3.4
	http@1.5.0
	httparse@1.10.1
	itertools@0.13.0
	itoa@1.0.19
	libc@0.2.191
	libloading@0.8.9
	libseccomp@0.4.0
	libseccomp-sys@0.3.0
	linux-raw-sys@0.12.1
	log@0.4.35
	memchr@2.8.3
	minimal-lexical@0.2.1
	nix@0.30.1
	nom@7.1.3
	num-traits@0.2.19
	object@0.38.1
	once_cell@1.21.4
	percent-encoding@2.3.2
	pkg-config@0.3.34
	ppv-lite86@0.2.21
	proc-macro2@1.0.107
	proptest@1.11.0
	quote@1.0.47
	r-efi@5.3.0
	r-efi@6.0.0
	rand@0.9.5
	rand_chacha@0.9.0
	rand_core@0.9.5
	rand_xorshift@0.4.0
	regex@1.13.2
	regex-automata@0.4.19
	regex-syntax@0.8.12
	rustc-hash@2.1.3
	rustix@1.1.6
	shlex@1.3.0
	syn@2.0.119
	tempfile@3.27.0
	unarray@0.1.4
	unicode-ident@1.0.27
	ureq@3.5.2
	ureq-proto@0.7.1
	utf8-zero@0.8.1
	wasip2@1.0.1+wasi-0.2.4
	windows-link@0.2.1
	windows-sys@0.61.2
	wit-bindgen@0.46.0
	zerocopy@0.8.63
	zerocopy-derive@0.8.63
"

LLVM_COMPAT=( {19..22} )
RUST_MIN_VER="1.85.0"

inherit cargo depend.apache apache-module llvm-r2 systemd

DESCRIPTION="Apache module that runs the server's children in a chroot jail"
HOMEPAGE="https://github.com/mod-chroot/mod_chroot"
SRC_URI="
	https://github.com/mod-chroot/mod_chroot/releases/download/v${PV}/${P}.tar.gz
	${CARGO_CRATE_URIS}
"

LICENSE="Apache-2.0"
# Of the crates; all but bitflags, cfg-if, libc, libseccomp, libseccomp-sys, memchr, nix and object are used at build
# time only, or by tests.
LICENSE+=" BSD ISC MIT Unicode-3.0"
SLOT="0"
KEYWORDS="~amd64"

DEPEND="
	dev-libs/apr:1=
	dev-libs/apr-util:1=
	sys-libs/libseccomp
"
RDEPEND="${DEPEND}"
BDEPEND="
	virtual/pkgconfig
	$(llvm_gen_dep '
		llvm-core/clang:${LLVM_SLOT}
	')
"

APACHE2_MOD_CONF="42_${PN}"
APACHE2_MOD_DEFINE="CHROOT"

need_apache2_4

# Rust does not use CFLAGS.
QA_FLAGS_IGNORED="usr/lib.*/apache2/modules/${PN}.so"

pkg_setup() {
	llvm-r2_pkg_setup
	rust_pkg_setup
}

src_configure() {
	export APXS LIBCLANG_PATH="$(get_llvm_prefix -b)/$(get_libdir)"
	cargo_src_configure --locked
}

src_compile() {
	cargo_src_compile
}

src_test() {
	# The other tests start servers as root.
	cargo_src_test --lib
}

src_install() {
	# APACHE_MODULESDIR is set only in ebuilds with USE=apache2.
	exeinto "/usr/$(get_libdir)/apache2/modules"
	newexe "$(cargo_target_dir)/lib${PN}.so" "${PN}.so"

	insinto "${APACHE_MODULES_CONFDIR}"
	doins "${FILESDIR}/${APACHE2_MOD_CONF}.conf"

	# By a name of its own: other modules may have drop-ins, too.
	local unitdir="$(systemd_get_systemunitdir)"
	insinto "${unitdir#"${EPREFIX}"}/apache2.service.d"
	newins "${FILESDIR}/apache2.service.conf" "${PN}.conf"

	doman docs/mod_chroot.8
	rm docs/INSTALL.md || die
	dodoc README.md CHANGELOG.md docs/*.md
	docompress -x "/usr/share/doc/${PF}/examples"
	docinto examples
	dodoc docs/conf/chroot.conf docs/conf/systemd/mod_chroot-hardening.conf
}

pkg_postinst() {
	apache-module_pkg_postinst

	[[ -n ${REPLACING_VERSIONS} ]] && return
	elog
	elog "There is no jail yet. To have one, write its directory into that file:"
	elog "    ChrootDir /srv/www"
	elog "What the jail would be is told, once -D ${APACHE2_MOD_DEFINE} is in APACHE2_OPTS, by"
	elog "    ( . /etc/conf.d/apache2 && apache2 \${APACHE2_OPTS} -t -D DUMP_CHROOT )"
	elog
	elog "With systemd: apache2.service takes from Apache what the entry needs (message CHR894)."
	elog "apache2.service.d/${PN}.conf gives it back, after:"
	elog "    systemctl daemon-reload"
}

pkg_postrm() {
	[[ -n ${REPLACED_BY_VERSION} ]] && return
	[[ -e ${EROOT}${APACHE_MODULES_CONFDIR}/${APACHE2_MOD_CONF}.conf ]] || return

	ewarn "${APACHE_MODULES_CONFDIR}/${APACHE2_MOD_CONF}.conf was edited, and is kept. Without the"
	ewarn "module it means nothing: Apache starts without a jail, also with -D ${APACHE2_MOD_DEFINE}."
}
