/*
 * Every SGEMM call of a stretch of work, written down and made again.
 *
 * The linker sends the calls of the library here (--wrap), and those to the kernels of
 * src/layers/direct/direct.h too, which stand in for SGEMM on some CPUs.
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

/* Makes them again, on the same buffers: all in their order, or those of one shape. */
void sgemm_calls_replay(const struct sgemm_calls *calls);
void sgemm_calls_replay_shape(const struct sgemm_calls *calls, int shape);

#endif
