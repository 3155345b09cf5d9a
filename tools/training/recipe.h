/* The network and its training: a preset with the changes of the command line. */
#ifndef RECIPE_H
#define RECIPE_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

#include "report/report_data.h"

struct recipe {
    unsigned preset; /* its number */
    enum lenet5_init init;
    struct lenet5_training training;
    bool with_test;
    enum lenet5_fit fit;
    /* Indices into the lists below. */
    unsigned activation, pooling, f6, scaling, augment;
    double dropout; /* of every dropout layer; below 0 = the preset's */
    bool rate_given, optimizer_given;
};

/* For options' choices; the first of the last four means the preset's. recipe_presets is empty until
 * recipe_start. */
enum { RECIPE_PRESETS = 16 };
extern const char *recipe_presets[RECIPE_PRESETS + 1];
extern const char *const recipe_activations[];
extern const char *const recipe_poolings[];
extern const char *const recipe_f6s[];
extern const char *const recipe_scalings[];

/* Starts with the default preset. */
void recipe_start(struct recipe *recipe);

/* Takes the settings of recipe->preset, with the augmentation of recipe->augment. */
void recipe_take_preset(struct recipe *recipe);

/*
 * The changed network with its weights as they start; its last layer, and so its outputs, fitted to this
 * number of classes with these names, NULL = the preset's. The caller destroys *network. Returns an exit code.
 */
int recipe_network(struct lenet5_network **network, const struct recipe *recipe, int classes,
                   const char *const *names);

/* The settings and times as lines of a table; returns their number. from is the model that training
 * started from, or NULL. */
int recipe_facts(struct report_fact facts[REPORT_MOST_FACTS], const struct recipe *recipe,
                 const char *from, const struct lenet5_result *result);

/* For --list-presets: prints a description of all presets and exits. */
int recipe_list_presets(void);

#endif
