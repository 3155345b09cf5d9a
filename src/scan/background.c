/*
 * Light on a page is uneven, so the grey of the background is estimated in three steps. A plane through
 * the medians of small tiles shows whether ink is darker or lighter. A plane through the brighter part
 * shows roughly where ink is. The medians of the pixels without ink, tile by tile, are the background.
 * Ink is the share of the background's light that it absorbs, which does not depend on shadows.
 */
#include "background.h"

#include <math.h>
#include <string.h>

#include "background_plane.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    MAX_SIDE =
        1024, /* pictures are reduced to this: far more than 20x20 needs, and 1/12 of a photo */
    FINE_TILES = 24, /* across the longer side: strokes must not fill most of them */
    LEAST_TILE = 16, /* pixels: a coarse tile must see past the soft edge of a stroke */
    MOST_PASSES = 4, /* of smoothing */
    BRIDGE = 3,      /* tiles: half as far as a stroke may be wide */
    ROUNDS = 3,      /* of estimating the background, then the ink on it */
};

static const float faintest = 0.1f; /* fainter ink is the grain of the paper */
static const float deviations = 6;  /* of the noise: weaker ink cannot be told from it */

/* A grid of tiles over the picture, each of side x side pixels; those at the end are smaller. */
struct tiles {
    int rows, cols, side;
    float *value; /* (rows, cols), NaN = unknown */
};

/* NaN when one of them is NaN. */
static float least(float a, float b)
{
    return isnan(a) || a < b ? a : b;
}

float background_threshold(const struct background *background)
{
    return fmaxf(faintest, deviations * background->noise);
}

static size_t pixel_count(const struct background *background)
{
    return (size_t)background->width * (size_t)background->height;
}

static void reduce(struct background *background, const struct lenet5_image *image)
{
    int scale = background->scale;
    for (int row = 0; row < background->height; row++)
        for (int col = 0; col < background->width; col++) {
            int bottom = (row + 1) * scale, right = (col + 1) * scale, sum = 0;
            bottom = bottom < image->height ? bottom : image->height;
            right = right < image->width ? right : image->width;
            for (int y = row * scale; y < bottom; y++)
                for (int x = col * scale; x < right; x++)
                    sum += image->pixels[(size_t)y * (size_t)image->width + (size_t)x];
            int area = (bottom - row * scale) * (right - col * scale);
            background->grey[(size_t)row * (size_t)background->width + (size_t)col] = (float)sum /
                                                                                      (float)area;
        }
}

/* The value that `share` of the histogram's entries are below. */
static int quantile(const int histogram[256], int total, double share)
{
    int value = 0;
    for (int below = histogram[0]; value < 255 && below <= share * total;
         below += histogram[++value])
        ;
    return value;
}

/*
 * The median grey of the pixels of every tile with ink below `most`; NaN where those are less than half.
 * ink = NULL: of all pixels.
 */
static void tile_medians(const struct tiles *tiles, const struct background *background,
                         const float *ink, float most)
{
    for (int row = 0; row < tiles->rows; row++)
        for (int col = 0; col < tiles->cols; col++) {
            int histogram[256] = {0}, total = 0, used = 0;
            int bottom = (row + 1) * tiles->side, right = (col + 1) * tiles->side;
            for (int y = row * tiles->side; y < bottom && y < background->height; y++)
                for (int x = col * tiles->side; x < right && x < background->width; x++) {
                    size_t i = (size_t)y * (size_t)background->width + (size_t)x;
                    total++;
                    if (ink && ink[i] >= most)
                        continue;
                    histogram[(int)background->grey[i]]++;
                    used++;
                }
            float median = (float)quantile(histogram, used, 0.5);
            tiles->value[row * tiles->cols + col] = 2 * used < total ? NAN : median;
        }
}

static enum lenet5_status tiles_create(struct tiles *tiles, const struct background *background,
                                       int least, struct lenet5_error *error)
{
    int longer = background->width > background->height ? background->width : background->height;
    tiles->side = (longer + FINE_TILES - 1) / FINE_TILES;
    tiles->side = tiles->side > least ? tiles->side : least;
    tiles->rows = (background->height + tiles->side - 1) / tiles->side;
    tiles->cols = (background->width + tiles->side - 1) / tiles->side;
    tiles->value = memory_alloc((size_t)tiles->rows * (size_t)tiles->cols, sizeof(float));
    return tiles->value ? LENET5_OK
                        : fail(error, LENET5_ERROR_MEMORY, "no memory for %dx%d tiles", tiles->cols,
                               tiles->rows);
}

/* The weighted mean of the known tiles around one; NaN when none is known. */
static float neighbours_mean(const struct tiles *tiles, const float *value, int row, int col)
{
    float sum = 0, weights = 0;
    for (int y = row > 0 ? row - 1 : 0; y <= row + 1 && y < tiles->rows; y++)
        for (int x = col > 0 ? col - 1 : 0; x <= col + 1 && x < tiles->cols; x++) {
            float weight = (float)((y == row ? 2 : 1) * (x == col ? 2 : 1));
            float near = value[y * tiles->cols + x];
            sum += isnan(near) ? 0 : weight * near;
            weights += isnan(near) ? 0 : weight;
        }
    return sum / weights;
}

/*
 * Paper is not darker than on both sides of a place: a tile that is, is in a thick stroke, and becomes
 * what the darker of the two sides is. Slopes, and the edges of shadows, stay as they are.
 */
static void tiles_bridge(struct tiles *tiles, float *spare)
{
    static const int directions[][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
    memcpy(spare, tiles->value, (size_t)tiles->rows * (size_t)tiles->cols * sizeof(float));
    for (int row = 0; row < tiles->rows; row++)
        for (int col = 0; col < tiles->cols; col++)
            for (int i = 0; i < 4 * BRIDGE; i++) {
                int down = directions[i % 4][0] * (i / 4 + 1);
                int right = directions[i % 4][1] * (i / 4 + 1);
                if (row < down || row + down >= tiles->rows || col - right < 0 ||
                    col - right >= tiles->cols || col + right < 0 || col + right >= tiles->cols)
                    continue;
                float *value = tiles->value + row * tiles->cols + col;
                float darker = least(spare[(row - down) * tiles->cols + col - right],
                                     spare[(row + down) * tiles->cols + col + right]);
                if (*value < darker) /* never where one is not a number */
                    *value = darker;
            }
}

/* Fills unknown tiles from their neighbours, from the edge of each hole inwards. */
static bool tiles_fill(struct tiles *tiles, float *spare)
{
    size_t count = (size_t)tiles->rows * (size_t)tiles->cols;
    int unknown = 1, before = 0;
    while (unknown && unknown != before) {
        before = unknown;
        unknown = 0;
        memcpy(spare, tiles->value, count * sizeof(float));
        for (int row = 0; row < tiles->rows; row++)
            for (int col = 0; col < tiles->cols; col++) {
                float *value = tiles->value + row * tiles->cols + col;
                if (isnan(*value))
                    *value = neighbours_mean(tiles, spare, row, col);
                unknown += isnan(*value);
            }
    }
    return !unknown;
}

static void tiles_lay(struct tiles *tiles, const struct background_plane *light)
{
    for (int row = 0; row < tiles->rows; row++)
        for (int col = 0; col < tiles->cols; col++)
            tiles->value[row * tiles->cols + col] = (float)background_plane_at(
                light, background_plane_middle(col, tiles->cols),
                background_plane_middle(row, tiles->rows));
}

/* The position of a pixel between the middles of two tiles; extrapolated in the outer halves. */
static float between(int *tile, int pixel, int side, int tiles)
{
    float at = ((float)pixel + 0.5f) / (float)side - 0.5f;
    int last = tiles > 1 ? tiles - 2 : 0;
    *tile = at < 0 ? 0 : (int)at < last ? (int)at : last;
    return tiles > 1 ? at - (float)*tile : 0;
}

/* row (width): the grey of the background in one row of pixels. */
static void tiles_row(float *row, const struct tiles *tiles, int width, int y)
{
    int tile_row, col;
    float down = between(&tile_row, y, tiles->side, tiles->rows);
    const float *upper = tiles->value + tile_row * tiles->cols;
    const float *lower = upper + (tiles->rows > 1 ? tiles->cols : 0);
    for (int x = 0; x < width; x++) {
        float right = between(&col, x, tiles->side, tiles->cols);
        int next = tiles->cols > 1 ? col + 1 : col;
        float left_grey = upper[col] + down * (lower[col] - upper[col]);
        float right_grey = upper[next] + down * (lower[next] - upper[next]);
        row[x] = least(fmaxf(left_grey + right * (right_grey - left_grey), 1), 255);
    }
}

/*
 * Whether ink is light on a dark background. The larger deviation from the background is the ink, weighted
 * by the possible range: light patches on a light background are glare.
 */
static bool ink_is_light(const struct background *background, const struct tiles *tiles, float *row)
{
    double dark = 0, light = 0;
    for (int y = 0; y < background->height; y++) {
        const float *grey = background->grey + (size_t)y * (size_t)background->width;
        tiles_row(row, tiles, background->width, y);
        for (int x = 0; x < background->width; x++) {
            double more = (double)(grey[x] - row[x]);
            if (more < 0)
                dark += more * more * (double)row[x];
            else
                light += more * more * (double)(255 - row[x]);
        }
    }
    return light > dark;
}

/* The value of the bin that `count` entries lie at or above. */
static int bin_from_top(const int *histogram, int bins, int count)
{
    int bin = bins;
    for (int above = 0; bin > 0 && above < count; bin--)
        above += histogram[bin];
    return bin;
}

/* Fills in ink, noise and strong. */
static void measure(struct background *background, const struct tiles *tiles, float *row)
{
    enum { BINS = 1024 };
    int darker[BINS + 1] = {0}, either[BINS + 1] = {0};
    for (int y = 0; y < background->height; y++) {
        const float *grey = background->grey + (size_t)y * (size_t)background->width;
        float *ink = background->ink + (size_t)y * (size_t)background->width;
        tiles_row(row, tiles, background->width, y);
        for (int x = 0; x < background->width; x++) {
            float share = (row[x] - grey[x]) / row[x];
            ink[x] = fmaxf(share, 0);
            darker[(int)(ink[x] * BINS)]++;
            either[(int)(least(fabsf(share), 1) * BINS)]++;
        }
    }
    /* The strongest ink is reached by a few pixels, but by more than a grain of dirt has. */
    int few = (int)(pixel_count(background) / 20000);
    int strong = bin_from_top(darker, BINS, few > 4 ? few : 4);
    background->strong = (float)strong / BINS;
    /* The median deviation of pixels without ink is 0.6745 standard deviations. */
    int blank = 0, noise = 0;
    for (int bin = 0; 2 * bin <= strong; bin++)
        blank += either[bin];
    for (int below = either[0]; 2 * below < blank; below += either[++noise])
        ;
    background->noise = (float)noise / BINS / 0.6745f;
}

/* The standard deviation of the noise in the greys, from the differences of neighbours. */
static float grain(const struct background *background)
{
    enum { BINS = 1024 };
    int histogram[BINS] = {0}, count = 0, bin = 0;
    for (int y = 0; y < background->height; y++)
        for (int x = 1; x < background->width; x++) {
            const float *grey = background->grey + (size_t)y * (size_t)background->width + x;
            histogram[(int)(fabsf(grey[0] - grey[-1]) * (BINS - 1) / 255)]++;
            count++;
        }
    for (int below = histogram[0]; 2 * below < count; below += histogram[++bin])
        ;
    return (float)bin * 255 / (BINS - 1) / 0.6745f / sqrtf(2);
}

/* One pass of (1 2 1) / 4 in both directions; previous (2, width) holds rows as they were. */
static void smooth(struct background *background, float *previous)
{
    int width = background->width;
    float *above = previous, *here = previous + width;
    for (int y = 0; y < background->height; y++) {
        float *row = background->grey + (size_t)y * (size_t)width;
        float left = row[0];
        for (int x = 0; x < width; x++) {
            float middle = row[x], right = x + 1 < width ? row[x + 1] : middle;
            row[x] = (left + 2 * middle + right) / 4;
            left = middle;
        }
    }
    memcpy(above, background->grey, (size_t)width * sizeof(float));
    for (int y = 0; y < background->height; y++) {
        float *row = background->grey + (size_t)y * (size_t)width;
        const float *below = y + 1 < background->height ? row + width : row;
        memcpy(here, row, (size_t)width * sizeof(float));
        for (int x = 0; x < width; x++)
            row[x] = (above[x] + 2 * here[x] + below[x]) / 4;
        float *swap = above;
        above = here;
        here = swap;
    }
}

static void invert(struct background *background)
{
    for (size_t i = 0; i < pixel_count(background); i++)
        background->grey[i] = 255 - background->grey[i];
}

enum lenet5_status background_create(struct background *background,
                                     const struct lenet5_image *image, struct lenet5_error *error)
{
    int longer = image->width > image->height ? image->width : image->height;
    int scale = (longer + MAX_SIDE - 1) / MAX_SIDE;
    *background = (struct background){.width = (image->width + scale - 1) / scale,
                                      .height = (image->height + scale - 1) / scale,
                                      .scale = scale};
    struct tiles fine = {0}, coarse = {0};
    struct background_plane light;
    background->grey = memory_alloc(pixel_count(background), sizeof(float));
    background->ink = memory_alloc(pixel_count(background), sizeof(float));
    float *rows = memory_alloc(2 * (size_t)background->width, sizeof(float));
    float *spare = memory_alloc((size_t)(FINE_TILES + 1) * (FINE_TILES + 1), sizeof(float));
    enum lenet5_status status = LENET5_OK;
    if (!background->grey || !background->ink || !rows || !spare) {
        status = fail(error, LENET5_ERROR_MEMORY, "no memory for a page of %dx%d pixels",
                      background->width, background->height);
        goto out;
    }
    if ((status = tiles_create(&fine, background, 1, error)) ||
        (status = tiles_create(&coarse, background, LEAST_TILE, error)))
        goto out;

    reduce(background, image);
    longer = (longer + scale - 1) / scale;
    for (int pass = 0; pass < MOST_PASSES && pass < longer / 64 && grain(background) > 1; pass++)
        smooth(background, rows);

    tile_medians(&fine, background, NULL, 1);
    background_plane_fit(&light, fine.value, fine.rows, fine.cols, 0.5);
    tiles_lay(&fine, &light);
    if (ink_is_light(background, &fine, rows))
        invert(background);

    tile_medians(&fine, background, NULL, 1);
    background_plane_fit(&light, fine.value, fine.rows, fine.cols, 0.75);
    tiles_lay(&fine, &light);
    measure(background, &fine, rows);
    for (int round = 0; round < ROUNDS; round++) {
        tile_medians(&coarse, background, background->ink,
                     fmaxf(background->strong / 2, background_threshold(background)));
        tiles_bridge(&coarse, spare);
        if (!tiles_fill(&coarse, spare))
            break;
        measure(background, &coarse, rows);
    }

out:
    memory_free(coarse.value);
    memory_free(fine.value);
    memory_free(spare);
    memory_free(rows);
    if (status)
        background_destroy(background);
    return status;
}

void background_destroy(struct background *background)
{
    memory_free(background->ink);
    memory_free(background->grey);
    *background = (struct background){0};
}
