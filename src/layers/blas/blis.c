/* BLIS in place of OpenBLAS. Every thread may call it; it starts threads only if BLIS_NUM_THREADS is set. */
#include <blis.h>
#include <lenet5/runtime.h>
#include <stddef.h>
#include <stdio.h>

void lenet5_blas_describe(struct lenet5_blas *blas)
{
    *blas = (struct lenet5_blas){0};
    snprintf(blas->config, sizeof(blas->config), "BLIS %s", bli_info_get_version_str());
    snprintf(blas->core, sizeof(blas->core), "%s", bli_arch_string(bli_arch_query_id()));
    blas->parallel = LENET5_BLAS_REENTRANT;
}

const char *lenet5_blas_better_core(void)
{
    return NULL;
}

void lenet5_blas_use_one_thread(void)
{
    bli_thread_set_num_threads(1); /* whatever BLIS_NUM_THREADS says */
}
