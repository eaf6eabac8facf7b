# Copyright 2026 the mod_chroot authors
# Distributed under the terms of the Apache License 2.0

# @ECLASS: llvm-r2.eclass
# @MAINTAINER:
# the mod_chroot authors
# @SUPPORTED_EAPIS: 8
# @BLURB: stand-in for the eclass of this name

IUSE="${LLVM_COMPAT[*]/#/llvm_slot_}"
IUSE="${IUSE/llvm_slot_21/+llvm_slot_21}"
# @ECLASS_VARIABLE: LLVM_REQUIRED_USE
# @OUTPUT_VARIABLE
# @DESCRIPTION:
# Just one slot.
LLVM_REQUIRED_USE="^^ ( ${LLVM_COMPAT[*]/#/llvm_slot_} )"
if [[ ! ${LLVM_OPTIONAL} ]]; then REQUIRED_USE=${LLVM_REQUIRED_USE}; fi

# @FUNCTION: llvm_gen_dep
# @DESCRIPTION:
# The dependency once for each slot.
llvm_gen_dep() {
	local slot
	for slot in "${LLVM_COMPAT[@]}"; do
		echo "llvm_slot_${slot}? ( ${1//\$\{LLVM_SLOT\}/${slot}} )"
	done
}

# @FUNCTION: get_llvm_prefix
# @DESCRIPTION:
# Where the chosen LLVM is; -b in the system that builds.
get_llvm_prefix() {
	echo "${BROOT}/usr/lib/llvm/${LLVM_SLOT:?llvm-r2_pkg_setup was not called}"
}

# @FUNCTION: llvm-r2_pkg_setup
# @DESCRIPTION:
# Checks that the chosen LLVM is there.
llvm-r2_pkg_setup() {
	[[ -d $(get_llvm_prefix -b) ]] || die "no LLVM ${LLVM_SLOT}"
}

if [[ ! ${LLVM_OPTIONAL} ]]; then EXPORT_FUNCTIONS pkg_setup; fi
