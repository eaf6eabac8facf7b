/* A CGI program that tries the way out which its query string names. */
#include "ways.h"

/* What the setuid copy of this program does. */
static int as_root(void)
{
    mkdir("/tmp-of-root", 0700);
    return second_chroot("/tmp-of-root");
}

int main(int count, char **words)
{
    const char *query = getenv("QUERY_STRING");
    char text[1024];
    size_t length;

    if (count > 1 && strcmp(words[1], "as-root") == 0) {
        int is_out = as_root();
        printf("euid %d, %s", (int)geteuid(), reason);
        return is_out;
    }
    length = answer_to(query ? query : "", text, sizeof text);
    printf("Content-Type: text/plain\r\n\r\n%.*s", (int)length, text);
    return 0;
}
