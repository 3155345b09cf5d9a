/* What the programs work on: as many bytes as MNIST has, in memory, and the network over them. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <lenet5/lenet5.h>

enum { WORKLOAD_SAMPLES = 60000, WORKLOAD_SIDE = 28 };

struct workload {
    uint8_t *images; /* (WORKLOAD_SAMPLES, 28, 28) drawn digits */
    struct lenet5_dataset *data;
    uint32_t order[WORKLOAD_SAMPLES]; /* samples in shuffled order */
};

/* Made once and kept until the program ends. */
const struct workload *workload(void);

/* A network of the architecture with its starting weights. */
struct lenet5_network *workload_network(const struct lenet5_architecture *architecture);

/* SGD with Nesterov's momentum at a constant rate. */
struct lenet5_training workload_training(enum lenet5_backend backend, int batch, int threads);

/* The backend of that name, -1 = none. */
int workload_backend(const char *name);

/* Of one sample: forward, or a training step, whose first layer needs no gradient of its input. */
double workload_flops(const struct lenet5_network *network, bool training);

/* Ends the program with the error's message unless status is LENET5_OK. */
void workload_check(enum lenet5_status status, const struct lenet5_error *error);

#endif
