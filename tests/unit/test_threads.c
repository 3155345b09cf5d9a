/* Threads: how many, where they run, and that the host program's own settings stay as they are. */
#include <fenv.h>
#include <lenet5/lenet5.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/parallel.h"
#include "engine/thread_count.h"
#include "files.h"
#include "suite.h"

static struct lenet5_error error;

struct seen {
    int order[100], blas_threads[100];
};

static void look(void *context, int task, int worker)
{
    struct seen *seen = context;
    (void)worker;
    seen->order[task]++;
    seen->blas_threads[task] = omp_in_parallel() ? 1 : omp_get_max_threads();
}

/* An OpenMP OpenBLAS takes one thread where omp_in_parallel() or omp_get_max_threads() says so. */
TEST(tasks_run_once_and_blas_stays_on_its_thread)
{
    const int before = omp_get_max_threads();
    for (int threads = 1; threads <= 3; threads++) {
        struct seen seen = {0};
        const struct parallel_phase phases[] = {{.tasks = 100, .run = look},
                                                {.tasks = 50, .run = look}};
        parallel_run(threads, phases, 2, &seen);
        for (int task = 0; task < 100; task++) {
            ck_assert_int_eq(seen.order[task], task < 50 ? 2 : 1);
            ck_assert_int_eq(seen.blas_threads[task], 1);
        }
        ck_assert_int_eq(omp_get_max_threads(), before);
    }
}

TEST(host_settings_are_untouched)
{
    struct lenet5_dataset *digits;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_result result;
    fenv_t before, after;
    training.epochs = 1;
    training.threads = 2;
    omp_set_num_threads(5);
    fesetround(FE_UPWARD);
    fegetenv(&before);
    ck_assert_int_eq(lenet5_dataset_draw_digits(&digits, 200, 1, LENET5_SPLIT_TRAIN, &error),
                     LENET5_OK);
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_ORTHOGONAL, 1, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, digits, &training, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, NULL, NULL, &error), LENET5_OK);
    fegetenv(&after);
    ck_assert_int_eq(omp_get_max_threads(), 5);
    ck_assert_int_eq(fegetround(), FE_UPWARD);
#ifdef __x86_64__
    /* Rounding, masks, flush-to-zero and denormals-are-zero; the low six bits are sticky flags. */
    ck_assert_uint_eq(before.__mxcsr & ~0x3fu, after.__mxcsr & ~0x3fu);
#endif
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(digits);
}

#ifdef __SSE__
static volatile float small = 1e-38f, tenth = 0.1f, products[16];

static void multiply(void *context, int task, int worker)
{
    (void)context;
    (void)worker;
    products[task] = small * tenth;
}

/* On many CPUs operations on denormals are a hundred times slower than others. */
TEST(denormals_are_zeros_in_tasks_only)
{
    const struct parallel_phase phase = {.tasks = 16, .run = multiply};
    for (int threads = 1; threads <= 4; threads++) {
        for (int i = 0; i < 16; i++)
            products[i] = 1;
        parallel_run(threads, &phase, 1, NULL);
        for (int i = 0; i < 16; i++)
            ck_assert(products[i] == 0);
        ck_assert(small * tenth > 0);
    }
}
#endif

TEST(number_of_threads_is_checked)
{
    int threads = 0;
    ck_assert_int_eq(threads_resolve(&threads, LENET5_BACKEND_BLAS, &error), LENET5_OK);
    ck_assert_int_eq(threads, lenet5_default_threads());
    ck_assert_int_ge(threads, 1);
    threads = 65;
    ck_assert_int_eq(threads_resolve(&threads, LENET5_BACKEND_NAIVE, &error),
                     LENET5_ERROR_ARGUMENT);
    threads = -1;
    ck_assert_int_eq(threads_resolve(&threads, LENET5_BACKEND_NAIVE, &error),
                     LENET5_ERROR_ARGUMENT);
}

/*
 * Debian's serial OpenBLAS is recognised: the naive path may still use threads, the BLAS path not.
 */
TEST(serial_blas_is_refused)
{
    struct lenet5_blas blas;
    int threads = 2;
    lenet5_blas_describe(&blas);
    ck_assert_str_ne(blas.config, "");
    ck_assert_str_ne(blas.core, "");
    ck_assert_int_eq(threads_resolve(&threads, LENET5_BACKEND_BLAS, &error),
                     blas.parallel == LENET5_BLAS_SERIAL ? LENET5_ERROR_BLAS : LENET5_OK);
    ck_assert_int_eq(threads_resolve(&threads, LENET5_BACKEND_NAIVE, &error), LENET5_OK);
    if (blas.parallel == LENET5_BLAS_SERIAL)
        ck_assert_int_eq(lenet5_default_threads(), 1);
}

static void make(const char *name, const char *text)
{
    files_write(name, text, strlen(text));
}

/* Folders as /sys/fs/cgroup has them, and a membership file as /proc/self/cgroup. */
TEST(cgroup_quota)
{
    char *root = strdup(files_path(".")), *membership = strdup(files_path("membership"));
    mkdir(files_path("outer"), 0700);
    mkdir(files_path("outer/inner"), 0700);
    mkdir(files_path("cpu,cpuacct"), 0700);

    ck_assert_int_eq(threads_cgroup_quota("/nowhere", root), 0);
    make("membership", "0::/outer/inner\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 0);
    make("outer/inner/cpu.max", "max 100000\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 0);
    make("outer/inner/cpu.max", "350000 100000\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 4);
    make("outer/cpu.max", "150000 100000\n"); /* the tighter one counts, wherever it stands */
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 2);
    make("cpu.max", "20000 100000\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 1);

    make("membership", "5:memory:/x\n4:cpu,cpuacct:/\n");
    make("cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    make("cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 0);
    make("cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
    ck_assert_int_eq(threads_cgroup_quota(membership, root), 3);
    free(membership);
    free(root);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
}
