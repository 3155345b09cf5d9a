#include "near_miss.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LETTERS = 32 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. */
static int distance(const char *a, int a_length, const char *b, int b_length)
{
    int d[MOST_LETTERS + 1][MOST_LETTERS + 1];
    for (int i = 0; i <= a_length; i++)
        d[i][0] = i;
    for (int j = 0; j <= b_length; j++)
        d[0][j] = j;
    for (int i = 1; i <= a_length; i++)
        for (int j = 1; j <= b_length; j++) {
            const int edits = least(d[i - 1][j], d[i][j - 1]) + 1;
            d[i][j] = least(edits, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a_length][b_length];
}

void near_miss_hint(char hint[NEAR_MISS_SIZE], const char *word, const char *const *words)
{
    const int length = (int)strnlen(word, MOST_LETTERS + 1);
    int nearest = length / 3 + 1;
    hint[0] = '\0';
    for (int i = 0; length <= MOST_LETTERS && words[i]; i++) {
        const int other = (int)strnlen(words[i], MOST_LETTERS + 1);
        const int edits = other > MOST_LETTERS ? nearest : distance(word, length, words[i], other);
        if (edits >= nearest)
            continue;
        nearest = edits;
        snprintf(hint, NEAR_MISS_SIZE, "; did you mean '%s'?", words[i]);
    }
}
