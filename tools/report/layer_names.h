/* How rows of a network are called for people. */
#ifndef LAYER_NAMES_H
#define LAYER_NAMES_H

#include <lenet5/lenet5.h>
#include <stddef.h>

enum { LAYER_NAME_SIZE = 32 };

/*
 * The paper's name of a row: convolutions, poolings and dense layers count from 1 and are C, S and F; a
 * dense layer straight behind flattened maps is the convolution over whole maps that it stands for, so C5;
 * the last one is "output". Rows without a number, as activations, have the empty name.
 */
void layer_paper_name(char label[LAYER_NAME_SIZE], const struct lenet5_network *network, int row);

/* What a row does, "5x5 convolution", "2x2 average pooling", "full connection", "tanh", ... */
void layer_operation(char label[LAYER_NAME_SIZE], const struct lenet5_layer *layer);

/* Digits in groups of three: 61,706. */
void layer_count_text(char label[LAYER_NAME_SIZE], size_t count);

#endif
