//! Kinds of processes and calls that are seen: FastCGI, 32-bit calls, programs that are spawned; and io_uring, which is
//! refused, because its operations could not be seen.

#[cfg(test)]
mod tests {
    use crate::application::{Application, start_with, stop_and_read};
    use crate::harness::client::get;
    use crate::harness::requirements::{Capability, require};
    use crate::harness::sandbox::install;
    use crate::harness::{Mpm, programs};
    use std::fs;
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
        assert!(text.contains("/bin/true"), "{text}");
        if cfg!(target_arch = "x86_64") && page.contains("opened 1") {
            assert!(text.contains("/data/text"), "{text}");
        }
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
