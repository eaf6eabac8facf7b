//! Kinds of processes and calls that are seen: FastCGI, 32-bit programs, programs that are spawned; and io_uring, which is
//! refused, because its operations could not be seen.

#[cfg(test)]
mod tests {
    use crate::application::{Application, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, Requirement, require, skip};
    use crate::harness::sandbox::install;
    use crate::harness::{Mpm, programs};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    const LIST: &str = "chroot-learned.paths";

    const PROGRAM: &str = r#"
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    char ring[256] = { 0 }, *arguments[] = { "true", NULL }, *none[] = { NULL };
    pid_t child;
    long opened = -1;
    puts("Content-Type: text/plain\n");
    printf("ring %ld\n", syscall(SYS_io_uring_setup, 1, ring));
    posix_spawn(&child, "/bin/true", NULL, NULL, arguments, none);
    waitpid(child, NULL, 0);
    child = vfork();
    if (child == 0) {
        execve("/bin/false", arguments, none);
        _exit(1);
    }
    waitpid(child, NULL, 0);
#ifdef __x86_64__
    /* A page below 4 GiB, for a call of 32-bit programs. */
    char *path = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    strcpy(path, PATH);
    __asm__ volatile("int $0x80" : "=a"(opened) : "a"(5), "b"(path), "c"(0), "d"(0) : "memory");
#endif
    printf("opened %d\n", opened >= 0);
    return 0;
}
"#;

    /// Compiles the program as a program of CGI.
    fn compile(app: &Application) {
        let source = app.path("kinds.c");
        let path = app.path("data/text");
        fs::write(&source, PROGRAM.replace("PATH)", &format!("{:?})", path.display().to_string())))
            .expect("a source");
        let built = app.path("kinds");
        let status = Command::new("cc").arg("-o").arg(&built).arg(&source).status();
        assert!(status.expect("cc").success());
        let bytes = fs::read(&built).expect("a program");
        install(&app.path("cgi-bin/kinds"), &bytes, 0o755);
        fs::remove_file(built).expect("a program");
    }

    #[test]
    fn calls_of_32_bit_programs_and_spawned_programs_are_seen_and_rings_are_refused() {
        require(Capability::SysPtrace);
        let app = Application::new();
        compile(&app);
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        let page = get("/app/kinds").of(&server).is(200, &server).body;
        assert!(page.contains("ring -1"), "{page}");
        let (_, text) = stop_and_read(&mut server, LIST);
        assert!(text.contains("/bin/true") && text.contains("/bin/false"), "{text}");
        if cfg!(target_arch = "x86_64") && page.contains("opened 1") {
            assert!(text.contains("/data/text"), "{text}");
        }
    }

    /// A program of 32 bits without a library: it opens a file, looks at another one, and connects by the call that only such
    /// programs have.
    #[cfg(target_arch = "x86_64")]
    const SMALL_PROGRAM: &str = r#"
static struct { unsigned short family; char path[108]; } address = { 1, SOCKET };
static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}
static void print(const char *text)
{
    long length = 0;
    while (text[length])
        length++;
    call(4, 1, (long)text, length);
}
void _start(void)
{
    static char facts[256];
    static long arguments[3] = { 1, 1, 0 };
    print("Content-Type: text/plain\n\n");
    if (call(295, -100, (long)OPENED, 0) >= 0 && call(195, (long)LOOKED_AT, (long)facts, 0) == 0)
        print("files ");
    arguments[0] = call(102, 1, (long)arguments, 0);
    arguments[1] = (long)&address;
    arguments[2] = sizeof(address);
    print(call(102, 3, (long)arguments, 0) == 0 ? "connected\n" : "not connected\n");
    call(1, 0, 0, 0);
}
"#;

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn programs_of_32_bits_are_watched() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let quote = |name: &str| format!("{:?}", app.path(name).display().to_string());
        let (source, built) = (app.path("small.c"), app.path("small"));
        let text = SMALL_PROGRAM.replace("SOCKET", &quote("state/s.sock"));
        let text =
            text.replace("OPENED", &quote("data/text")).replace("LOOKED_AT", &quote("more/text"));
        fs::write(&source, text).expect("a source");
        let options = [
            "-m32",
            "-static",
            "-nostdlib",
            "-ffreestanding",
            "-fno-stack-protector",
            "-fno-pie",
            "-no-pie",
        ];
        let status = Command::new("cc").args(options).arg("-o").arg(&built).arg(&source).status();
        assert!(status.expect("cc").success());
        if Command::new(&built).output().is_err() {
            return skip(Requirement::System("a kernel that runs 32-bit programs"));
        }
        let socket = app.path("state/s.sock");
        let _listener = UnixListener::bind(&socket).expect("a socket");
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o777)).expect("its mode");
        install(&app.path("cgi-bin/small"), &fs::read(&built).expect("a program"), 0o755);
        let mut server = start_with(app.site(Mpm::Prefork), "CHROOT_LEARN");
        let page = get("/app/small").of(&server).is(200, &server).body;
        assert_eq!(page, "files connected\n");
        let (_, text) = stop_and_read(&mut server, LIST);
        let has = |uses: &str, name: &str| {
            let path = format!("\t{}\t", app.path(name).display());
            text.lines().any(|line| line.starts_with(&format!("{uses}\t")) && line.contains(&path))
        };
        assert!(
            has("r", "data/text") && has("s", "more/text") && has("c", "state/s.sock"),
            "{text}"
        );
    }

    #[test]
    fn programs_of_mod_fcgid_are_watched() {
        require(Capability::SysPtrace);
        let app = Application::new();
        let lines = "FcgidIPCDir \"{server}/run/fcgid\"\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"\n\
                     Alias /fast/ \"{jail}/fast/\"\n<Directory \"{jail}/fast\">\nOptions +ExecCGI\n\
                     SetHandler fcgid-script\n</Directory>";
        let site = app.site(Mpm::Event).modules(&["fcgid"]).config(lines);
        let site = site.program("fast/witness", programs::fastcgi());
        let mut server = start_with(site, "CHROOT_LEARN");
        get("/fast/witness").of(&server).is(200, &server);
        let (_, text) = stop_and_read(&mut server, LIST);
        assert!(text.contains("/fast/witness"), "{text}");
    }
}
