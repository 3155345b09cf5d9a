#include "page_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { PATH_SIZE = 4096 };

void page_file_start(struct page_file *file)
{
    file->stream = open_memstream(&file->bytes, &file->size);
    if (!file->stream)
        exit(cli_error(CLI_MEMORY, "out of memory"));
}

int page_file_write(const char *directory, const char *name, const void *bytes, size_t size)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    const int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (length + 16 > PATH_SIZE)
        return cli_error(CLI_IO, "--report: %s: the name is too long", directory);
    snprintf(temporary, sizeof(temporary), "%.*s.%d.tmp", length, path, (int)getpid());
    FILE *file = fopen(temporary, "wb");
    if (!file)
        return cli_error(CLI_IO, "--report: %s: %s", path, strerror(errno));
    bool failed = fwrite(bytes, 1, size, file) != size;
    failed |= fclose(file) != 0;
    if (!failed && rename(temporary, path) == 0)
        return CLI_OK;
    const int code = cli_error(CLI_IO, "--report: %s: %s", path, strerror(errno));
    remove(temporary);
    return code;
}

int page_file_save(struct page_file *file, const char *directory, const char *name)
{
    const bool failed = fclose(file->stream) != 0;
    const int code = failed ? cli_error(CLI_MEMORY, "out of memory")
                            : page_file_write(directory, name, file->bytes, file->size);
    free(file->bytes);
    return code;
}

int page_file_save_svg(const struct page_file *element, const char *directory, const char *name)
{
    struct page_file file;
    page_file_start(&file);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", file.stream);
    fwrite(element->bytes, 1, element->size, file.stream);
    return page_file_save(&file, directory, name);
}
