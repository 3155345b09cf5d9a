/*
 * Draws handwritten digits: a pen follows a smooth curve through a few points. Each image has its own
 * random displacement, slant, width and pen radius, and is scaled and centred as in MNIST. Only + - * /
 * and sqrt are used, which give the same bits with every C library.
 */
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "dataset_internal.h"
#include "digit_center.h"

enum {
    CLASSES = 10,
    SIDE = LENET5_DIGIT_SIDE,
    BOX = DIGIT_BOX,
    MAX_VARIANTS = 9,
    MAX_POINTS = 48,
    SEGMENTS = 6, /* straight lines for the curve from one point to the next */
    MAX_LINES = MAX_POINTS * SEGMENTS,
};

/*
 * A way to write a digit: points "x y" from 0 to 100, y downwards, in the order of the pen. A point
 * given twice is a corner, and ',' lifts the pen. share is how often this form is drawn, relative to the
 * digit's other forms.
 */
struct glyph {
    int share;
    const char *path;
};

static const struct glyph glyphs[CLASSES][MAX_VARIANTS] = {
    {
        {5, "55 0  22 14  4 52  18 88  50 100  82 84  96 48  80 12  52 1"},
        {2, "70 6  40 2  10 34  6 74  34 99  72 84  94 44  84 10  60 2  44 12"},
        {1, "30 8  8 44  20 88  52 100  84 80  94 40  72 6  40 2  22 20"},
    },
    {
        {8, "50 0  50 50  50 100"},
        {1, "30 22  52 0  52 0  50 50  50 100"},
        {1, "26 24  52 0  52 0  51 50  50 98, 18 99  50 98  84 99"},
    },
    {
        {3, "12 26  34 4  66 4  80 26  62 58  10 96  10 96  50 95  94 94"},
        {3, "8 20  36 2  68 10  70 38  44 72  14 94  4 84  20 72  54 88  96 92"},
        {2, "16 18  50 2  76 22  64 54  36 82  10 98  8 84  30 78  60 94  98 84"},
        {1, "12 8  50 2  84 8  70 44  36 76  8 98  8 98  92 100"},
        {1, "30 30  20 12  52 0  84 18  76 56  46 92  14 96  12 76  44 78  90 100"},
        {2, "22 14  44 0  62 14  58 46  34 80  12 98  2 88  16 78  50 92  100 86"},
    },
    {
        {4, "12 12  46 0  80 16  68 40  38 48  38 48  78 60  84 82  52 100  8 90"},
        {2, "14 8  56 0  78 18  56 42  34 50  66 52  88 74  64 96  10 98"},
        {1, "14 4  84 4  84 4  42 42  42 42  80 56  84 82  50 100  8 90"},
        {2, "20 14  54 0  78 16  58 42  34 46  46 40  72 54  80 78  50 100  12 92"},
        {1, "8 20  42 0  74 14  60 40  36 52  36 52  66 54  76 76  48 96  20 96  8 84"},
        {1, "16 20  40 2  82 0  78 16  44 40  44 40  70 50  70 74  40 96  4 100"},
    },
    {
        {4, "18 4  10 34  14 54  50 56  88 48, 82 0  76 50  70 100"},
        {3, "22 0  6 50  6 50  50 54  94 50, 72 10  66 56  62 100"},
        {3, "66 2  36 30  6 60  6 60  50 62  96 60, 68 2  64 50  60 100"},
        {2, "24 6  14 36  24 54  56 50  82 10  82 10  76 50  70 100"},
        {1, "16 6  12 48  12 48  80 46, 84 0  80 46  78 100"},
    },
    {
        {3, "30 4  24 42  24 42  60 38  84 64  60 96  8 92, 30 4  60 3  94 0"},
        {3, "92 2  34 6  34 6  22 44  22 44  60 42  80 68  56 98  6 90"},
        {2, "84 0  42 10  18 34  36 48  70 60  66 88  38 100  8 90"},
        {2, "40 8  30 40  30 40  56 42  66 66  46 96  12 96  6 82, 44 8  70 6  100 0"},
        {1, "26 6  26 6  24 46  24 46  50 36  82 50  84 78  54 98  8 92, 28 8  58 6  84 2"},
    },
    {
        {4, "66 0  30 32  10 74  36 100  76 90  78 62  48 54  14 76"},
        {2, "50 0  20 40  12 84  44 100  80 86  70 62  40 62  16 84"},
        {2, "82 2  40 24  10 66  24 98  64 96  84 70  58 56  22 74"},
        {2, "36 0  14 40  18 84  50 100  88 86  86 64  56 62  28 78  26 94"},
    },
    {
        {5, "8 10  48 8  90 4  90 4  60 46  40 100"},
        {2, "8 26  10 8  10 8  86 6  86 6  66 50  56 100"},
        {2, "8 10  48 8  90 4  90 4  60 46  40 100, 26 52  54 50  84 48"},
        {1, "6 14  50 4  88 12  74 50  52 100"},
        {2, "4 30  18 8  40 16  64 18  90 2  90 2  66 50  58 100"},
    },
    {
        {4, "78 14  48 0  20 18  46 44  80 70  52 100  16 80  46 48  78 22  74 10"},
        {3, "82 6  46 2  24 22  54 46  72 76  42 100  14 78  44 52  80 28  84 4"},
        {2, "50 46  20 24  50 0  80 22  50 46  12 74  50 100  86 74  50 46"},
        {2, "70 20  54 4  26 16  40 40  66 62  62 92  34 98  30 76  54 50  84 20  98 4"},
        {2, "84 20  74 2  48 4  34 24  46 42  54 62  46 92  22 98  10 80  30 58  66 38  84 16"},
        {1, "52 38  26 24  46 0  78 8  76 30  50 40  16 68  34 98  72 92  80 60  50 40"},
    },
    {
        {4, "82 14  50 0  16 26  32 50  66 42  84 10  84 10  80 56  72 100"},
        {2, "80 12  44 2  14 30  36 50  70 36  82 8  82 8  80 60  58 94  18 96"},
        {2, "76 22  56 2  20 16  20 44  56 46  80 18  74 54  46 100"},
        {2, "64 8  30 4  10 28  24 46  58 36  70 10  70 30  66 64  62 100"},
        {2, "78 24  60 0  30 6  18 28  34 42  62 34  78 12  80 40  68 76  50 100"},
        {1, "60 44  34 52  16 30  40 4  76 2  84 22  66 42  62 46  58 76  54 100"},
        {1, "80 30  68 4  30 6  16 34  44 44  74 32  82 60  76 98"},
    },
};

struct point {
    float x, y;
};

struct pen_path {
    int points, lines;
    struct point point[MAX_POINTS];
    int stroke[MAX_POINTS];
    struct point line[MAX_LINES][2];
};

/* Bell-shaped, standard deviation 1, within -3 to 3, so that no point moves far. */
static float bell(struct rng *rng)
{
    float sum = 0;
    for (int i = 0; i < 3; i++)
        sum += rng_uniform(rng);
    return 2 * sum - 3;
}

static float between(struct rng *rng, float low, float high)
{
    return low + (high - low) * rng_uniform(rng);
}

static const char *pick_glyph(struct rng *rng, int label)
{
    int shares = 0;
    for (int i = 0; i < MAX_VARIANTS; i++)
        shares += glyphs[label][i].share;
    int pick = (int)rng_below(rng, (uint32_t)shares);
    const struct glyph *glyph = glyphs[label];
    while (pick >= glyph->share)
        pick -= glyph++->share;
    return glyph->path;
}

/* The points of a glyph, with coordinates from -1 to 1. */
static void read_points(struct pen_path *path, const char *text)
{
    int stroke = 0;
    path->points = 0;
    while (*text) {
        assert(path->points < MAX_POINTS);
        char *end;
        float x = (float)strtol(text, &end, 10), y = (float)strtol(end, &end, 10);
        path->point[path->points] = (struct point){x / 50 - 1, y / 50 - 1};
        path->stroke[path->points++] = stroke;
        stroke += *end == ',';
        text = end + (*end == ',');
    }
}

static bool same(struct point a, struct point b)
{
    return a.x == b.x && a.y == b.y;
}

/* Moves every point at random, then bends, slants, turns and narrows the whole glyph. */
static void deform(struct pen_path *path, struct rng *rng)
{
    float deviation = between(rng, 0.03f, 0.15f);
    struct point moved[MAX_POINTS];
    for (int i = 0; i < path->points; i++) {
        if (i && same(path->point[i], path->point[i - 1])) {
            moved[i] = moved[i - 1];
            continue;
        }
        moved[i].x = path->point[i].x + deviation * bell(rng);
        moved[i].y = path->point[i].y + deviation * bell(rng);
    }
    float bend[6];
    for (int i = 0; i < 6; i++)
        bend[i] = 0.12f * bell(rng);
    float slant = 0.22f + 0.27f * bell(rng), turn = 0.14f * bell(rng);
    float width = between(rng, 0.45f, 1.15f);
    for (int i = 0; i < path->points; i++) {
        float x = moved[i].x, y = moved[i].y;
        float u = x + bend[0] * x * x + bend[1] * x * y + bend[2] * y * y;
        float v = y + bend[3] * x * x + bend[4] * x * y + bend[5] * y * y;
        u = width * u - slant * v;
        path->point[i] = (struct point){u - turn * v, v + turn * u};
    }
}

/* A point of the Catmull-Rom curve from b to c. */
static float curve(float a, float b, float c, float d, float t)
{
    return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static void trace(struct pen_path *path)
{
    path->lines = 0;
    for (int i = 0; i + 1 < path->points; i++) {
        if (path->stroke[i] != path->stroke[i + 1])
            continue;
        bool first = i == 0 || path->stroke[i - 1] != path->stroke[i];
        bool last = i + 2 == path->points || path->stroke[i + 2] != path->stroke[i];
        struct point b = path->point[i], c = path->point[i + 1];
        struct point a = path->point[first ? i : i - 1], d = path->point[last ? i + 1 : i + 2];
        if (same(b, c))
            continue;
        struct point from = b;
        for (int segment = 1; segment <= SEGMENTS; segment++) {
            float t = (float)segment / SEGMENTS;
            struct point to = {curve(a.x, b.x, c.x, d.x, t), curve(a.y, b.y, c.y, d.y, t)};
            path->line[path->lines][0] = from;
            path->line[path->lines++][1] = to;
            from = to;
        }
    }
}

/* Scales and moves the lines so that the ink fills the box in its longer direction. */
static void fit(struct pen_path *path, float radius)
{
    struct point low = path->line[0][0], high = low;
    for (int i = 0; i < 2 * path->lines; i++) {
        struct point p = path->line[i / 2][i % 2];
        low = (struct point){fminf(low.x, p.x), fminf(low.y, p.y)};
        high = (struct point){fmaxf(high.x, p.x), fmaxf(high.y, p.y)};
    }
    float scale = (BOX - 2 * radius) / fmaxf(high.x - low.x, high.y - low.y);
    for (int i = 0; i < 2 * path->lines; i++) {
        struct point *p = &path->line[i / 2][i % 2];
        p->x = BOX / 2.0f + scale * (p->x - 0.5f * (low.x + high.x));
        p->y = BOX / 2.0f + scale * (p->y - 0.5f * (low.y + high.y));
    }
}

static float square_distance(struct point p, struct point a, struct point b)
{
    float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    float t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
    t = fminf(fmaxf(t, 0), 1);
    dx = a.x + t * dx - p.x;
    dy = a.y + t * dy - p.y;
    return dx * dx + dy * dy;
}

/* A round pen: full ink within the radius, fading over one pixel. */
static void ink(uint8_t box[BOX * BOX], const struct pen_path *path, float radius)
{
    float nearest[BOX * BOX];
    for (int i = 0; i < BOX * BOX; i++)
        nearest[i] = BOX * BOX;
    float reach = radius + 0.5f;
    for (int i = 0; i < path->lines; i++) {
        struct point a = path->line[i][0], b = path->line[i][1];
        int top = (int)fmaxf(fminf(a.y, b.y) - reach, 0);
        int left = (int)fmaxf(fminf(a.x, b.x) - reach, 0);
        int bottom = (int)fminf(fmaxf(a.y, b.y) + reach, BOX - 1);
        int right = (int)fminf(fmaxf(a.x, b.x) + reach, BOX - 1);
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++) {
                struct point center = {(float)x + 0.5f, (float)y + 0.5f};
                float distance = square_distance(center, a, b);
                nearest[y * BOX + x] = fminf(nearest[y * BOX + x], distance);
            }
    }
    for (int i = 0; i < BOX * BOX; i++) {
        float cover = reach - sqrtf(nearest[i]);
        box[i] = (uint8_t)(255 * fminf(fmaxf(cover, 0), 1) + 0.5f);
    }
}

static void draw(uint8_t digit[SIDE * SIDE], struct rng *rng, int label)
{
    struct pen_path path;
    uint8_t box[BOX * BOX];
    read_points(&path, pick_glyph(rng, label));
    deform(&path, rng);
    trace(&path);
    float radius = between(rng, 0.75f, 2.2f);
    fit(&path, radius);
    ink(box, &path, radius);
    digit_center(digit, box);
}

enum lenet5_status lenet5_dataset_draw_digits(struct lenet5_dataset **dataset, size_t count,
                                              uint64_t seed, enum lenet5_split split,
                                              struct lenet5_error *error)
{
    *dataset = NULL;
    if (!count)
        return fail(error, LENET5_ERROR_ARGUMENT, "0 digits to draw, expected at least 1");
    enum lenet5_status status = dataset_allocate(dataset, count, SIDE, SIDE, CLASSES, error);
    for (size_t i = 0; !status && i < count; i++) {
        struct rng rng = rng_stream(seed, RNG_DIGITS, (uint32_t)split, (uint32_t)i);
        (*dataset)->labels[i] = (uint8_t)(i % CLASSES);
        draw((*dataset)->images + i * SIDE * SIDE, &rng, (*dataset)->labels[i]);
    }
    return status;
}
