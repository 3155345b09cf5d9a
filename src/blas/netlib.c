/*
 * Whatever implements CBLAS, the reference implementation if nothing else. Debian's libblas.so.3 is an
 * alternative that an administrator may point at OpenBLAS, after this was built: then that is what it says.
 */
#include <lenet5/runtime.h>
#include <stdio.h>

#include "kernels.h"

extern int openblas_get_parallel(void) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
extern void openblas_set_num_threads(int threads) __attribute__((weak));

void lenet5_blas_describe(struct lenet5_blas *blas)
{
    const char *config = openblas_get_config ? openblas_get_config() : "CBLAS of libblas";
    const char *core = openblas_get_corename ? openblas_get_corename() : "reference";
    snprintf(blas->config, sizeof(blas->config), "%s", config);
    snprintf(blas->core, sizeof(blas->core), "%s", core);
    blas->parallel = openblas_get_parallel ? (enum lenet5_blas_parallel)openblas_get_parallel()
                                           : LENET5_BLAS_REENTRANT;
}

const char *lenet5_blas_better_core(void)
{
    return openblas_get_corename ? kernels_better_than(openblas_get_corename()) : NULL;
}

void lenet5_blas_use_one_thread(void)
{
    if (openblas_set_num_threads && openblas_get_parallel() == LENET5_BLAS_PTHREAD)
        openblas_set_num_threads(1);
}
