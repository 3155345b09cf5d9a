/* Resolves a number of threads and rejects one that the BLAS cannot serve. */
#ifndef THREAD_COUNT_H
#define THREAD_COUNT_H

#include <lenet5/network.h>

/*
 * Replaces 0 by the default and checks the rest.
 * Errors: ARGUMENT (below 0 or above 64), BLAS (a serial OpenBLAS, whose buffers are not locked,
 * would be called from several threads).
 */
enum lenet5_status threads_resolve(int *threads, enum lenet5_backend backend,
                                   struct lenet5_error *error);

/*
 * The CPU quota of the cgroup that the file `membership` (as /proc/self/cgroup) names under the
 * folder `mount` (as /sys/fs/cgroup), in CPUs rounded up; 0 = none is set. Version 1 and 2.
 */
int threads_cgroup_quota(const char *membership, const char *mount);

#endif
