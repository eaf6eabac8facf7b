/* What a server does wrong that enters a jail before it looks up the groups of its user. */
#define _DEFAULT_SOURCE
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

/* For LD_PRELOAD, since the libraries of the host are to be loaded before the jail is entered. */
__attribute__((constructor)) static void look_up(void)
{
    extern char **environ;
    const char *jail = NULL;

    for (char **variable = environ; *variable; variable++)
        if (__builtin_strncmp(*variable, "TRAP_JAIL=", 10) == 0)
            jail = *variable + 10;
    if (jail == NULL || chroot(jail) != 0 || chdir("/") != 0) {
        perror("TRAP_JAIL");
        _exit(70);
    }
    initgroups("somebody", 4243);
    _exit(0);
}
