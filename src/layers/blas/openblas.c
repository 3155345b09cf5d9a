/* Describes OpenBLAS and sets its threads; -Dblas chooses between this file, blis.c and netlib.c. */
#include <cblas.h>
#include <lenet5/runtime.h>
#include <stdio.h>

#include "base/vector.h"
#include "blas_core.h"

void lenet5_blas_describe(struct lenet5_blas *blas)
{
    const char *config = openblas_get_config(), *core = openblas_get_corename();
    *blas = (struct lenet5_blas){0};
    snprintf(blas->config, sizeof(blas->config), "%s", config ? config : "unknown");
    snprintf(blas->core, sizeof(blas->core), "%s", core ? core : "unknown");
    blas->parallel = (enum lenet5_blas_parallel)openblas_get_parallel();
}

const char *lenet5_blas_better_core(void)
{
    return blas_core_better_than(openblas_get_corename(), vector_cpu_lanes());
}

void lenet5_blas_use_one_thread(void)
{
    /* In the OpenMP build of 0.3.21 this would shrink our own teams to one thread. */
    if (openblas_get_parallel() == LENET5_BLAS_PTHREAD)
        openblas_set_num_threads(1);
}
