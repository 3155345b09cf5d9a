/* As the library writes: a temporary file, synced and renamed. Leftovers of killed processes are removed. */
#include "whole_file.h"

#include <lenet5/status.h>

#include "files/atomic_file.h"
#include "messages.h"

int whole_file_write(const char *prefix, const char *path, const void *bytes, size_t size)
{
    struct lenet5_error error;
    atomic_file_sweep(path);
    if (!atomic_file_write(path, bytes, size, &error))
        return CLI_OK;
    return cli_error(cli_code(error.status), "%s%s", prefix, error.message);
}
