#include "page_files.h"

#include <stdlib.h>

#include "cli/cli.h"
#include "cli/paths.h"
#include "cli/whole_file.h"

void page_file_start(struct page_file *file)
{
    file->stream = open_memstream(&file->bytes, &file->size);
    if (!file->stream)
        exit(cli_error(CLI_MEMORY, "out of memory"));
}

int page_file_write(const char *directory, const char *name, const void *bytes, size_t size)
{
    char path[PATHS_SIZE];
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATHS_SIZE)
        return cli_error(CLI_IO, "--report: %s: the name is too long", directory);
    return whole_file_write("--report: ", path, bytes, size);
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
