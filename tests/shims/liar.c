/* An interpreter of root's that turned evil: asked for the directories of its modules, it names others, tells in the
 * name of a file as whom it runs, stops the process that asked it, and stays. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **words)
{
    char path[512], *slash;
    int open_files = 0, forked, stopped;

    for (int fd = 3; fd < 1024; fd++)
        open_files += fcntl(fd, F_GETFD) != -1;
    forked = fork();
    if (forked == 0)
        _exit(0);
    stopped = kill(getppid(), SIGSTOP) == 0;
    snprintf(path, sizeof path, "%s", words[0]);
    slash = strrchr(path, '/');
    if (slash)
        snprintf(slash, 256, "/told/%d-%d-%d-groups-%d-nnp-%d-files-%d-env-%d-forked-%d-stopped-%d", (int)getuid(), (int)geteuid(),
                 (int)getgid(), getgroups(0, NULL), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), open_files, environ[0] != NULL,
                 forked > 0, stopped);
    close(open(path, O_WRONLY | O_CREAT, 0644));
    puts("/etc\n/root\n/\n/var/log\n/etc/ssl\n/usr/share/zoneinfo\nrelative");
    fflush(stdout);
    if (count > 1 && strstr(words[0], "hangs")) {
        for (int signal_number = 1; signal_number < 32; signal_number++)
            signal(signal_number, SIG_IGN);
        for (;;)
            pause();
    }
    return 0;
}
