/*
 * The demo's CGI program: tells what the world looks like from inside. One fact a line, "name value",
 * so that tools/demo can check each of them. Static: needs nothing but itself.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void identity(const char *name, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        printf("%s %s\n", name, strerror(errno));
    else
        printf("%s %lu:%lu\n", name, (unsigned long)st.st_dev, (unsigned long)st.st_ino);
}

static void groups(void)
{
    gid_t list[256];
    int count = getgroups(256, list);
    printf("groups");
    for (int i = 0; i < count; i++)
        printf(" %lu", (unsigned long)list[i]);
    printf("\n");
}

static void root_holds(void)
{
    DIR *dir = opendir("/");
    struct dirent *entry;
    printf("root-holds");
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            printf(" %s", entry->d_name);
    printf("\n");
    if (dir != NULL)
        closedir(dir);
}

static void tried(const char *name, int result)
{
    printf("%s %s\n", name, result >= 0 ? "succeeded" : strerror(errno));
}

int main(void)
{
    char cwd[4096], jail[4096];
    printf("Content-Type: text/plain\r\n\r\n");
    snprintf(jail, sizeof jail, "%s/..", getenv("DOCUMENT_ROOT") ? getenv("DOCUMENT_ROOT") : "");
    identity("jail", jail);
    identity("root", "/");
    identity("root-parent", "/../../../..");
    root_holds();
    printf("cwd %s\n", getcwd(cwd, sizeof cwd) != NULL ? cwd : strerror(errno));
    printf("uid %lu %lu\n", (unsigned long)getuid(), (unsigned long)geteuid());
    printf("gid %lu %lu\n", (unsigned long)getgid(), (unsigned long)getegid());
    groups();
    tried("open-passwd", open("/etc/passwd", O_RDONLY));
    tried("open-passwd-by-dots", open("../../../../../../../../etc/passwd", O_RDONLY));
    tried("write-root", open("/.demo", O_WRONLY | O_CREAT | O_EXCL, 0600));
    tried("seteuid-0", seteuid(0));
    tried("chroot", chroot("."));
    return 0;
}
