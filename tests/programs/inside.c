/* A CGI program that does what its query says, from where it runs: `read=/path` and the like. */
#define _GNU_SOURCE
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void told(const char *what, int failed)
{
    printf("%s=%s\n", what, failed ? strerror(errno) : "done");
}

static void environment(const char *unused)
{
    static const char *const names[] = {
        "SCRIPT_FILENAME", "SCRIPT_NAME", "PATH_INFO", "PATH_TRANSLATED", "DOCUMENT_ROOT", "REQUEST_URI",
        "REQUEST_METHOD", "CONTEXT_DOCUMENT_ROOT", "CONTEXT_PREFIX", "REMOTE_USER", "REDIRECT_URL",
        "REDIRECT_STATUS", "SERVER_NAME", "MARK",
    };
    char cwd[4096];

    (void)unused;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        printf("%s=%s\n", names[i], getenv(names[i]) ? getenv(names[i]) : "(unset)");
    printf("cwd=%s\n", getcwd(cwd, sizeof cwd) ? cwd : "(unreachable)");
}

/* Blocks on a FIFO until somebody writes to it. */
static void read_file(const char *path)
{
    char text[65536];
    struct stat root;
    int fd = open(path, O_RDONLY);

    told("read", fd < 0);
    if (fd >= 0) {
        ssize_t length = read(fd, text, sizeof text);
        printf("%.*s\n", length < 0 ? 0 : (int)length, text);
    }
    if (stat("/", &root) == 0)
        printf("root=%llu:%llu\n", (unsigned long long)root.st_dev, (unsigned long long)root.st_ino);
}

static void write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    told("write", fd < 0 || write(fd, "written", 7) != 7);
}

static void make_folder(const char *path)
{
    told("mkdir", mkdir(path, 0755));
}

static void remove_file(const char *path)
{
    told("remove", remove(path));
}

static int is_plain(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void list(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_plain, alphasort);

    told("list", count < 0);
    for (int i = 0; i < count; i++)
        printf("%s\n", entries[i]->d_name);
}

static void namespaces(const char *unused)
{
    (void)unused;
#ifdef __linux__
    told("user", unshare(CLONE_NEWUSER));
    told("mount", unshare(CLONE_NEWNS));
    told("tmpfs", mount("none", "/tmp", "tmpfs", 0, ""));
    told("unmount", umount2("/tmp", MNT_DETACH));
#endif
}

static void zone(const char *unused)
{
    char text[64];
    time_t winter = 1704067200;

    (void)unused;
    strftime(text, sizeof text, "%z", localtime(&winter));
    printf("zone=%s\n", text);
}

/* Runs a copy of itself, which may be set-user-id. */
static void run(const char *path)
{
    fflush(stdout);
    setenv("QUERY_STRING", "ids=", 1);
    execl(path, path, (char *)NULL);
    told("run", 1);
}

static void identity(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        told("stat", 1);
    else
        printf("stat=%llu:%llu\n", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
}

static void become_root(const char *unused)
{
    (void)unused;
    told("become-root", seteuid(0) != 0);
}

static void chroot_again(const char *path)
{
    told("chroot", chroot(path) != 0);
}

static void ids(const char *unused)
{
    (void)unused;
    printf("euid=%ld\n", (long)geteuid());
}

int main(void)
{
    static const struct {
        const char *name;
        void (*act)(const char *);
    } acts[] = {
        { "env", environment }, { "read", read_file }, { "write", write_file }, { "mkdir", make_folder },
        { "remove", remove_file },
        { "list", list }, { "namespaces", namespaces }, { "zone", zone }, { "run", run }, { "ids", ids },
        { "stat", identity }, { "become-root", become_root }, { "chroot", chroot_again },
    };
    char query[4096];
    char *argument;

    snprintf(query, sizeof query, "%s", getenv("QUERY_STRING") ? getenv("QUERY_STRING") : "");
    argument = strchr(query, '=');
    if (argument != NULL)
        *argument++ = '\0';
    /* Unbuffered: whoever asks sees that the program runs before it is done. */
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(query, "ids") != 0)
        printf("Content-Type: text/plain\r\n\r\npid=%ld\nppid=%ld\n", (long)getpid(), (long)getppid());
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, query) == 0)
            acts[i].act(argument ? argument : "");
    return 0;
}
