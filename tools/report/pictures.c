#include "pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots.h"

enum { GREY = 128, WHITE = 255 }; /* between the cells: WHITE where grey is a value of its own */

/* With room for count cells, and this shade all over. */
static bool create(struct lenet5_image *picture, size_t count, int rows, int cols, int columns,
                   int shade)
{
    const int across = (int)count < columns ? (int)count : columns;
    const int down = ((int)count + columns - 1) / columns;
    picture->width = across * (cols + 1) - 1;
    picture->height = down * (rows + 1) - 1;
    picture->pixels = malloc((size_t)picture->width * (size_t)picture->height);
    if (picture->pixels)
        memset(picture->pixels, shade, (size_t)picture->width * (size_t)picture->height);
    return picture->pixels != NULL;
}

/* The first pixel of a cell. */
static uint8_t *cell(const struct lenet5_image *picture, size_t i, int rows, int cols, int columns)
{
    const int row = (int)i / columns * (rows + 1), col = (int)i % columns * (cols + 1);
    return picture->pixels + (size_t)row * (size_t)picture->width + (size_t)col;
}

bool picture_grid(struct lenet5_image *picture, const uint8_t *const *images, size_t count,
                  int rows, int cols, int columns)
{
    if (!create(picture, count, rows, cols, columns, GREY))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t *to = cell(picture, i, rows, cols, columns);
        for (int r = 0; r < rows; r++)
            memcpy(to + (size_t)r * (size_t)picture->width, images[i] + r * cols, (size_t)cols);
    }
    return true;
}

bool picture_maps(struct lenet5_image *picture, const float *maps, size_t count, int rows, int cols,
                  int columns, bool signed_values)
{
    const size_t area = (size_t)rows * (size_t)cols;
    float low = maps[0], high = maps[0];
    if (!create(picture, count, rows, cols, columns, signed_values ? WHITE : GREY))
        return false;
    for (size_t i = 0; i < count * area; i++) {
        low = maps[i] < low ? maps[i] : low;
        high = maps[i] > high ? maps[i] : high;
    }
    if (signed_values) {
        high = fmaxf(fabsf(low), fabsf(high));
        low = -high;
    }
    const float range = high > low ? high - low : 1;
    for (size_t i = 0; i < count; i++) {
        uint8_t *to = cell(picture, i, rows, cols, columns);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < cols; c++)
                to[r * picture->width + c] = (uint8_t)(255 * (*maps++ - low) / range + 0.5f);
    }
    return true;
}

static void write_base64(FILE *stream, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0);
        const char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              left > 1 ? digits[group >> 6 & 63] : '=',
                              left > 2 ? digits[group & 63] : '='};
        fwrite(text, 1, sizeof(text), stream);
    }
}

enum lenet5_status picture_embed(FILE *stream, const struct lenet5_image *picture, int zoom,
                                 const char *description, struct lenet5_error *error)
{
    uint8_t *bytes;
    size_t size;
    const enum lenet5_status status = lenet5_image_encode_png(&bytes, &size, picture, error);
    if (status)
        return status;
    fprintf(stream, "<img width=\"%d\" height=\"%d\" alt=\"", zoom * picture->width,
            zoom * picture->height);
    plot_text(stream, description);
    fputs("\" src=\"data:image/png;base64,", stream);
    write_base64(stream, bytes, size);
    fputs("\">", stream);
    free(bytes);
    return LENET5_OK;
}
