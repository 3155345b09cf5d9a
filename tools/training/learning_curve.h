/* The learning curve: the test error of the same training on half of the images, a quarter and so on. */
#ifndef LEARNING_CURVE_H
#define LEARNING_CURVE_H

#include <lenet5/lenet5.h>
#include <signal.h>

#include "recipe.h"

enum { LEARNING_CURVE_MOST = 8 };

/* The test error after training on this number of images. */
struct learning_point {
    size_t samples;
    double error;
};

/*
 * Trains `halvings` networks with the same settings, the one on the fewest images first; stops once *stop
 * is not 0. Returns an exit code.
 */
int learning_curve_train(struct learning_point points[LEARNING_CURVE_MOST], int halvings,
                         const struct recipe *recipe, const char *const *classes,
                         const struct lenet5_dataset *train, const struct lenet5_dataset *test,
                         const volatile sig_atomic_t *stop);

#endif
