/*
 * No allocation in the steady state: this program's own malloc counts for the whole process, OpenBLAS
 * included. (For pieces of 2 to 15 samples some of its AVX-512 kernels would take a few kB for a
 * matrix's last columns: whole pieces and single samples it does without.) Only OpenMP's are its own:
 * libgomp makes a new team when its size changes. Built with clang it is skipped: LLVM's OpenMP
 * allocates in every region, and not only from its own library.
 */
#include <dlfcn.h>
#include <errno.h>
#include <lenet5/lenet5.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "suite.h"

#if defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define COUNTING 1
#else
#define COUNTING 0
#endif

static atomic_long allocations;

#if COUNTING
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count(const void *caller)
{
    Dl_info info;
    if (!dladdr(caller, &info) || !info.dli_fname || !strstr(info.dli_fname, "libgomp"))
        allocations++;
}

void *malloc(size_t size)
{
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    count(__builtin_return_address(0));
    *block = __libc_memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}
#endif

static struct lenet5_error error;

TEST_LOOP(steps_do_not_allocate, 1, 3)
{
    struct lenet5_dataset *digits;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    struct lenet5_training training = lenet5_training_defaults();
    static struct lenet5_evaluation evaluation;
    float probabilities[10];
    uint32_t batch[64];
    training.threads = _i;
    lenet5_blas_use_one_thread(); /* a pthread OpenBLAS would hand products to threads of its own */
    for (uint32_t i = 0; i < 64; i++)
        batch[i] = 3 * i;
    ck_assert_int_eq(lenet5_dataset_draw_digits(&digits, 208, 1, LENET5_SPLIT_TRAIN, &error),
                     LENET5_OK);
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_LECUN, 1, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, digits, &training, &error),
                     LENET5_OK);
    ck_assert_int_eq(
        lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, _i, &error), LENET5_OK);
    ck_assert_msg(allocations > 0, "this test does not see allocations");
    long before = 0;
    for (int round = 0; round < 10; round++) {
        if (round == 2) /* OpenMP and OpenBLAS have made their threads and buffers by then */
            before = allocations;
        lenet5_trainer_step(trainer, batch, 64, NULL, &error);
        lenet5_trainer_step(trainer, batch, 17, NULL, &error);
        lenet5_evaluate(classifier, &evaluation, digits, &error);
        lenet5_classify(classifier, probabilities, lenet5_dataset_image(digits, 0), 1, 28, 28,
                        &error);
    }
    ck_assert_int_eq(allocations - before, 0);
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(digits);
}

void add_fixtures(TCase *tests)
{
    (void)tests;
    if (!COUNTING)
        exit(SUITE_SKIPPED);
}
