/* A CGI program of an attacker, for every system: tries known escapes, and prints each that succeeded. It is in the jail,
 * and so has to be static. A file `outside-mark` lies next to the jail. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int tried, escaped;

static int is_outside(void)
{
    return access("outside-mark", F_OK) == 0 || access("/outside-mark", F_OK) == 0 || access("/etc/passwd", F_OK) == 0;
}

static void tries(const char *name, int succeeded)
{
    tried++;
    if (succeeded || is_outside()) {
        escaped++;
        printf("escape: %s (%s)\n", name, strerror(errno));
    }
}

static void climb(void)
{
    for (int step = 0; step < 30; step++)
        if (chdir("..") != 0)
            return;
}

int main(void)
{
    struct stat facts;
    int directories = 0;

    printf("Content-Type: text/plain\r\n\r\n");
    printf("ids: %d %d\n", (int)geteuid(), (int)getegid());
    for (int fd = 0; fd < 1024; fd++)
        if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
            directories++;
            (void)!fchdir(fd);
            climb();
        }
    tries("an open directory", directories > 0);
    climb();
    tries("30 times ..", 0);
    tries("a path with ..", access("/../../outside-mark", F_OK) == 0);
    tries("setuid", setuid(0) == 0);
    tries("seteuid", seteuid(0) == 0);
    tries("setgid", setgid(0) == 0);
    tries("setegid", setegid(0) == 0);
    /* Linux lets everybody make the device 0, which is no device. */
    tries("a device", mknod("/tmp/device", S_IFCHR | 0600, (dev_t)0x103) == 0);
    (void)!mkdir("/tmp/below", 0755);
    /* It may succeed on FreeBSD, if the administrator lets users chroot. What counts is where it leads to. */
    (void)!chroot("/tmp/below");
    climb();
    tries("a second chroot", 0);
    printf("tried: %d\nescaped: %d\n", tried, escaped);
    return 0;
}
