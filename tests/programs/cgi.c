/* A CGI program that tells what it sees. */
#include "witness.h"

int main(void)
{
    char text[8192];
    size_t length = witness(text, sizeof text);

    printf("Content-Type: text/plain\r\n\r\n%.*s", (int)length, text);
    return 0;
}
