/* Cuts a digit out of its picture: its components, and the soft edges of their strokes. */
#include "crop.h"

#include <math.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

enum {
    NOISE_SHARE = 8, /* ink below 1/8 of the digit's own is shade, blur or compression */
    EDGE_SHARE = 40, /* a stroke's soft edge reaches 1/40 of the digit's side past it */
};

/* near (height, width) becomes 1 up to `reach` pixels from where it was; line (longer side). */
static void widen(uint8_t *near, int width, int height, int reach)
{
    for (int direction = 0; direction < 2; direction++) {
        int lines = direction ? width : height, length = direction ? height : width;
        size_t step = direction ? (size_t)width : 1, next = direction ? 1 : (size_t)width;
        for (int line = 0; line < lines; line++) {
            uint8_t *start = near + (size_t)line * next;
            int after = reach + 1, before = 0; /* distance to the last 1 seen, at most reach + 1 */
            for (int i = 0; i < length; i++) {
                uint8_t *at = start + (size_t)i * step;
                after = *at == 1 ? 0 : after + (after <= reach);
                if (!*at && after <= reach)
                    *at = 2;
            }
            before = reach + 1;
            for (int i = length - 1; i >= 0; i--) {
                uint8_t *at = start + (size_t)i * step;
                before = *at == 1 ? 0 : before + (before <= reach);
                if (!*at && before <= reach)
                    *at = 2;
            }
            for (int i = 0; i < length; i++)
                if (start[(size_t)i * step])
                    start[(size_t)i * step] = 1;
        }
    }
}

/* The ink that the middle of the strokes has: the median of what has more than half of the most. */
static float full_ink(const struct crop *crop, const uint8_t *own)
{
    enum { BINS = 512 };
    int histogram[BINS + 1] = {0}, count = 0, bin = BINS;
    float most = 0;
    for (int i = 0; i < crop->width * crop->height; i++)
        if (own[i])
            most = fmaxf(most, crop->ink[i]);
    for (int i = 0; i < crop->width * crop->height; i++)
        if (own[i] && 2 * crop->ink[i] > most) {
            histogram[(int)(crop->ink[i] / most * BINS)]++;
            count++;
        }
    for (int above = histogram[BINS]; bin > 1 && 2 * above < count; above += histogram[--bin])
        ;
    return most * (float)bin / BINS;
}

enum lenet5_status crop_cut(struct crop *crop, const struct background *background,
                            const struct components *components, int group,
                            struct lenet5_error *error)
{
    struct box box = components->group[group].box;
    int edge = 1 + box_longer(box) / EDGE_SHARE;
    *crop = (struct crop){box.width + 2 * edge, box.height + 2 * edge, NULL};
    size_t count = (size_t)crop->width * (size_t)crop->height;
    crop->ink = memory_alloc(count, sizeof(float));
    uint8_t *near = memory_alloc(count, 1);
    if (!crop->ink || !near) {
        memory_free(near);
        memory_free(crop->ink);
        return fail(error, LENET5_ERROR_MEMORY, "no memory for a digit of %dx%d pixels", box.width,
                    box.height);
    }
    for (int y = 0; y < crop->height; y++)
        for (int x = 0; x < crop->width; x++) {
            int page_y = box.top - edge + y, page_x = box.left - edge + x;
            size_t from = (size_t)page_y * (size_t)background->width + (size_t)page_x;
            size_t to = (size_t)y * (size_t)crop->width + (size_t)x;
            if (page_y < 0 || page_x < 0 || page_y >= background->height ||
                page_x >= background->width)
                continue;
            int label = components->label[from];
            bool own = label && components->component[label - 1].group == group;
            near[to] = own;
            crop->ink[to] = own || !label ? background->ink[from] : 0;
        }
    float full = full_ink(crop, near);
    float limit = fmaxf(full / NOISE_SHARE, 3 * background->noise);
    widen(near, crop->width, crop->height, edge);
    for (size_t i = 0; i < count; i++)
        crop->ink[i] = near[i] && crop->ink[i] >= limit ? fminf(crop->ink[i] / full, 1) : 0;
    memory_free(near);
    return LENET5_OK;
}

void crop_destroy(struct crop *crop)
{
    memory_free(crop->ink);
    *crop = (struct crop){0};
}
