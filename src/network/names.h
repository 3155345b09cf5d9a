/*
 * The names of the library's enumerators, in their order, NULL at the end: for the command line, model
 * files, checkpoints and messages. The programs compile this file too; the library does not export it.
 */
#ifndef NAMES_H
#define NAMES_H

extern const char *const names_backends[];
extern const char *const names_losses[];
extern const char *const names_optimizers[];
extern const char *const names_schedules[];
extern const char *const names_inits[];
extern const char *const names_holdouts[];
extern const char *const names_keeps[];
extern const char *const names_centrings[];
extern const char *const names_fits[];
extern const char *const names_layer_kinds[];
extern const char *const names_splits[];

/* The index of a name in such a list; -1 = it is not there, or it is NULL. */
int names_index(const char *const *names, const char *name);

#endif
