/* For the library only, beside <lenet5/setting.h>: a setting's value as a number, and the checks. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <lenet5/setting.h>

/* The field as a number; of a bool 0 or 1, of an enum its value. Not for seeds. */
double setting_number(const struct lenet5_setting *setting, const struct lenet5_training *training);

/* Every setting by its range, and those that depend on each other. Errors: ARGUMENT. */
enum lenet5_status settings_check(const struct lenet5_training *training,
                                  struct lenet5_error *error);

#endif
