# A stand-in for MacPorts, which no registry has: as much of it as ports/darwin/Portfile uses, for tclsh on any
# system.
#
#   tclsh macports.tcl PORTFILE show               every option as `name value`
#   tclsh macports.tcl PORTFILE build SOURCE       what the port group cargo would run there, and with which environment
#   tclsh macports.tcl PORTFILE destroot SOURCE DESTROOT
#   tclsh macports.tcl PORTFILE activate ROOT      post-activate, with ROOT as the prefix
#
# BUILD_TARGET, APXS and LIBCLANG_PATH of the environment take the place of what MacPorts would say.

set known {
    categories license maintainers description long_description checksums revision notes depends_build-append
    depends_lib-append depends_skip_archcheck-append build.env-append cargo.crates github.tarball_from
}

proc PortSystem {version} { if {$version ne "1.0"} { error "PortSystem $version" } }
proc PortGroup {name version} { lappend ::groups $name }
proc github.setup {account project version prefix} {
    foreach {key value} [list github.account $account name $project version $version git.branch $prefix$version] {
        set ::$key $value
        set ::options($key) $value
    }
    set ::distname $project-$version
}
foreach option $known {
    proc $option {args} [string map [list @ $option] {
        if {[info exists ::options(@)]} { error "@ is there twice" }
        set ::options(@) [expr {[llength $args] == 1 ? [lindex $args 0] : $args}]
    }]
}
proc destroot {body} { set ::phases(destroot) $body }
proc post-activate {body} { set ::phases(activate) $body }

# What phases call.
proc cargo.rust_platform {} { return $::env(BUILD_TARGET) }
proc system {where folder command} {
    if {$where ne "-W"} { error "system without -W" }
    exec sh -c "cd '$folder' && $command" >@stdout 2>@stderr
}
proc xinstall {args} { exec install {*}$args >@stdout 2>@stderr }
proc delete {args} { file delete -force {*}$args }
proc copy {args} { file copy {*}$args }
proc reinplace {args} { exec sed -i {*}$args }

lassign $argv portfile action source target
set extract.suffix .tar.gz
set prefix /opt/local
if {$action eq "activate"} { set prefix $source/opt/local }
set groups {}
set worksrcpath $source
set filespath [file dirname [file normalize $portfile]]/files
source $portfile
set destroot $target
if {[info exists env(APXS)]} { set apxs $env(APXS) }

if {$groups ne {github cargo}} { error "port groups: $groups" }
if {$options(github.tarball_from) ne "releases"} { error "github.tarball_from $options(github.tarball_from)" }
# The port group puts everything where the crates are.
set options(dist_subdir) cargo-crates
switch $action {
    show { foreach name [lsort [array names options]] { puts "$name [string map [list \n { }] [string trim $options($name)]]" } }
    destroot { eval $phases(destroot) }
    activate { eval $phases(activate) }
    build {
        set environment {}
        foreach word $options(build.env-append) {
            if {![regexp {^([A-Z_]+)=(.*)$} $word -> name value]} { error "build.env-append: $word" }
            # These programs are elsewhere here.
            lappend environment $name=[expr {[info exists env($name)] ? $env($name) : $value}]
        }
        system -W $worksrcpath "env $environment CARGO_BUILD_TARGET=$env(BUILD_TARGET) cargo build --release --frozen -v"
    }
    default { error "usage: macports.tcl PORTFILE show|build|destroot|activate ..." }
}
