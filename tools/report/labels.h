/* How rows of a network are called for people. */
#ifndef LABELS_H
#define LABELS_H

#include <lenet5/lenet5.h>
#include <stddef.h>

enum { LABEL_SIZE = 32 };

/*
 * The paper's name of a row: convolutions, poolings and dense layers count from 1 and are C, S and F; a
 * dense layer straight behind flattened maps is the convolution over whole maps that it stands for, so C5;
 * the last one is "output". Rows without a number, as activations, have the empty name.
 */
void label_paper(char label[LABEL_SIZE], const struct lenet5_network *network, int row);

/* What a row does, "5x5 convolution", "2x2 average pooling", "full connection", "tanh", ... */
void label_operation(char label[LABEL_SIZE], const struct lenet5_layer *layer);

/* Digits in groups of three: 61,706. */
void label_count(char label[LABEL_SIZE], size_t count);

#endif
