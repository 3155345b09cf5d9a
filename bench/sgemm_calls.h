/*
 * Records the SGEMM calls of some work and replays them.
 *
 * The linker redirects the library's calls here (--wrap), and its calls of the kernels in src/layers/direct/direct.h,
 * which replace SGEMM in the direct backend.
 */
#ifndef SGEMM_CALLS_H
#define SGEMM_CALLS_H

enum { SHAPE_NAME_SIZE = 64 };

/* Calls of equal kernel, transpositions and sizes. */
struct shape {
    char name[SHAPE_NAME_SIZE]; /* "sgemm NT 25x6x448": rows, columns, length of the sums */
    int calls;
    double flops; /* of all of them */
};

struct sgemm_calls {
    struct call *list;
    int count, room;
    int *shape_of; /* (count), every call's place in shapes */
    struct shape *shapes;
    int shape_count;
};

/* Between the two, calls on any one thread are appended to *calls, which starts as zeros. */
void sgemm_calls_start(struct sgemm_calls *calls);
void sgemm_calls_stop(void);

/* Repeats the calls on the same buffers: all in their order, or those of one shape. */
void sgemm_calls_replay(const struct sgemm_calls *calls);
void sgemm_calls_replay_shape(const struct sgemm_calls *calls, int shape);

#endif
