/* Starts a program in a session keyring that holds a secret, as a login session does. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **words)
{
    if (count < 2 || syscall(SYS_keyctl, 1 /* join session keyring */, NULL) < 0)
        return 1;
    if (syscall(SYS_add_key, "user", "mod_chroot-secret", "secret", 6, -3 /* the session keyring */) < 0)
        return 1;
    execv(words[1], words + 1);
    return 1;
}
