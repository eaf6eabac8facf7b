/* What a program sees from where it runs, as key=value lines. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t witness(char *out, size_t size)
{
    gid_t groups[64];
    char cwd[4096];
    struct stat root;
    int count = getgroups(64, groups);
    size_t used;

    if (stat("/", &root) != 0)
        memset(&root, 0, sizeof root);
    if (getcwd(cwd, sizeof cwd) == NULL)
        strcpy(cwd, "(unreachable)");
    used = (size_t)snprintf(out, size, "pid=%ld\nppid=%ld\nuid=%ld\neuid=%ld\ngid=%ld\nroot=%llu:%llu\ncwd=%s\npasswd=%s\ngroups=",
                            (long)getpid(), (long)getppid(), (long)getuid(), (long)geteuid(), (long)getgid(),
                            (unsigned long long)root.st_dev, (unsigned long long)root.st_ino, cwd,
                            access("/etc/passwd", F_OK) == 0 ? "visible" : "hidden");
    for (int i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%ld", i ? "," : "", (long)groups[i]);
    used += (size_t)snprintf(out + used, size - used, "\n");
    return used;
}
