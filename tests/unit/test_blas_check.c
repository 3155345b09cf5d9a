/*
 * The check of SGEMM: it looks at every product that a network really asks for, and it notices a BLAS
 * that is wrong. Linked with --wrap=cblas_sgemm, so that the calls pass by here.
 */
#include <cblas.h>
#include <lenet5/lenet5.h>
#include <math.h>
#include <string.h>

#include "suite.h"

enum { MOST = 4096 };

struct shape {
    int trans_a, trans_b, m, n, k;
};

static struct shapes {
    int count;
    struct shape list[MOST];
} * recording;

/* What SGEMM does wrong. */
static enum { NOTHING, A_LITTLE, A_ROW_TOO_LONG, READS_C, NO_NUMBER } fault;
static int faulty_m; /* in products of so many rows */

static struct lenet5_error error;
static struct lenet5_network *network;

static bool has(const struct shapes *shapes, struct shape shape)
{
    for (int i = 0; i < shapes->count; i++)
        if (memcmp(&shapes->list[i], &shape, sizeof(shape)) == 0)
            return true;
    return false;
}

__typeof__(cblas_sgemm) __real_cblas_sgemm, __wrap_cblas_sgemm;

void __wrap_cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE trans_a, CBLAS_TRANSPOSE trans_b,
                        blasint m, blasint n, blasint k, float alpha, const float *a, blasint lda,
                        const float *b, blasint ldb, float beta, float *c, blasint ldc)
{
    const struct shape shape = {trans_a == CblasTrans, trans_b == CblasTrans, m, n, k};
    const bool faulty = m == faulty_m;
    const float old = c[(m - 1) * ldc]; /* NaN, before a product that must not read it */
#ifdef _OPENMP
#pragma omp critical
#endif
    if (recording && !has(recording, shape)) {
        ck_assert_int_lt(recording->count, MOST);
        recording->list[recording->count++] = shape;
    }
    __real_cblas_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    if (faulty && fault == A_LITTLE)
        c[(m - 1) * ldc + n - 1] += 1e-3f;
    if (faulty && fault == A_ROW_TOO_LONG)
        c[(m - 1) * ldc + n] += 1;
    if (faulty && fault == READS_C)
        c[(m - 1) * ldc] += 0 * old;
    if (faulty && fault == NO_NUMBER)
        c[0] = NAN;
}

static void set_up(void)
{
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_HE, 1, &error), LENET5_OK);
}

static void tear_down(void)
{
    lenet5_network_destroy(network);
}

TEST(this_machine_is_right)
{
    struct lenet5_blas_check found;
    ck_assert_msg(!lenet5_blas_check(&found, network, 0, &error), "%s", error.message);
    ck_assert_int_gt(found.shapes, 100);
    ck_assert_int_ge(found.products, found.shapes);
    ck_assert(found.worst > 0 && found.worst <= 1);
    ck_assert_int_eq(lenet5_blas_check(&found, network, 65, &error), LENET5_ERROR_ARGUMENT);
}

/* One epoch with batches of all sizes to 20, and classification of so many images. */
TEST(every_product_of_training_is_checked)
{
    static struct shapes used, checked;
    struct lenet5_blas_check found;
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_dataset *digits;
    struct lenet5_trainer *trainer;
    struct lenet5_evaluation evaluation;
    struct lenet5_classifier *classifier;
    static uint32_t indices[20];
    training.batch_size = 20;
    training.validation = 0;
    training.threads = 1;
    ck_assert(!lenet5_dataset_draw_digits(&digits, 20, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_trainer_create(&trainer, network, digits, &training, &error));
    recording = &used;
    for (int n = 1; n <= 20; n++) {
        struct lenet5_dataset *few;
        indices[n - 1] = (uint32_t)n - 1;
        ck_assert(!lenet5_trainer_step(trainer, indices, n, NULL, &error));
        ck_assert(!lenet5_dataset_draw_digits(&few, (size_t)n, 1, LENET5_SPLIT_TEST, &error));
        ck_assert(!lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error));
        ck_assert(!lenet5_evaluate(classifier, &evaluation, few, &error));
        lenet5_classifier_destroy(classifier);
        lenet5_dataset_destroy(few);
    }
    recording = &checked;
    ck_assert(!lenet5_blas_check(&found, network, 0, &error));
    recording = NULL;
    ck_assert_int_gt(used.count, 50);
    for (int i = 0; i < used.count; i++) {
        const struct shape *s = &used.list[i];
        ck_assert_msg(has(&checked, *s), "%c%c %dx%dx%d is not checked", s->trans_a ? 'T' : 'N',
                      s->trans_b ? 'T' : 'N', s->m, s->n, s->k);
    }
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(digits);
}

TEST_LOOP(wrong_products_are_found, A_LITTLE, NO_NUMBER + 1)
{
    static const char *const messages[] = {[A_LITTLE] = "120x",
                                           [A_ROW_TOO_LONG] = "off by inf",
                                           [READS_C] = "off by inf",
                                           [NO_NUMBER] = "off by inf"};
    struct lenet5_blas_check found;
    fault = (unsigned)_i;
    faulty_m = 120;
    ck_assert_int_eq(lenet5_blas_check(&found, network, 0, &error), LENET5_ERROR_BLAS);
    ck_assert(found.worst > 1);
    ck_assert_msg(strstr(found.worst_shape, "120x") && strstr(error.message, messages[_i]), "%s",
                  error.message);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
}
