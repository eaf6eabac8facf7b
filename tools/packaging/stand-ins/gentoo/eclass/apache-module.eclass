# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: apache-module.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 7 8
# @BLURB: stand-in for the eclass of this name

inherit depend.apache

# @FUNCTION: apache-module_src_compile
# @DESCRIPTION:
# Calls apxs -c, which knows nothing of Rust.
apache-module_src_compile() { die "apxs cannot compile a module in Rust"; }

# @FUNCTION: apache-module_src_install
# @DESCRIPTION:
# Installs what apxs compiled.
apache-module_src_install() { die "apxs has compiled nothing"; }

# @FUNCTION: apache-module_pkg_postinst
# @DESCRIPTION:
# Says which word turns the module on.
apache-module_pkg_postinst() {
	einfo "To enable ${PN}, add '-D ${APACHE2_MOD_DEFINE}' to APACHE2_OPTS in /etc/conf.d/apache2."
}

EXPORT_FUNCTIONS src_compile src_install pkg_postinst
