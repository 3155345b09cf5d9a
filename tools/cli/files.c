#include "files.h"

#include <lenet5/status.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files/atomic_file.h"
#include "messages.h"

int file_path(char path[FILE_PATH_SIZE], const char *directory, const char *name,
              const char *ending)
{
    return snprintf(path, FILE_PATH_SIZE, "%s/%s%s", directory, name, ending) < FILE_PATH_SIZE
               ? CLI_OK
               : cli_error(CLI_IO, "%s/%s%s: the name is too long", directory, name, ending);
}

bool file_is_directory(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

bool file_read_text(char *text, size_t size, FILE *file)
{
    const size_t used = fread(text, 1, size - 1, file);
    const bool whole = !ferror(file) && fgetc(file) == EOF;
    fclose(file);
    text[used] = '\0';
    return whole && strlen(text) == used;
}

/* Also removes what killed processes left of earlier writes. */
int file_write(const char *prefix, const char *path, const void *bytes, size_t size)
{
    struct lenet5_error error;
    atomic_file_sweep(path);
    if (!atomic_file_write(path, bytes, size, &error))
        return CLI_OK;
    return cli_error(cli_code(error.status), "%s%s", prefix, error.message);
}

void file_text_start(struct file_text *text)
{
    text->stream = open_memstream(&text->bytes, &text->size);
    if (!text->stream)
        exit(cli_error(CLI_MEMORY, "out of memory"));
}

int file_text_end(struct file_text *text)
{
    return fclose(text->stream) ? cli_error(CLI_MEMORY, "out of memory") : CLI_OK;
}

int file_text_save(struct file_text *text, const char *prefix, const char *path)
{
    int code = file_text_end(text);
    if (!code)
        code = file_write(prefix, path, text->bytes, text->size);
    free(text->bytes);
    return code;
}
