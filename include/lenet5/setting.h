/*
 * The settings of training as a table: for a program that offers them to its users, reads them from a
 * file or prints them. lenet5-train's options, checkpoints and the checks of lenet5_trainer_create read
 * the same table.
 *
 *     struct lenet5_training training = lenet5_training_defaults();
 *     if (lenet5_setting_set(&training, "rate", "0.01", &error) ||
 *         lenet5_setting_set(&training, "optimizer", "adam", &error))
 *         puts(error.message);
 */
#ifndef LENET5_SETTING_H
#define LENET5_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"
#include "trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a setting's field in struct lenet5_training. */
enum lenet5_setting_kind {
    LENET5_SETTING_BOOL,   /* bool */
    LENET5_SETTING_INT,    /* int */
    LENET5_SETTING_REAL,   /* double */
    LENET5_SETTING_CHOICE, /* an enum; `words` has a word for each of its values */
    LENET5_SETTING_SEED,   /* uint64_t; all values are allowed */
};

/* One setting. Static and constant; only the library makes one, so that fields can be added. */
struct lenet5_setting {
    const char *key;    /* "rate": in checkpoints and for the functions below */
    const char *name;   /* "learning rate": in messages and reports */
    const char *option; /* "lr": lenet5-train's option is --lr */
    char letter;        /* 'l': and -l; 0 = none */
    const char *group;  /* "Optimizer": the heading in lenet5-train's help */
    const char *help;   /* one sentence for users, without a full stop */
    const char *unit;   /* "pixels"; "" = none */
    enum lenet5_setting_kind kind;
    size_t offset; /* bytes from the start of struct lenet5_training */
    /* INT and REAL: the range, both ends included. Some ranges also depend on other settings:
     * lenet5_trainer_create checks those. */
    double least, most;
    bool below;               /* `most` itself is too large */
    const char *const *words; /* CHOICE: in the order of the enum, NULL at the end */
    bool
        local; /* concerns this machine only: the weights do not depend on it, checkpoints leave it out */
    bool rare; /* seldom needed: lenet5-train shows it only by --help=all */
};

/* All settings, i from 0, by group; NULL past the last. */
LENET5_API const struct lenet5_setting *lenet5_setting_at(int i);

/* The setting with this key; NULL = there is none. */
LENET5_API const struct lenet5_setting *lenet5_setting(const char *key);

/*
 * Sets a field from text: a whole number, a decimal number ("0.01", "1e-3", always with a point),
 * "true" or "false", or one of the setting's words.
 * Errors: ARGUMENT (no such key; no value of the setting's kind, or out of its range). *training is
 * then unchanged.
 */
LENET5_API enum lenet5_status lenet5_setting_set(struct lenet5_training *training, const char *key,
                                                 const char *text, struct lenet5_error *error);

/* Room for the text of any setting's value, with its NUL. */
enum { LENET5_SETTING_TEXT = 32 };

/*
 * Writes a field as text that lenet5_setting_set reads back to the same value.
 * Errors: ARGUMENT (no such key; an enum without a word), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_setting_get(const struct lenet5_training *training,
                                                 const char *key, char text[LENET5_SETTING_TEXT],
                                                 struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
