/*
 * lenet5: trains and runs LeNet-5 networks on a CPU. This header includes all others.
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
 * Functions that can fail return LENET5_OK or another enum lenet5_status and take an optional
 * struct lenet5_error * for the sentence: NULL there is fine, and nowhere else unless it is said. A
 * function that fails to create something sets its pointer to NULL. The library never prints, exits,
 * forks, or changes locale, signals or floating-point mode.
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
