/* The two tables of the 1998 paper that a network is made of. */
#ifndef TABLES_1998_H
#define TABLES_1998_H

#include <stdint.h>

/* Table I, (16, 6): which maps of S2 each map of C3 sees. */
extern const uint8_t table_1998_c3_connections[16 * 6];

/* Figure 3, (10, 12 * 7): the digits as bitmaps 7 wide and 12 high, which are the RBF outputs' codes. */
extern const uint8_t table_1998_digit_codes[10 * 84];

#endif
