/*
 * The data sets that lenet5-data fetches and all programs know by name. A hash stands here only when it
 * was published or computed from the files themselves; where none is known the pointer is NULL.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include <lenet5/dataset.h>

struct known_file {
    const char *name;       /* as it is served and kept */
    long long size;         /* bytes as served; 0 = not known */
    const char *sha256;     /* of the file as served, in hex */
    const char *md5;        /* likewise, where nobody published more */
    const char *raw_sha256; /* of what is packed in it: mirrors have packed the same bytes anew */
};

enum { KNOWN_IMAGES, KNOWN_LABELS };

struct known_dataset {
    const char *name, *title, *licence;
    const char *const
        *mirrors; /* where the files are, ending in '/', the best first; NULL at the end */
    const struct known_file *archive; /* the zip that has the files in its folder gzip/; or NULL */
    struct known_file files[2][2];    /* by lenet5_split, then images and labels */
    int counts[2];                    /* by lenet5_split */
    struct lenet5_idx_format format;
    const char *const *classes; /* format.classes names; NULL = "0", "1", ... */
};

enum { KNOWN_DATASETS = 7 };
extern const struct known_dataset known_datasets[KNOWN_DATASETS];

/* NULL where there is none of that name. */
const struct known_dataset *known_find(const char *name);

#endif
