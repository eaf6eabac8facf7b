/* FreeBSD 15: starts a program that inherits the descriptor of a FreeBSD jail, with the number 77. The jail ends with it. */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/uio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct iovec part(void *bytes, size_t length)
{
    struct iovec made = { bytes, length };

    return made;
}

int main(int count, char **words)
{
    int descriptor = -1;
    struct iovec parts[] = {
        part("path", 5), part("/", 2), part("persist", 8), part(NULL, 0), part("desc", 5), part(&descriptor, sizeof descriptor),
    };

    if (count < 2 || jail_set(parts, 6, JAIL_CREATE | JAIL_OWN_DESC) < 0 || dup2(descriptor, 77) < 0) {
        perror("jail_set");
        return 1;
    }
    close(descriptor);
    execv(words[1], words + 1);
    perror(words[1]);
    return 1;
}
