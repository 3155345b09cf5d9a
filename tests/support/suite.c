#include "suite.h"

enum { MOST_TESTS = 64 };

static struct {
    const TTest *test;
    int first, end;
} list[MOST_TESTS];
static int count;

void suite_add(const TTest *test, int first, int end)
{
    if (count == MOST_TESTS)
        abort();
    list[count].test = test;
    list[count].first = first;
    list[count++].end = end;
}

__attribute__((weak)) void add_fixtures(TCase *tests)
{
    (void)tests;
}

int main(int argc, char **argv)
{
    (void)argc;
    Suite *suite = suite_create(argv[0]);
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    add_fixtures(tests);
    for (int i = 0; i < count; i++)
        tcase_add_loop_test(tests, list[i].test, list[i].first, list[i].end);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
