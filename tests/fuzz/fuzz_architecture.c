/* The JSON text of an architecture, alone; what is accepted and printed again is the same text then. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/architecture_json.h"
#include "fuzz.h"
#include "network/layer.h"

enum { LARGE = 1 << 16 };

static bool is_small(const struct lenet5_architecture *a)
{
    if (a->input.h * a->input.w > LARGE || a->input.c > LARGE)
        return false;
    for (int i = 0; i < a->layer_count; i++)
        if (a->layers[i].outputs > 64 || a->layers[i].kernel.h > 64 || a->layers[i].kernel.w > 64 ||
            a->layers[i].padding.h > 64 || a->layers[i].padding.w > 64)
            return false;
    return (int64_t)a->input.c * a->input.h * a->input.w < LARGE;
}

/* The check that the reader of a model file makes before it creates a network. */
static bool tables_fit(const struct parsed_architecture *parsed)
{
    struct lenet5_shape shape = parsed->architecture.input;
    struct lenet5_error error;
    for (int i = 0; i < parsed->architecture.layer_count; i++) {
        const struct lenet5_layer *desc = &parsed->layers[i];
        struct layer layer;
        if (!architecture_table_fits(parsed, i, shape.c))
            return false;
        if (layer_init(&layer, desc, shape, i, &error))
            return true; /* lenet5_network_create fails at this layer, too */
        shape = layer.out;
        layer_finish(&layer);
    }
    return true;
}

/* Prints the network, reads that, prints it again. */
static void check_text(const struct lenet5_network *network)
{
    struct lenet5_error error;
    struct parsed_architecture parsed;
    struct lenet5_network *again = NULL;
    char *first = architecture_print(network), *second = NULL;
    if (!first)
        abort();
    if (!architecture_parse(&parsed, first, "printed", &error)) {
        if (lenet5_network_create(&again, &parsed.architecture, &error))
            abort();
        second = architecture_print(again);
        if (!second || strcmp(first, second))
            abort();
        architecture_destroy(&parsed);
    }
    lenet5_network_destroy(again);
    memory_free(first);
    memory_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char json[1 << 14];
    struct parsed_architecture parsed;
    struct lenet5_error error;
    if (size >= sizeof(json) || (size && memchr(bytes, 0, size)))
        return 0;
    if (size)
        memcpy(json, bytes, size);
    json[size] = '\0';
    enum lenet5_status status = architecture_parse(&parsed, json, "text", &error);
    fuzz_check(status, &error);
    if (status)
        return 0;
    struct lenet5_network *network = NULL;
    if (is_small(&parsed.architecture) && tables_fit(&parsed) &&
        !lenet5_network_create(&network, &parsed.architecture, &error))
        check_text(network);
    lenet5_network_destroy(network);
    architecture_destroy(&parsed);
    return 0;
}
