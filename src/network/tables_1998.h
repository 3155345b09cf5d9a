/* The two tables of LeCun et al. 1998 that its network needs. */
#ifndef TABLES_1998_H
#define TABLES_1998_H

#include <stdint.h>

/* Table I, (16, 6): which maps of S2 each map of C3 sees. */
extern const uint8_t table_1998_c3_connections[16 * 6];

/* Figure 3, (10, 12 * 7): the digits as bitmaps 7 wide and 12 high, the codes of the RBF outputs. */
extern const uint8_t table_1998_digit_codes[10 * 84];

#endif
