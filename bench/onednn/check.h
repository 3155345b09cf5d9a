/* Every variant beside the same network in plain loops and double precision. */
#ifndef CHECK_H
#define CHECK_H

/* Prints a line for each comparison, and gives the program's exit status. */
int check(void);

#endif
