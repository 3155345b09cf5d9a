#include "resize.h"

enum { BITS = 22 };

static uint8_t to_byte(int32_t value)
{
    return (uint8_t)((value + (1 << (BITS - 1))) >> BITS);
}

/* The tap of pixel i of an enlarged side; ratio = pixels of the image per enlarged pixel, size = of the image. */
static struct resize_tap tap_of(int i, double ratio, int size)
{
    const double centre = (i + 0.5) * ratio -
                          0.5; /* in the image, whose pixels' centres are 0, 1, ... */
    const int at = centre < 0 ? 0 : (int)centre;
    const double share = centre - at;
    if (centre <= 0 || at + 1 >= size) /* beyond the outer centres there is one pixel only */
        return (struct resize_tap){centre <= 0 ? 0 : size - 1, 1 << BITS, 0};
    return (struct resize_tap){at, (int32_t)((1 - share) * (1 << BITS) + 0.5),
                               (int32_t)(share * (1 << BITS) + 0.5)};
}

void resize_start(struct resize *resize, int height, int width, int rows, int cols)
{
    resize->rows = rows;
    resize->cols = cols;
    resize->width = width;
    resize->row_ratio = (double)rows / height;
    for (int w = 0; w < width; w++)
        resize->columns[w] = tap_of(w, (double)cols / width, cols);
}

/* A pixel of a row that is enlarged in width only. */
static int32_t widened(const uint8_t *row, const struct resize_tap *tap)
{
    const int32_t second = tap->second ? row[tap->at + 1] * tap->second : 0;
    return to_byte(row[tap->at] * tap->first + second);
}

void resize_row(uint8_t *row, const uint8_t *image, const struct resize *resize, int h)
{
    const struct resize_tap tap = tap_of(h, resize->row_ratio, resize->rows);
    const uint8_t *upper = image + (ptrdiff_t)tap.at * resize->cols;
    const uint8_t *lower = tap.second ? upper + resize->cols : upper;
    for (int w = 0; w < resize->width; w++)
        row[w] = to_byte(widened(upper, &resize->columns[w]) * tap.first +
                         widened(lower, &resize->columns[w]) * tap.second);
}
