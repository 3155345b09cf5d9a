/* Whether a file of a known data set is what was published. */
#ifndef VERIFY_H
#define VERIFY_H

#include "datasets/known.h"

enum verdict {
    VERDICT_GOOD,     /* a published hash matches: of the file or of its unpacked contents */
    VERDICT_RECORDED, /* nothing was published for it, but it is as it was when it was fetched */
    VERDICT_UNKNOWN,  /* nothing was published and nothing recorded; it unpacks without a mistake */
    VERDICT_MISSING,
    VERDICT_WRONG,
    VERDICT_UNREADABLE,
};

/*
 * Looks at a file of a known data set in a directory, packed or else plain. what becomes a phrase
 * that describes it.
 */
enum { VERIFY_WHAT_SIZE = 256 };
enum verdict verify_file(char what[VERIFY_WHAT_SIZE], const char *directory,
                         const struct known_file *file);

/* The same for a downloaded file that has another name yet. */
enum verdict verify_path(char what[VERIFY_WHAT_SIZE], const char *path,
                         const struct known_file *file);

static inline bool verdict_is_good(enum verdict verdict)
{
    return verdict <= VERDICT_UNKNOWN;
}

/*
 * Writes the SHA-256 of these files into the directory's SHA256SUMS, in the format of sha256sum, which
 * reads it too. Returns an exit code after printing what is wrong.
 */
int verify_record(const char *directory, const struct known_file *const *files, int count);

#endif
