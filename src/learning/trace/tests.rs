//! Recordings, written after the manuals of the tools: neither FreeBSD, NetBSD nor macOS was at hand. strace is run in
//! `tests/learning/traced.rs`.

use super::processes::list_paths;
use super::*;
use proptest::prelude::*;
use std::path::Path;

fn read(text: &str) -> ReadTrace {
    read_trace(&mut text.as_bytes()).unwrap()
}

fn assert_paths(text: &str, expected: &[(&str, &str)]) {
    let trace = read(text);
    let expected: Vec<_> =
        expected.iter().map(|(letters, path)| ((*letters).to_owned(), Path::new(*path))).collect();
    assert_eq!(list_paths(&trace), expected, "{trace:?}");
}

const STRACE: &str = r#"100   execve("/usr/sbin/apache2", ["apache2"], 0x7ffd /* 9 vars */) = 0
100   openat(AT_FDCWD</>, "/etc/apache2/server.key", O_RDONLY|O_CLOEXEC) = 3</etc/apache2/server.key>
100   clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>
101   setuid(33)                        = 0
100   <... clone resumed>, child_tidptr=0x7f) = 101
101   openat(AT_FDCWD</>, "/usr/share/app/a.php", O_RDONLY) = 5</usr/share/app/a.php>
101   openat(AT_FDCWD</>, "/no/such", O_RDONLY) = -1 ENOENT (No such file or directory)
101   openat(5</usr/share/app, dir>, "b \"c\"\303\244", O_WRONLY|O_CREAT|O_TRUNC, 0644 <unfinished ...>
101   access("/var/lib/app", W_OK)      = 0
101   <... openat resumed>)             = 6
101   newfstatat(AT_FDCWD</usr>, "lib/x", {st_mode=S_IFREG|0644, st_size=9, ...}, 0) = 0
101   newfstatat(3</etc>, "", {st_mode=S_IFREG}, AT_EMPTY_PATH) = 0
101   connect(7, {sa_family=AF_UNIX, sun_path="/run/db/s.sock"}, 110) = 0
101   connect(8, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EINPROGRESS (Operation now in progress)
101   connect(8, {sa_family=AF_UNIX, sun_path=@"abstract"}, 16) = 0
101   rename("/var/lib/app/new", "/var/lib/app/old") = 0
101   readlink("/usr/share/app/very long"..., 0x7ffe, 4096) = 9
101   execve("/usr/bin/perl", ["perl", "-v"], 0x55 /* 3 vars */) = 0
101   openat(AT_FDCWD</>, "/usr/share/perl/x.pm", O_RDONLY) = 5
101   --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---
101   +++ exited with 0 +++
"#;

#[test]
fn output_of_strace_is_read_and_calls_of_root_do_not_count() {
    assert_paths(
        STRACE,
        &[
            ("c", "/run/db/s.sock"),
            ("x", "/usr/bin/perl"),
            ("s", "/usr/lib/x"),
            ("r", "/usr/share/app/a.php"),
            ("w", "/usr/share/app, dir/b \"c\"ä"),
            ("r", "/usr/share/perl/x.pm"),
            ("a", "/var/lib/app"),
            ("w", "/var/lib/app/new"),
            ("w", "/var/lib/app/old"),
        ],
    );
    let trace = read(STRACE);
    assert_eq!(trace.unclear, 1);
    let ports: Vec<_> = trace.table.ports().map(|(port, ..)| port.port).collect();
    assert_eq!(ports, [443]);
    let by = trace.table.paths().find(|seen| seen.path.ends_with("x.pm")).map(|it| &it.program);
    assert_eq!(by.map(|it| it.as_path()), Some(Path::new("/usr/bin/perl")));
}

const FREEBSD_KDUMP: &str = r#"  900 httpd    CALL  openat(AT_FDCWD,0x800e2,0x100000<O_RDONLY|O_CLOEXEC>)
  900 httpd    NAMI  "/usr/local/etc/app/config"
  900 httpd    RET   openat 9
  900 httpd    CALL  openat(0x9,0x800e2,0x1<O_WRONLY>)
  900 httpd    NAMI  "state "x" 1"
  900 httpd    RET   openat 10/0xa
  900 httpd    CALL  open(0x800e2,0<O_RDONLY>)
  900 httpd    NAMI  "/no/such"
  900 httpd    RET   open -1 errno 2 No such file or directory
  900 httpd    CALL  fstatat(AT_FDCWD,0x800e2,0x7fff,0)
  900 httpd    NAMI  "relative"
  900 httpd    STRU  struct stat {dev=1, ino=2, mode=0100644, }
  900 httpd    RET   fstatat 0
  900 httpd    CALL  chdir(0x800e2)
  900 httpd    NAMI  "/usr/local/www/cgi-bin"
  900 httpd    RET   chdir 0
  900 httpd    CALL  fork
  900 httpd    RET   fork 901/0x385
  901 httpd    CALL  execve(0x800e2,0x7f,0x7f)
  901 httpd    NAMI  "./page"
  901 httpd    NAMI  "/usr/local/bin/perl"
  901 httpd    NAMI  "/libexec/ld-elf.so.1"
  901 page     RET   execve JUSTRETURN
  901 page     CALL  connect(0x3,0x7fffffffe5d0,0x6a)
  901 page     STRU  struct sockaddr { AF_LOCAL, /var/run/db/s.sock }
  901 page     NAMI  "/var/run/db/s.sock"
  901 page     RET   connect 0
  901 page     CALL  connect(0x4,0x7fffffffe5d0,0x10)
  901 page     STRU  struct sockaddr { AF_INET, 192.0.2.1:25 }
  901 page     RET   connect 0
  901 page     GIO   fd 1 wrote 9 bytes
       "CALL open
       "
"#;

#[test]
fn output_of_kdump_on_freebsd_is_read() {
    assert_paths(
        FREEBSD_KDUMP,
        &[
            ("r", "/libexec/ld-elf.so.1"),
            ("r", "/usr/local/bin/perl"),
            ("r", "/usr/local/etc/app/config"),
            ("w", "/usr/local/etc/app/config/state \"x\" 1"),
            ("s", "/usr/local/www/cgi-bin"),
            ("x", "/usr/local/www/cgi-bin/page"),
            ("c", "/var/run/db/s.sock"),
        ],
    );
    let trace = read(FREEBSD_KDUMP);
    assert_eq!(trace.unclear, 1);
    let ports: Vec<_> = trace.table.ports().map(|(port, program, _)| (port, program)).collect();
    assert_eq!((ports[0].0.port, ports[0].1), (25, Path::new("page")));
}

#[test]
fn output_of_kdump_on_netbsd_is_read_and_threads_are_kept_apart() {
    assert_paths(
        r#"   77      1 httpd    CALL  open(0x7f7f,0x601,0x1b6)
   77      2 httpd    CALL  __stat50(0x7f7f,0x7f7e)
   77      1 httpd    NAMI  "/var/db/app/new"
   77      2 httpd    NAMI  "/etc/openssl/openssl.cnf"
   77      2 httpd    RET   __stat50 0
   77      1 httpd    RET   open 5
   77      2 httpd    CALL  access(0x7f7f,0x2)
   77      2 httpd    NAMI  "/var/db/app"
   77      2 httpd    RET   access 0
   77      2 httpd    CALL  setuid(0x50)
   77      2 httpd    RET   setuid 0
   77      2 httpd    CALL  open(0x7f7f,0,0)
   77      2 httpd    NAMI  "/usr/pkg/share/app/x"
   77      2 httpd    RET   open 6
"#,
        &[("r", "/usr/pkg/share/app/x")],
    );
}

#[test]
fn output_of_truss_is_read() {
    assert_paths(
        "  900: openat(AT_FDCWD,\"/usr/local/www/a\\M-C\\M-$.php\",O_RDONLY,00)\t = 24 (0x18)\n\
         \x20 900: open(\"/no/such\",O_RDONLY,00)\t ERR#2 'No such file or directory'\n\
         \x20 900: connect(3,{ AF_UNIX \"/var/run/db/s.sock\" },106)\t = 0 (0x0)\n\
         \x20 900: eaccess(\"/var/db/app\",W_OK)\t\t = 0 (0x0)\n\
         \x20 900: process exit, rval = 0\n",
        &[("r", "/usr/local/www/aä.php"), ("a", "/var/db/app"), ("c", "/var/run/db/s.sock")],
    );
}

#[test]
fn output_of_fs_usage_and_of_dtruss_is_read() {
    assert_paths(
        "10:11:12.000001  open              F=5        (R_____)  /opt/app/my page.php      0.000012   httpd.4711\n\
         10:11:12.000002  stat64            [  2]                /no/such        0.000004 W httpd.4711\n\
         10:11:12.000003  open_nocancel     F=6        (_WC_T_)  /opt/app/state/x   0.000012   My App.4712\n\
         10:11:12.000004  access                      (_W__)     /opt/app/state   0.000012   httpd.4711\n\
         10:11:12.000005  lstat64                                 app/relative   0.000012   httpd.4711\n\
         10:11:12.000006  read              F=5    B=0x80                        0.000012   httpd.4711\n",
        &[("r", "/opt/app/my page.php"), ("a", "/opt/app/state"), ("w", "/opt/app/state/x")],
    );
    assert_paths(
        "\t PID/THRD  SYSCALL(args) \t\t = return\n\
         4711/0x1a2b:  open(\"/opt/app/a\\0\", 0x0, 0x0)\t\t = 3 0\n\
         4711/0x1a2b:  open(\"/no/such\\0\", 0x0, 0x0)\t\t = -1 Err#2\n\
         4711/0x1a2b:  open(\"/opt/app/b\\0\", 0x601, 0x1B6)\t\t = 4 0\n",
        &[("r", "/opt/app/a"), ("w", "/opt/app/b")],
    );
}

#[test]
fn a_recording_of_no_tool_says_nothing() {
    let trace = read("#!/bin/sh\necho hello (world) = 3\n\u{0}\n");
    assert_eq!((trace.table.len(), trace.calls), (0, 0));
}

proptest! {
    #[test]
    fn no_recording_is_too_strange_to_be_read(
        lines in proptest::collection::vec("[ -~\u{e4}]{0,60}", 0..12),
        marks in proptest::collection::vec(prop_oneof![
            Just("1 open(\"/a"), Just("  9 x NAMI  \""), Just("  9 x CALL  open("), Just("9 <... open resumed>"),
            Just("10:11:12.0 open F=("), Just("[pid "), Just("\\M-"), Just("\\x"), Just("0x"),
        ], 12),
    ) {
        let text: Vec<_> = lines.iter().zip(&marks).map(|(line, mark)| format!("{mark}{line}")).collect();
        for order in [text.join("\n"), text.iter().rev().cloned().collect::<Vec<_>>().join("\n")] {
            read(&order);
        }
    }
}
