#include "timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_TIMES = 1 << 20 };

double timing_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest of the sorted values that at least a share of them does not exceed. */
static double quantile(const double *values, int count, double share)
{
    return values[(int)ceil(share * count) - 1];
}

void timing_race(void (*work)(void *context), void *context, int batch, double seconds,
                 bool latency)
{
    static double times[MAX_TIMES];
    for (char line[16]; fgets(line, sizeof(line), stdin); fflush(stdout)) {
        const double start = timing_now();
        double now = start;
        int count = 0;
        while (count < MAX_TIMES && (count == 0 || now - start < seconds)) {
            const double before = now;
            work(context);
            now = timing_now();
            times[count++] = 1e6 * (now - before);
        }
        if (!latency) {
            printf("%.1f\n", (double)count * batch / (now - start));
            continue;
        }
        qsort(times, (size_t)count, sizeof(*times), compare);
        printf("%.2f %.2f %.2f\n", quantile(times, count, 0.5), quantile(times, count, 0.99),
               quantile(times, count, 0.999));
    }
}
