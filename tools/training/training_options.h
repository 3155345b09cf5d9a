/* The options of lenet5-train: its own, and one for each training setting of the library. */
#ifndef TRAINING_OPTIONS_H
#define TRAINING_OPTIONS_H

#include "cli/option_table.h"
#include "recipe.h"

/*
 * The table of *all options: behind the own options of each group, the library's settings of the same
 * group (<lenet5/setting.h>), stored in recipe->training. A bool NAME gets the option no-NAME too. The
 * table is valid until the program ends. Exits if memory is missing.
 */
const struct cli_option *training_options(const struct cli_option *own, int own_count,
                                          struct recipe *recipe, int *all);

#endif
