/* What is asked of LAPACK; the one home of LAPACKE is matrix.c. On one thread at a time. */
#ifndef LENET5_LAPACK_H
#define LENET5_LAPACK_H

#include <lenet5/status.h>

/*
 * q (tall, thin), by columns, becomes Q of its QR factorisation, with the signs that make R's diagonal
 * positive. Errors: MEMORY.
 */
enum lenet5_status lapack_orthonormalise(float *q, int tall, int thin, struct lenet5_error *error);

/*
 * The `count` largest eigenvalues (count) of a symmetric matrix (size, size), in descending order, and
 * their eigenvectors (count, size), one a row. The matrix is destroyed. Errors: MEMORY.
 */
enum lenet5_status lapack_eigenvectors(float *values, float *vectors, int count, float *matrix,
                                       int size, struct lenet5_error *error);

#endif
