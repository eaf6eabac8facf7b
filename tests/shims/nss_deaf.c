/* A source of the name service that does not answer, as a directory server that is down may not. */
#include <nss.h>
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

enum nss_status _nss_deaf_getpwuid_r(uid_t user, struct passwd *found, char *room, size_t size, int *error)
{
    (void)user, (void)found, (void)room, (void)size, (void)error;
    for (;;)
        pause();
}
