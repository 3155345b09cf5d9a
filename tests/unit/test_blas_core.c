/* The choice of OpenBLAS's kernels, on CPUs that are made up. */
#include "layers/blas/blas_core.h"
#include "suite.h"

enum { OLDER = 4, AVX2 = 8, AVX512 = 16 };

TEST(wider_vectors_are_better)
{
    ck_assert_str_eq(blas_core_better_than("Prescott", AVX512), "SkylakeX");
    ck_assert_str_eq(blas_core_better_than("Haswell", AVX512), "SkylakeX");
    ck_assert_str_eq(blas_core_better_than("Zen", AVX512), "SkylakeX");
    ck_assert_str_eq(blas_core_better_than("Prescott", AVX2), "Haswell");
    ck_assert_str_eq(blas_core_better_than("Sandybridge", AVX2), "Haswell");
}

TEST(what_serves_the_cpu_stays)
{
    ck_assert_ptr_null(blas_core_better_than("Cooperlake", AVX512));
    ck_assert_ptr_null(blas_core_better_than("SkylakeX", AVX512));
    ck_assert_ptr_null(blas_core_better_than("Zen", AVX2));
    ck_assert_ptr_null(blas_core_better_than("SkylakeX", AVX2)); /* the user knows */
    ck_assert_ptr_null(blas_core_better_than("Nehalem", OLDER));
    ck_assert_ptr_null(blas_core_better_than("neoversen1", OLDER));
    ck_assert_ptr_null(blas_core_better_than(NULL, AVX512));
}
