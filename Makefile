# For GNU make and bmake alike. All the work is done by the scripts in tools/, which take from the
# environment or from make's command line (make APXS=/opt/httpd/bin/apxs install):
#
#   CARGO       the cargo to use; else a new enough one is looked for
#   CARGOFLAGS  more words for cargo, such as --offline
#   APXS        the apxs of the httpd to build and install for; else looked for
#   DESTDIR     install beneath this folder (packaging)
#   PREFIX      of man page and documents, /usr/local; or MANDIR and DOCDIR
#   ARGS        more words for the script: make demo ARGS='--once --mpm prefork'

.PHONY: all app-check build install uninstall demo check soak sanitize fuzz bench cross lint dist recipes package-check clean

all: build

# Build the module.
build:
	@tools/build

# Install what was built; nothing is enabled by it.
install:
	@tools/install

uninstall:
	@tools/install --remove

# A real Apache in a jail, shown and proved, until Ctrl-C.
demo:
	@tools/demo $(ARGS)

# Everything that can be checked on this machine.
check:
	@tools/check $(ARGS)

# Real applications of Debian's archive in the jail, with the lines that configtest advises (ARGS='--keep wordpress').
app-check:
	@tools/app-check $(ARGS)

# A jailed server and its twin under traffic and an administrator's work, for half an hour (ARGS: seconds).
soak:
	@tools/soak $(ARGS)

# Inputs that break a property of a reader are looked for (ARGS: seconds for each target, and targets).
fuzz:
	@tools/fuzz $(ARGS)

# The core scenes under AddressSanitizer and valgrind, and the pure rules under miri (ARGS=asan, valgrind or miri).
sanitize:
	@tools/sanitize $(ARGS)

# What a jail costs, next to the same server without one.
bench:
	@tools/bench $(ARGS)

# The code for other systems: linted, linked, compared with their headers (ARGS=lint, link or headers).
cross:
	@tools/cross $(ARGS)

# Formatting, clippy, shellcheck, mandoc.
lint:
	@tools/lint

# The tarballs of a release, of what git has at HEAD (ARGS=FOLDER).
dist:
	@tools/dist $(ARGS)

# For maintainers of packages, and not in a release: versions, crates and checksums of all recipes, checked,
# or written (ARGS='write target/dist').
recipes:
	@tools/packaging/recipes/run $(ARGS)

# The packages of all systems, built, checked, installed and used (ARGS=--quick, or names of systems).
package-check:
	@tools/packaging/check $(ARGS)

clean:
	@tools/clean
