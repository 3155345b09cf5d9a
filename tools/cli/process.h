/* The process that a program runs in: its descriptors, signals and environment. */
#ifndef PROCESS_H
#define PROCESS_H

/*
 * Opens the standard descriptors that are closed, turns broken pipes and full disks into errors, and has
 * stdout checked at exit.
 */
void process_prepare(void);

/*
 * Starts the program once more if libgomp or OpenBLAS, which read the environment before main, would
 * run better with settings that the user has not made.
 */
void process_restart(char **argv);

#endif
