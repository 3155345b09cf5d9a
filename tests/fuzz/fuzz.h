/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput: it gives arbitrary bytes to one
 * reader, which has to accept or refuse them. libFuzzer drives it (run.sh), and replay.c does in the
 * ordinary test suite.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <lenet5/network.h>
#include <lenet5/status.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { FUZZ_FILES = 2 };

/* The path of file number i, in memory, which now holds these bytes; static. */
const char *fuzz_file(int i, const uint8_t *bytes, size_t size);

/* Aborts unless the status is success, or one of a bad or too large file with a sentence about it. */
void fuzz_check(enum lenet5_status status, const struct lenet5_error *error);

/* Looks at every byte, for the sanitizers' eyes. */
void fuzz_read(const uint8_t *bytes, size_t size);

/* Accepted means usable: a network of ordinary size classifies an image. */
void fuzz_use(const struct lenet5_network *network);

#endif
