/* The data of the programs that measure: as many images as MNIST, in memory, and networks for them. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <lenet5/lenet5.h>

enum { WORKLOAD_SAMPLES = 60000, WORKLOAD_SIDE = 28 };

struct workload {
    uint8_t *images; /* (WORKLOAD_SAMPLES, 28, 28) drawn digits */
    struct lenet5_dataset *data;
    uint32_t order[WORKLOAD_SAMPLES]; /* samples in shuffled order */
};

/* Created at the first call; never freed. */
const struct workload *workload(void);

/* A network of the architecture with initial weights; the caller owns it. */
struct lenet5_network *workload_network(const struct lenet5_architecture *architecture);

/* SGD with Nesterov momentum at a constant learning rate. */
struct lenet5_training workload_training(enum lenet5_backend backend, int batch, int threads);

/* The backend with this name, or -1. */
int workload_backend(const char *name);

/* Floating-point operations of one sample: forward, or a training step, without the first layer's dx. */
double workload_flops(const struct lenet5_network *network, bool training);

/* Exits with the error's message unless status is LENET5_OK; MUST is for a call that writes `error`. */
#define MUST(call) workload_check(call, &error)
void workload_check(enum lenet5_status status, const struct lenet5_error *error);

#endif
