/* The words for the library's enums, in the enums' order, NULL at the end. */
#ifndef NAMES_H
#define NAMES_H

extern const char *const names_backends[],
    *const names_losses[], *const names_optimizers[], *const names_schedules[],
                                                          *const names_inits[],
                                                              *const names_holdouts[],
                                                                  *const names_keeps[],
                                                                      *const names_centrings[],
                                                                          *const names_fits[];

#endif
