# A stand-in for the Mk files of FreeBSD's ports, which no registry has: as much of them as ports/freebsd/Makefile
# uses, for bmake on any system. The caller sets WRKDIR, DISTDIR, APXS, LLVM (where LLVM is), CARGO, and the target that
# cargo builds for.

.for _word in apache:2.4 cargo llvm:build,noexport
.  if empty(USES:M${_word})
.    error USES has no ${_word}
.  endif
.endfor

.include "${.CURDIR}/Makefile.crates"

LOCALBASE?=	/usr/local
PREFIX?=	${LOCALBASE}
# As llvm.mk has it; the stand-in for that folder is a link in WRKDIR.
LLVM_PREFIX=	${PREFIX}/llvm19
EXTRACT_SUFX=	.tar.gz
DISTNAME=	${PORTNAME}-${DISTVERSION}
PKGNAME=	${PKGNAMEPREFIX}${PORTNAME}-${DISTVERSION}
.for _crate in ${CARGO_CRATES}
DISTFILES+=	rust/crates/${_crate}.crate
.endfor

APACHE_PKGNAMEPREFIX=	ap24-
APACHEMODDIR=	libexec/apache24
APACHEETCDIR=	etc/apache24
DOCSDIR=	${PREFIX}/share/doc/${PORTNAME}
WRKSRC?=	${WRKDIR}/${DISTNAME}
STAGEDIR=	${WRKDIR}/stage

# What the framework tells cargo; panic=abort comes with its LTO.
CARGO_TARGET_DIR?=	${WRKDIR}/target
CARGO_VENDOR_DIR=	${WRKSRC}/cargo-crates
CARGO_ENV+=	CARGO_HOME=${WRKDIR}/cargo-home CARGO_TARGET_DIR=${CARGO_TARGET_DIR} \
		CARGO_BUILD_TARGET=${CARGO_BUILD_TARGET} \
		CARGO_PROFILE_RELEASE_LTO="true" CARGO_PROFILE_RELEASE_PANIC="abort" CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
.if !defined(WITH_DEBUG)
CARGO_BUILD_ARGS+=	--release
.endif

CHMOD=		chmod
INSTALL_DATA=	install -m 0644
LN=		ln
MKDIR=		mkdir -p
RM=		rm -f
.if defined(WITH_DEBUG)
STRIP_CMD=	true
.else
STRIP_CMD=	strip
.endif
MAKE_ARGS+=	DESTDIR=${STAGEDIR}

PLIST_SUB=	APACHEMODDIR=${APACHEMODDIR} APACHEETCDIR=${APACHEETCDIR} DOCSDIR=${DOCSDIR}
.if defined(WITHOUT_DOCS)
PLIST_SUB+=	PORTDOCS=@comment
_off=		post-install-DOCS-off
.else
PLIST_SUB+=	PORTDOCS=
.endif
SUB_LIST=	PREFIX=${PREFIX} ${PLIST_SUB:NPORTDOCS*}

show-distfiles:
.for _file in ${DISTFILES}
	@echo ${_file}
.endfor

extract:
	mkdir -p ${CARGO_VENDOR_DIR} ${WRKDIR}/.cargo
	tar -xzf ${DISTDIR}/${DISTFILES:[1]} -C ${WRKDIR}
.for _crate in ${CARGO_CRATES}
	@tar -xzf ${DISTDIR}/crates/${_crate}.crate -C ${CARGO_VENDOR_DIR}
	@printf '{"package":"%s","files":{}}' $$(sha256sum <${DISTDIR}/crates/${_crate}.crate | cut -d ' ' -f 1) \
		>${CARGO_VENDOR_DIR}/${_crate}/.cargo-checksum.json
.endfor
	printf '[source.cargo]\ndirectory = "%s"\n[source.crates-io]\nreplace-with = "cargo"\n' ${CARGO_VENDOR_DIR} \
		>${WRKDIR}/.cargo/config.toml

# As the framework does: the lock file is made anew of the crates that are there, and has to stay as it is.
configure:
	cd ${WRKSRC} && cp Cargo.lock ${WRKDIR}/ && env ${CARGO_ENV} ${CARGO} update --offline
	cmp ${WRKSRC}/Cargo.lock ${WRKDIR}/Cargo.lock

build: extract configure
	cd ${WRKSRC} && env ${CARGO_ENV} ${CARGO} build ${CARGO_BUILD_ARGS}

sub-files:
.for _file in ${SUB_FILES}
	sed ${SUB_LIST:C/(.*)=(.*)/-e 's|%%\1%%|\2|g'/} ${.CURDIR}/files/${_file}.in >${WRKDIR}/${_file}
	! grep %% ${WRKDIR}/${_file}
.endfor

# By its own make, and with nothing of the caller's environment.
do-install:
	cd ${WRKSRC} && env -i PATH=${PATH:Q} HOME=${WRKDIR} TMPDIR=${WRKDIR} PREFIX=${PREFIX} ${.MAKE} -f Makefile ${MAKE_ARGS} install

compress-man:
	find ${STAGEDIR}${PREFIX}/share/man -type f -exec gzip -9nf {} +

# In this order, for bmake without -j makes one after the other.
stage: sub-files pre-install do-install post-install ${_off} compress-man

# What the package holds, by full name.
show-plist:
	@sed ${PLIST_SUB:C/(.*)=(.*)/-e 's|%%\1%%|\2|g'/} ${.CURDIR}/pkg-plist | \
		sed -e '/^@comment/d' -e 's|^@sample ||' -e 's|^[^/]|${PREFIX}/&|'
