/* The library's version, the BLAS that is loaded, and the CPUs that this process may use. */
#ifndef LENET5_RUNTIME_H
#define LENET5_RUNTIME_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the loaded library, MAJOR.MINOR.PATCH; static. */
LENET5_API const char *lenet5_version(void);

/* How the loaded BLAS handles threads. */
enum lenet5_blas_parallel {
    LENET5_BLAS_SERIAL = 0,   /* OpenBLAS; only one thread at a time may call it */
    LENET5_BLAS_PTHREAD = 1,  /* OpenBLAS with POSIX threads */
    LENET5_BLAS_OPENMP = 2,   /* OpenBLAS with OpenMP */
    LENET5_BLAS_REENTRANT = 3 /* another BLAS, which runs on the calling thread */
};

/* The BLAS that this process has loaded. */
struct lenet5_blas {
    char config[128]; /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ... ", "BLIS 0.9.0" */
    char core[32];    /* the kernels chosen for this CPU, such as "SkylakeX" */
    enum lenet5_blas_parallel parallel;
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* Describes the loaded BLAS by its own functions; takes microseconds. */
LENET5_API void lenet5_blas_describe(struct lenet5_blas *blas);

/* The name of a threading model: "serial", "pthread", "openmp" or "reentrant"; static. */
LENET5_API const char *lenet5_blas_parallel_string(enum lenet5_blas_parallel parallel);

/*
 * Better kernels than those OpenBLAS has chosen, as a value for the environment variable
 * OPENBLAS_CORETYPE: "SkylakeX" on a CPU with AVX-512, "Haswell" on one with AVX2; NULL if its choice is
 * right or there are no better ones. An OpenBLAS older than the CPU does not know it and falls back to
 * kernels for narrower vectors, at down to a fifth of the speed. OpenBLAS reads the variable when it is
 * loaded: a program must set it and execute itself again, as the tools do.
 */
LENET5_API const char *lenet5_blas_better_core(void);

struct lenet5_network;

/* The result of lenet5_blas_check. */
struct lenet5_blas_check {
    int shapes, products; /* how many different shapes, and how many products, were compared */
    /* The largest error divided by the bound for rounding errors: above 1 a product is wrong. */
    double worst;
    char worst_shape[40]; /* "TN 150x160x16": which of A and B is transposed, then m x n x k */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Compares the BLAS's SGEMM with double-precision loops, for every shape of product that training or
 * running the network can need, on several threads at once (0 = lenet5_default_threads()). *result is
 * also filled in when a product is wrong. Takes about a second on one CPU for LeNet-5.
 * Errors: BLAS (a product is wrong, or more than one thread on a serial OpenBLAS), ARGUMENT (threads
 * below 0 or above 64, a network without products), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_blas_check(struct lenet5_blas_check *result,
                                                const struct lenet5_network *network, int threads,
                                                struct lenet5_error *error);

/*
 * Makes the pthread build of OpenBLAS use one thread per call; other builds are not changed. Call it once
 * at the start of main, before any thread exists: lenet5 itself spreads a batch over threads, and two
 * levels of threads slow each other down. This is the only function of the library that changes a state
 * of the whole process. Without it results are right, but slower.
 */
LENET5_API void lenet5_blas_use_one_thread(void);

/*
 * The default number of threads, at least 1: the smallest of the CPUs in the affinity mask of the process,
 * the CPU quota of its cgroup (rounded up), and OMP_NUM_THREADS; 1 with a serial OpenBLAS, which must not be
 * called from two threads. Every `threads = 0` means this number.
 */
LENET5_API int lenet5_default_threads(void);

#ifdef __cplusplus
}
#endif
#endif
