# A stand-in for pkgsrc's own files, which no registry has: as much of them as ports/netbsd/Makefile uses, for bmake
# on any system. The recipe includes it under each of pkgsrc's names; the caller sets WRKDIR, DISTDIR, APXS, CLANG
# (the prefix of LLVM) and PATH with a cargo.

.if !defined(STAND_IN)
STAND_IN=	yes

# What the real files look at when they are read has to stand before the first of them.
.  if !defined(APACHE_MODULE) || empty(CARGO_CRATE_DEPENDS) || !target(do-install)
.    error APACHE_MODULE, cargo-depends.mk and do-install have to stand before lang/rust/cargo.mk and mk/apache.mk
.  endif

PREFIX=		/usr/pkg
DESTDIR=	${WRKDIR}/.destdir
FILESDIR=	${.CURDIR}/files
PKGMANDIR=	man
PKG_SYSCONFDIR=	${PKG_SYSCONFDIR.${PKG_SYSCONFVAR}:U${PREFIX}/etc/${PKG_SYSCONFSUBDIR}}
APACHE_PKG_PREFIX=	ap24
PKGBASE=	${PKGNAME:C/-[0-9].*//}
PKGVERSION_NOREV=	${PKGNAME:C/.*-//}
MASTER_SITE_GITHUB=	https://github.com/
BUILDLINK_PREFIX.clang=	${CLANG}
WRKSRC?=	${WRKDIR}/${DISTNAME}

CP=		cp
INSTALL_DATA=	install -m 0644
MKDIR=		mkdir -p
PKGSRC_SETENV=	env
RM=		rm
SH=		sh
DEFAULT_CARGO_ARGS=	--offline -j2
MASTER_SITE_CRATESIO=	https://crates.io/api/v1/crates/
MAKE_ENV+=	CARGO_HOME=${WRKDIR}/.home PREFIX=${PREFIX}

DISTFILES=	${DISTNAME}.tar.gz ${CARGO_CRATE_DEPENDS:S/$/.crate/}

show-distfiles:
.for _file in ${DISTFILES}
	@echo ${_file}
.endfor

# The first place of each crate, by the rule of cargo.mk if the recipe names none.
show-sites:
.for _crate in ${CARGO_CRATE_DEPENDS}
	@echo ${SITES.${_crate}.crate:U-${MASTER_SITE_CRATESIO}${_crate:C/-[0-9]+\.[0-9.]+.*$//}/${_crate:C/^.*-([0-9]+\.[0-9.]+.*)$/\1/}/download:S/^-//}
.endfor

do-extract:
	mkdir -p ${WRKDIR}/vendor ${WRKDIR}/.cargo
	tar -xzf ${DISTDIR}/${DISTNAME}.tar.gz -C ${WRKDIR}
.for _crate in ${CARGO_CRATE_DEPENDS}
	@tar -xzf ${DISTDIR}/crates/${_crate}.crate -C ${WRKDIR}/vendor
	@printf '{"package":"%s","files":{}}' $$(sha256sum <${DISTDIR}/crates/${_crate}.crate | cut -d ' ' -f 1) \
		>${WRKDIR}/vendor/${_crate}/.cargo-checksum.json
.endfor
	printf '[source.crates-io]\nreplace-with = "vendored-sources"\n[source.vendored-sources]\ndirectory = "%s"\n' \
		${WRKDIR}/vendor >${WRKDIR}/.cargo/config.toml

do-build:
	cd ${WRKSRC} && ${PKGSRC_SETENV} ${MAKE_ENV} cargo ${CARGO_ARGS}

# SUBST of its stage, for variables.
.for _class in ${SUBST_CLASSES}
post-build: subst-${_class}
subst-${_class}:
	cd ${WRKSRC} && sed -i ${SUBST_VARS.${_class}:@v@-e 's|\@${v}\@|${${v}}|g'@} ${SUBST_FILES.${_class}}
	@test ${SUBST_STAGE.${_class}} = post-build
.endfor

install-dirs:
	mkdir -p ${INSTALLATION_DIRS:S|^|${DESTDIR}${PREFIX}/|}

# In this order, for bmake without -j makes one after the other.
build: do-extract post-extract do-build
stage: post-extract post-build install-dirs do-install

# What the package holds, by full name.
show-plist:
	@sed -e '/^@comment/d' -e 's|$${PKGBASE}|${PKGBASE}|g' -e 's|^|${PREFIX}/|' ${.CURDIR}/PLIST

# The scripts of the package, as they are after FILES_SUBST.
show-script:
	@sed -e 's|@PREFIX@|${PREFIX}|g' -e 's|@PKG_SYSCONFDIR@|${PKG_SYSCONFDIR}|g' ${.CURDIR}/${SCRIPT}
.endif
