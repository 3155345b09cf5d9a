#include "html_files.h"

#include <stdlib.h>

#include "cli/messages.h"
#include "cli/paths.h"
#include "cli/whole_file.h"

void html_file_start(struct html_file *file)
{
    file->stream = open_memstream(&file->bytes, &file->size);
    if (!file->stream)
        exit(cli_error(CLI_MEMORY, "out of memory"));
}

int html_file_write(const char *directory, const char *name, const void *bytes, size_t size)
{
    char path[PATHS_SIZE];
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= PATHS_SIZE)
        return cli_error(CLI_IO, "--report: %s: the name is too long", directory);
    return whole_file_write("--report: ", path, bytes, size);
}

int html_file_save(struct html_file *file, const char *directory, const char *name)
{
    const bool failed = fclose(file->stream) != 0;
    const int code = failed ? cli_error(CLI_MEMORY, "out of memory")
                            : html_file_write(directory, name, file->bytes, file->size);
    free(file->bytes);
    return code;
}

int html_file_save_svg(const struct html_file *element, const char *directory, const char *name)
{
    struct html_file file;
    html_file_start(&file);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", file.stream);
    fwrite(element->bytes, 1, element->size, file.stream);
    return html_file_save(&file, directory, name);
}
