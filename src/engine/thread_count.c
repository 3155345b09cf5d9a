#include "thread_count.h"

#include <lenet5/runtime.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

enum { PATH_SIZE = 4096 };

/* Reads up to two numbers of a small file and returns how many there were; "max" is none. */
static int read_numbers(const char *path, long long numbers[2])
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    int count = fscanf(file, "%lld %lld", &numbers[0], &numbers[1]);
    fclose(file);
    return count < 0 ? 0 : count;
}

static int smaller(int limit, long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return limit;
    long long cpus = (quota + period - 1) / period;
    return limit == 0 || cpus < limit ? (int)cpus : limit;
}

/* The quota set in one cgroup's folder, by version 2's file or version 1's two. */
static int folder_quota(int limit, const char *folder)
{
    char path[PATH_SIZE + 32];
    long long numbers[2], period[2];
    snprintf(path, sizeof(path), "%s/cpu.max", folder);
    if (read_numbers(path, numbers) == 2)
        return smaller(limit, numbers[0], numbers[1]);
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", folder);
    if (read_numbers(path, numbers) < 1)
        return limit;
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
    return read_numbers(path, period) < 1 ? limit : smaller(limit, numbers[0], period[0]);
}

int threads_cgroup_quota(const char *membership, const char *mount)
{
    FILE *file = fopen(membership, "re");
    char line[PATH_SIZE];
    int limit = 0;
    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file)) { /* "0::/group" or "4:cpu,cpuacct:/group" */
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        controllers++;
        group[strcspn(group, "\n")] = 0;
        if (*controllers && strncmp(controllers, "cpu", 3) != 0)
            continue;
        /* Any folder from the group up to the root can set a quota. */
        for (;;) {
            char folder[PATH_SIZE];
            int length = snprintf(folder, sizeof(folder), "%s%s%s%s", mount,
                                  *controllers ? "/" : "", controllers,
                                  strcmp(group, "/") == 0 ? "" : group);
            if (length > 0 && length < (int)sizeof(folder))
                limit = folder_quota(limit, folder);
            char *slash = strrchr(group, '/');
            if (!slash || group[0] == 0)
                break;
            *slash = 0;
        }
    }
    fclose(file);
    return limit;
}

const char *lenet5_blas_parallel_string(enum lenet5_blas_parallel parallel)
{
    switch (parallel) {
    case LENET5_BLAS_SERIAL:
        return "serial";
    case LENET5_BLAS_PTHREAD:
        return "pthread";
    case LENET5_BLAS_OPENMP:
        return "openmp";
    case LENET5_BLAS_REENTRANT:
        return "reentrant";
    }
    return "unknown";
}

int lenet5_default_threads(void)
{
    struct lenet5_blas blas;
    cpu_set_t affinity;
    int threads = parallel_openmp_threads();
    int quota = threads_cgroup_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    lenet5_blas_describe(&blas);
    if (blas.parallel == LENET5_BLAS_SERIAL)
        return 1;
    if (sched_getaffinity(0, sizeof(affinity), &affinity) == 0 && CPU_COUNT(&affinity) < threads)
        threads = CPU_COUNT(&affinity);
    if (quota > 0 && quota < threads)
        threads = quota;
    if (threads > PARALLEL_MAX_THREADS)
        threads = PARALLEL_MAX_THREADS;
    return threads < 1 ? 1 : threads;
}

enum lenet5_status threads_resolve(int *threads, enum lenet5_backend backend,
                                   struct lenet5_error *error)
{
    struct lenet5_blas blas;
    if (*threads < 0 || *threads > PARALLEL_MAX_THREADS)
        return fail(error, LENET5_ERROR_ARGUMENT, "%d threads, expected 0 (automatic) to %d",
                    *threads, PARALLEL_MAX_THREADS);
    if (*threads == 0)
        *threads = lenet5_default_threads();
    lenet5_blas_describe(&blas);
    if (*threads > 1 && backend != LENET5_BACKEND_NAIVE && blas.parallel == LENET5_BLAS_SERIAL)
        return fail(
            error, LENET5_ERROR_BLAS,
            "this OpenBLAS is built serial and gives wrong products when %d threads call it; "
            "use 1 thread, or install libopenblas0-openmp",
            *threads);
    return LENET5_OK;
}

const char *lenet5_version(void)
{
    return LENET5_VERSION;
}
