#include "optimizer.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

enum lenet5_status optimizer_init(struct optimizer *optimizer,
                                  const struct lenet5_training *training, size_t count,
                                  struct lenet5_error *error)
{
    const bool adam = training->optimizer == LENET5_OPTIMIZER_ADAM ||
                      training->optimizer == LENET5_OPTIMIZER_ADAMW;
    *optimizer = (struct optimizer){.training = training, .count = count};
    optimizer->first = memory_alloc(count, sizeof(float));
    optimizer->second = adam ? memory_alloc(count, sizeof(float)) : NULL;
    if (optimizer->first && (!adam || optimizer->second))
        return LENET5_OK;
    optimizer_finish(optimizer);
    return fail(error, LENET5_ERROR_MEMORY, "out of memory");
}

void optimizer_finish(struct optimizer *optimizer)
{
    memory_free(optimizer->first);
    memory_free(optimizer->second);
    *optimizer = (struct optimizer){0};
}

void optimizer_begin(struct optimizer *optimizer, double rate)
{
    const struct lenet5_training *t = optimizer->training;
    const bool decoupled = t->optimizer == LENET5_OPTIMIZER_ADAMW;
    const double step = (double)++optimizer->step;
    optimizer->rate = rate;
    if (!optimizer->second)
        return;
    const double correct = 1 / sqrt(1 - pow(t->beta2, step));
    optimizer->adam = (struct adam){
        .rate = (float)(rate / (1 - pow(t->beta1, step))),
        .beta1 = (float)t->beta1,
        .beta2 = (float)t->beta2,
        .epsilon = (float)(t->epsilon_hat ? t->epsilon * correct : t->epsilon),
        .decay = decoupled ? 0 : (float)t->weight_decay,
        .shrink = decoupled ? (float)(1 - rate * t->weight_decay) : 1,
        .correct = (float)correct,
    };
}

void optimizer_set_curvature(struct optimizer *optimizer, const float *curvature)
{
    const float mu = (float)optimizer->training->mu;
    for (size_t i = 0; i < optimizer->count; i++)
        optimizer->first[i] = 1 / (mu + curvature[i]);
}

void optimizer_update(const struct optimizer *optimizer, float *parameters, const float *gradient,
                      size_t first, size_t count)
{
    const struct lenet5_training *t = optimizer->training;
    if (t->optimizer == LENET5_OPTIMIZER_SGD)
        optimizer_sgd(parameters + first, optimizer->first + first, gradient, count,
                      (float)optimizer->rate, (float)t->momentum, t->nesterov ? 1 : 0,
                      (float)t->weight_decay);
    else if (t->optimizer == LENET5_OPTIMIZER_SDLM)
        optimizer_scaled(parameters + first, optimizer->first + first, gradient, count,
                         (float)optimizer->rate, (float)t->weight_decay);
    else
        optimizer_adam(parameters + first, optimizer->first + first, optimizer->second + first,
                       gradient, count, &optimizer->adam);
}
