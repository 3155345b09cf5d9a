/* The blas backend: overrides of the naive operations where something faster is known. */
#ifndef BLAS_H
#define BLAS_H

#include "../layer.h"

extern const struct layer_ops blas_conv, blas_avg_pool, blas_max_pool, blas_dense, blas_tanh,
    blas_sigmoid, blas_relu;

/* Element by element over count values; x may be y, and dy may be dx. */
void blas_tanh_values(float *y, const float *x, size_t count);
void blas_tanh_gradients(float *dx, const float *dy, const float *y, size_t count);
void blas_sigmoid_values(float *y, const float *x, size_t count);
void blas_sigmoid_gradients(float *dx, const float *dy, const float *y, size_t count);
void blas_relu_values(float *y, const float *x, size_t count);
void blas_relu_gradients(float *dx, const float *dy, const float *y, size_t count);

#endif
