/* A program, a loader and a library in one, which tells that it was run: each time it makes a file in its own folder
 * that is called after its uid and its no_new_privs. Compiled as a program it stands for a loader or an interpreter of
 * an attacker's; as a shared object, named by DT_AUDIT, for what a loader runs before it lists libraries. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef FOLDER
#error FOLDER
#endif

static void tell(void)
{
    char path[512];

    snprintf(path, sizeof path, FOLDER "/ran-as-%d-%d", (int)getuid(), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    close(open(path, O_WRONLY | O_CREAT, 0644));
}

unsigned la_version(unsigned version)
{
    tell();
    return version;
}

__attribute__((constructor)) static void load(void)
{
    tell();
}

int main(void)
{
    return 0;
}
