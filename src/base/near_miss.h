/* Suggestions for mistyped words. */
#ifndef NEAR_MISS_H
#define NEAR_MISS_H

/*
 * hint becomes "; did you mean 'mnist'?" with the nearest of the words, NULL at the end, or "" if none is
 * near: at most one edit for three letters, a swap of neighbours being one edit.
 */
enum { NEAR_MISS_SIZE = 96 };
void near_miss_hint(char hint[NEAR_MISS_SIZE], const char *word, const char *const *words);

#endif
