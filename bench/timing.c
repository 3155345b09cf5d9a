#include "timing.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

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

double timing_quantile(double *values, int count, double share)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    const int rank = (int)ceil(share * count);
    return values[rank < 1 ? 0 : rank - 1];
}
