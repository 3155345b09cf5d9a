/*
 * What the tests of model files share: a directory of the test's own, a little network with one of
 * everything, and files as bytes.
 */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include <lenet5/model_file.h>
#include <limits.h>

#include "suite.h"

enum { FILE_MAX = 1 << 21, SMALL_PARAMETERS = 69 };

extern char directory[PATH_MAX], model_path[PATH_MAX], other_path[PATH_MAX];
extern struct lenet5_error error;

struct bytes {
    size_t size;
    unsigned char at[FILE_MAX];
};

extern struct bytes file, second; /* file: the little network's model, when a test begins */

/* A directory for each test, in which a save must leave nothing but its model. */
void small_model_fixture(TCase *tests);

/* How many files of a save lie there. */
int temporary_files(void);

extern const struct lenet5_architecture small;
extern const uint8_t small_table[6]; /* the connections of row 4 */

/* A network with bit patterns of all kinds as parameters, among them -0 and denormals. */
struct lenet5_network *make(const struct lenet5_architecture *architecture);

void read_bytes(struct bytes *bytes, const char *path);

/* Expects success. */
void save(const struct lenet5_network *network, const char *path);

/* The little network at model_path, and the bytes of it in file. */
void save_small(void);

/* Expects that loading fails with a message which starts with the path. */
void check_refused(enum lenet5_status status, const char *path, const char *message);

#endif
