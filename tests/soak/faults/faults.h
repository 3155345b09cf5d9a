/* For programs that run with faults.so preloaded: which calls are to fail from here on. */
#ifndef FAULTS_H
#define FAULTS_H

enum faults_kind { FAULTS_NOTHING, FAULTS_MEMORY, FAULTS_FILES, FAULTS_THREADS };
enum faults_mode { FAULTS_ONCE, FAULTS_EVER, FAULTS_KILL, FAULTS_HALVES };

/*
 * The at-th call of a kind, counted from 1 and from now, fails with this errno; 0 = none does. FAULTS_HALVES with 0 lets
 * every call that reads or writes do half of what it is asked for, as it may.
 */
void faults_arm(enum faults_kind kind, long at, enum faults_mode mode, int failure);

/* No more of them. Returns how many calls of the kind there were. */
long faults_disarm(void);

/* How many blocks of memory are in use now; of threads other than the first, too. */
long faults_blocks(void);

#endif
