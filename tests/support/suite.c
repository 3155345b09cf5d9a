#include "suite.h"

int main(int argc, char **argv)
{
    (void)argc;
    Suite *suite = suite_create(argv[0]);
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    add_tests(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
