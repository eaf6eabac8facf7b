/* A file server that no longer answers: mounts a FUSE file system at PATH in a mount namespace of its own, answers
 * the kernel's first request, and none after that; then runs a program that sees it.
 *
 *   deaf_fuse PATH SECONDS PROGRAM [ARGUMENT...]
 *
 * DEAF_UID in the environment is the user whose program it seems to be; root without it. With DEAF_HERE the mount
 * namespace is that of the caller.
 *
 * The file system ends by itself after SECONDS, so that nothing waits for ever.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fuse, unsigned seconds)
{
    static char request[1 << 20];
    const struct fuse_in_header *header = (void *)request;
    struct {
        struct fuse_out_header header;
        struct fuse_init_out init;
    } answer;

    alarm(seconds);
    for (;;) {
        if (read(fuse, request, sizeof request) < 0)
            _exit(0);
        if (header->opcode != FUSE_INIT)
            continue; /* read, and never answered */
        memset(&answer, 0, sizeof answer);
        answer.header.len = sizeof answer;
        answer.header.unique = header->unique;
        answer.init.major = FUSE_KERNEL_VERSION;
        answer.init.minor = FUSE_KERNEL_MINOR_VERSION;
        answer.init.max_write = 4096;
        if (write(fuse, &answer, sizeof answer) < 0)
            _exit(1);
    }
}

int main(int count, char **words)
{
    const char *user = getenv("DEAF_UID");
    char options[96];
    int fuse;

    if (count < 4)
        errx(64, "PATH SECONDS PROGRAM [ARGUMENT...]");
    fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse < 0)
        err(77, "/dev/fuse");
    if (!getenv("DEAF_HERE")
        && (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0))
        err(77, "a mount namespace");
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=0,allow_other", fuse,
             user ? atoi(user) : 0);
    if (mount("deaf", words[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0)
        err(77, "%s", words[1]);
    switch (fork()) {
    case -1:
        err(1, "fork");
    case 0:
        setsid();
        /* No child of httpd's. */
        if (fork() != 0)
            _exit(0);
        /* Nobody waits for its output, and it must not keep a pipe of the test open. */
        close(0);
        close(1);
        close(2);
        serve(fuse, (unsigned)atoi(words[2]));
    }
    close(fuse);
    wait(NULL);
    execv(words[3], words + 3);
    err(127, "%s", words[3]);
}
