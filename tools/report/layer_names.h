/* Names of layers for people. */
#ifndef LAYER_NAMES_H
#define LAYER_NAMES_H

#include <lenet5/lenet5.h>
#include <stddef.h>

enum { LAYER_NAME_SIZE = 32 };

/*
 * The paper's name of a layer: convolutions C, poolings S and dense layers F are numbered from 1. A dense
 * layer right after flattened maps equals a convolution over whole maps and is named so: C5. The last one
 * is "output". Activations and other layers without a number have the empty name.
 */
void layer_paper_name(char label[LAYER_NAME_SIZE], const struct lenet5_network *network, int layer);

/* "5x5 convolution", "2x2 average pooling", "full connection", "tanh" and so on. */
void layer_operation(char label[LAYER_NAME_SIZE], const struct lenet5_layer *layer);

/* Digits in groups of three: 61,706. */
void layer_count_text(char label[LAYER_NAME_SIZE], size_t count);

#endif
