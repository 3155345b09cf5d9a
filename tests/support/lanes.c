/* Linked to a test, this makes $VECTOR_LANES the width of vectors, where the CPU has that. */
#include <stdlib.h>

#include "base/vector.h"

__attribute__((constructor)) static void choose(void)
{
    const char *lanes = getenv("VECTOR_LANES");
    if (lanes)
        vector_lanes = atoi(lanes) < vector_cpu_lanes() ? atoi(lanes) : vector_cpu_lanes();
}
