/*
 * Dense layers: which kernel serves what.
 *
 *                      blas backend              direct backend
 * inference, n = 1     direct_affine_single()    direct_affine_single()
 * n = MICRO_BATCH      SGEMM                     direct_affine()
 * other n              SGEMM, n = 1 SGEMV        SGEMM, n = 1 SGEMV
 * gradients            SGEMM, n = 1 SGEMV        SGEMM, n = 1 SGEMV
 */
#ifndef DENSE_ALGORITHM_H
#define DENSE_ALGORITHM_H

#include "contract.h"

extern const struct layer_ops blas_dense, direct_dense;

#endif
