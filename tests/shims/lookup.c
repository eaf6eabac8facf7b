/* A CGI program that looks a user up. */
#include <pwd.h>
#include <stdio.h>

int main(void)
{
    getpwnam("nobody in particular");
    printf("Content-Type: text/plain\r\n\r\nlooked up\n");
    return 0;
}
