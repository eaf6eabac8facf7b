# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: systemd.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 7 8
# @BLURB: stand-in for the eclass of this name

# @FUNCTION: systemd_get_systemunitdir
# @DESCRIPTION:
# Prints the folder of the units that packages install.
systemd_get_systemunitdir() { echo "${EPREFIX}/usr/lib/systemd/system"; }
