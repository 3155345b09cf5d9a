/* Compares each variant with the same network in plain loops and double precision. */
#ifndef CHECK_H
#define CHECK_H

/* Prints a line for each comparison; returns 1 if one of them fails, else 0. */
int check(void);

#endif
