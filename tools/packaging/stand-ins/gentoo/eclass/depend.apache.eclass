# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: depend.apache.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 7 8
# @BLURB: stand-in for the eclass of this name

# @ECLASS_VARIABLE: APXS
# @DESCRIPTION:
# Set by need_apache2_4.

# @ECLASS_VARIABLE: APACHE_CONFDIR
# @DESCRIPTION:
# Set by need_apache2_4.

# @ECLASS_VARIABLE: APACHE_MODULES_CONFDIR
# @DESCRIPTION:
# Set by need_apache2_4.

# @FUNCTION: need_apache2_4
need_apache2_4() {
	DEPEND="${DEPEND} =www-servers/apache-2.4*"
	RDEPEND="${RDEPEND} =www-servers/apache-2.4*"
	APXS="/usr/bin/apxs"
	APACHE_CONFDIR="/etc/apache2"
	APACHE_MODULES_CONFDIR="${APACHE_CONFDIR}/modules.d"
}

# @FUNCTION: depend.apache_pkg_setup
# @DESCRIPTION:
# For optional support of Apache only.
depend.apache_pkg_setup() { :; }

EXPORT_FUNCTIONS pkg_setup
