/* What this process runs on: the library's version, the BLAS behind it, the CPUs it may use. */
#ifndef LENET5_RUNTIME_H
#define LENET5_RUNTIME_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is loaded, such as "0.1.0"; static. */
LENET5_API const char *lenet5_version(void);

/* How the BLAS was built; OpenBLAS says it itself at run time. */
enum lenet5_blas_parallel {
    LENET5_BLAS_SERIAL = 0, /* OpenBLAS, and only one thread at a time may call it */
    LENET5_BLAS_PTHREAD = 1,
    LENET5_BLAS_OPENMP = 2,
    LENET5_BLAS_REENTRANT = 3 /* another BLAS, which works on the thread that calls it */
};

/* The BLAS that this process has loaded. */
struct lenet5_blas {
    char config[128]; /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ... ", "BLIS 0.9.0" */
    char core[32];    /* the kernels chosen for this CPU, "SkylakeX" */
    enum lenet5_blas_parallel parallel;
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* Fills in what the BLAS says of itself; cheap. */
LENET5_API void lenet5_blas_describe(struct lenet5_blas *blas);

/* "serial", "pthread", "openmp" or "reentrant"; static. */
LENET5_API const char *lenet5_blas_parallel_string(enum lenet5_blas_parallel parallel);

/*
 * The kernels that OpenBLAS should use but does not, as a value for the environment variable
 * OPENBLAS_CORETYPE: "SkylakeX" on a CPU with AVX-512, "Haswell" on one with AVX2; NULL where its
 * choice is right, or where there is nothing better. An OpenBLAS that is older than the CPU it runs on
 * does not know it and falls back to kernels for narrower vectors, which cost up to four fifths of the
 * speed. It reads the variable when it is loaded, so a program that wants it sets it and starts once
 * more, as the tools do.
 */
LENET5_API const char *lenet5_blas_better_core(void);

struct lenet5_network;

/* What lenet5_blas_check found. */
struct lenet5_blas_check {
    int shapes, products;
    /* The largest error, as a share of what rounding alone may do: above 1 a product is wrong. */
    double worst;
    char worst_shape[40]; /* "TN 150x160x16": which of A and B are transposed, m x n x k */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Compares this machine's SGEMM with double-precision loops, on every shape of product that training or
 * running the network may ask for, on so many threads at once (0 = lenet5_default_threads()). *result is
 * filled in also when a product is wrong. Takes about a second on one CPU for LeNet-5.
 * Errors: BLAS (a product is wrong, or more than one thread on a serial OpenBLAS), ARGUMENT (threads
 * below 0 or above 64, a network without products), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_blas_check(struct lenet5_blas_check *result,
                                                const struct lenet5_network *network, int threads,
                                                struct lenet5_error *error);

/*
 * Call it once at the start of main, before any thread: it tells the pthread build of OpenBLAS to
 * work on one thread, because lenet5 spreads a batch over threads itself and two layers of threads
 * slow each other down. It is the only function here that changes something for the whole process,
 * and it changes nothing for the other builds. Results are right without it, only slower.
 */
LENET5_API void lenet5_blas_use_one_thread(void);

/*
 * The CPUs this process may use, at least 1: the smallest of its affinity mask, its cgroup's CPU
 * quota (rounded up), and what OpenMP was told by OMP_NUM_THREADS. This is what `threads = 0` means
 * everywhere, except that a serial OpenBLAS, which must not be called from two threads, gives 1.
 */
LENET5_API int lenet5_default_threads(void);

#ifdef __cplusplus
}
#endif
#endif
