/* lenet5-train --self-test: whether this machine's numbers can be believed. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include "recipe.h"

/*
 * Checks SGEMM on the recipe's network, the naive against the blas backend, and that training ends in
 * the same weights on any number of threads. Prints what it found, as JSON if asked to; returns an exit
 * status, CLI_OK or CLI_FAILURE.
 */
int selftest(const struct recipe *recipe, bool json);

#endif
