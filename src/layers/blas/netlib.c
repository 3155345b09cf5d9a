/*
 * Any library that implements CBLAS, such as the reference implementation. Debian's libblas.so.3 is an alternative that
 * an administrator may point at OpenBLAS after the build; then this file describes OpenBLAS.
 */
#include <dlfcn.h>
#include <lenet5/runtime.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/vector.h"
#include "blas_core.h"

extern int openblas_get_parallel(void) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
extern void openblas_set_num_threads(int threads) __attribute__((weak));

/*
 * OpenBLAS may be loaded for LAPACK alone while another library multiplies. The one that multiplies is
 * OpenBLAS if it also has what only OpenBLAS adds to CBLAS.
 */
static bool is_openblas(void)
{
    void *product = dlsym(RTLD_DEFAULT, "cblas_sgemm");
    void *extra = dlsym(RTLD_DEFAULT, "cblas_somatcopy");
    Dl_info of_product, of_extra;
    return openblas_get_parallel && openblas_get_config && openblas_get_corename &&
           openblas_set_num_threads && product && extra && dladdr(product, &of_product) &&
           dladdr(extra, &of_extra) && of_product.dli_fbase == of_extra.dli_fbase;
}

void lenet5_blas_describe(struct lenet5_blas *blas)
{
    const bool openblas = is_openblas();
    *blas = (struct lenet5_blas){0};
    snprintf(blas->config, sizeof(blas->config), "%s",
             openblas ? openblas_get_config() : "CBLAS of libblas");
    snprintf(blas->core, sizeof(blas->core), "%s", openblas ? openblas_get_corename() : "unknown");
    blas->parallel = openblas ? (enum lenet5_blas_parallel)openblas_get_parallel()
                              : LENET5_BLAS_REENTRANT;
}

const char *lenet5_blas_better_core(void)
{
    return is_openblas() ? blas_core_better_than(openblas_get_corename(), vector_cpu_lanes())
                         : NULL;
}

void lenet5_blas_use_one_thread(void)
{
    if (is_openblas() && openblas_get_parallel() == LENET5_BLAS_PTHREAD)
        openblas_set_num_threads(1);
}
