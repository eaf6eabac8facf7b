/* For LD_PRELOAD: the date is later by the number of seconds in the file CLOCK, while there is one. Times of files are the
 * kernel's, and are not touched. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char file[512];

__attribute__((constructor)) static void load(void)
{
    snprintf(file, sizeof file, "%s", getenv("CLOCK") ? getenv("CLOCK") : "");
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    int answer = (int)syscall(SYS_clock_gettime, id, now);
    FILE *later = answer == 0 && id == CLOCK_REALTIME && file[0] ? fopen(file, "re") : NULL;
    long seconds;

    if (later != NULL) {
        if (fscanf(later, "%ld", &seconds) == 1)
            now->tv_sec += seconds;
        fclose(later);
    }
    return answer;
}
