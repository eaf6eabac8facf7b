/* Looks up groups as root in a jail, the way a careless server does: spring FOLDER */
#define _DEFAULT_SOURCE
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 2 || chroot(argv[1]) != 0 || chdir("/") != 0) {
        perror("chroot");
        return 1;
    }
    (void)initgroups("somebody", 4243);
    return 0;
}
