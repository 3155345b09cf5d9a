/*
 * lenet5: trains and runs LeNet-5 networks on a CPU. This header includes all others; read
 * network.h, dataset.h, trainer.h and classifier.h first.
 *
 *     struct lenet5_error error;
 *     struct lenet5_network *network;
 *     struct lenet5_classifier *classifier;
 *     float probabilities[10];
 *
 *     if (lenet5_model_load(&network, "model.safetensors", &error) ||
 *         lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error) ||
 *         lenet5_classify(classifier, probabilities, image, 1, 28, 28, &error))
 *         puts(error.message);
 *
 * A function that can fail returns LENET5_OK (0) or another enum lenet5_status, and writes a message to
 * its struct lenet5_error *, which may be NULL. No other pointer may be NULL unless its description says
 * so. A function that fails to create an object sets the pointer to NULL. Outputs come before inputs,
 * and sizes last. An enumerator begins with the name of its enum: LENET5_BACKEND_BLAS is a value of
 * enum lenet5_backend. The library never prints, exits, forks, or changes locale, signals or
 * floating-point mode.
 *
 * Stability, 0.x: the interface may change between minor versions; CHANGELOG.md lists each change. Files
 * written by one version are read by all later ones.
 */
#ifndef LENET5_LENET5_H
#define LENET5_LENET5_H

#include "checkpoint.h"
#include "classifier.h"
#include "dataset.h"
#include "features.h"
#include "image.h"
#include "model_file.h"
#include "network.h"
#include "preset.h"
#include "runtime.h"
#include "setting.h"
#include "status.h"
#include "trainer.h"

#endif
