#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "cli/files.h"
#include "cli/messages.h"
#include "download.h"
#include "verify.h"

enum { TRIES = 4 }; /* at one mirror, each continuing where the last one ended */

/* Makes a directory with those above it. */
static int make_directories(const char *path)
{
    char part[FILE_PATH_SIZE];
    snprintf(part, sizeof(part), "%s", path);
    for (char *slash = part + 1;; slash++) {
        slash = strchr(slash, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            return cli_error(CLI_IO, "%s: %s", part, strerror(errno));
        if (!slash)
            return CLI_OK;
        *slash = '/';
    }
}

/* Renames the partial file to the final name, durably. */
static int put_in_place(const char *directory, const char *part, int descriptor, const char *path)
{
    if (fsync(descriptor) || rename(part, path))
        return cli_error(CLI_IO, "%s: %s", path, strerror(errno));
    const int folder = open(directory, O_RDONLY | O_DIRECTORY);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    return CLI_OK;
}

/* A file on its way. */
struct transfer {
    const struct known_file *file;
    char part[FILE_PATH_SIZE];
    int descriptor;
    bool wrong; /* a mirror had something else under the file's name */
};

static long long length_of(const struct transfer *self)
{
    struct stat info;
    return fstat(self->descriptor, &info) ? 0 : (long long)info.st_size;
}

static bool is_good(struct transfer *self, const char *from)
{
    char what[VERIFY_WHAT_SIZE];
    const enum verdict verdict = verify_path(what, self->part, self->file);
    if (verdict_is_good(verdict))
        return true;
    self->wrong = true;
    cli_note("%s%s: %s", from, self->file->name, what);
    return false;
}

/* Tries one mirror: true when the part is whole and right. *code is set where no mirror can help. */
static bool try_mirror(struct transfer *self, const char *mirror, const struct fetch *fetch,
                       int *code)
{
    char url[FILE_PATH_SIZE], why[DOWNLOAD_WHY_SIZE];
    const size_t length = strlen(mirror);
    const char *slash = length && mirror[length - 1] == '/' ? "" : "/";
    if (snprintf(url, sizeof(url), "%s%s%s", mirror, slash, self->file->name) >= (int)sizeof(url)) {
        *code = cli_error(CLI_USAGE, "%s: the address is too long", mirror);
        return false;
    }
    for (int try = 0; try < TRIES; try++) {
        const long long before = length_of(self);
        switch (download(self->descriptor, url, self->file->size, fetch->timeout, why)) {
        case DOWNLOAD_DONE:
            if (is_good(self, mirror))
                return true;
            /* A part that another mirror or another day began may be to blame. */
            if (ftruncate(self->descriptor, 0) || !before)
                return false;
            break;
        case DOWNLOAD_BROKEN:
            cli_note("%s: %s, after %lld bytes", url, why, length_of(self));
            if (length_of(self) <= before)
                return false;
            break;
        case DOWNLOAD_TOO_LONG:
            self->wrong = true;
            cli_note("%s: %s", url, why);
            if (ftruncate(self->descriptor, 0) || !before)
                return false;
            break;
        case DOWNLOAD_REFUSED:
            cli_note("%s: %s", url, why);
            return false;
        case DOWNLOAD_FAILED:
            *code = cli_error(CLI_IO, "%s: %s", self->part, why);
            return false;
        case DOWNLOAD_UNSUPPORTED:
            *code = cli_error(CLI_FAILURE, "%s: %s", url, why);
            return false;
        }
    }
    return false;
}

/* An earlier try was ended between the last byte and the file's new name. */
static bool is_whole(const struct transfer *self)
{
    char what[VERIFY_WHAT_SIZE];
    return length_of(self) > 0 && verify_path(what, self->part, self->file) == VERDICT_GOOD;
}

static int try_all(struct transfer *self, const struct known_dataset *known,
                   const struct fetch *fetch)
{
    const char *const own[] = {fetch->mirror, NULL};
    int code = CLI_OK, count = 0;
    for (const char *const *mirror = fetch->mirror ? own : known->mirrors; *mirror;
         mirror++, count++) {
        if (try_mirror(self, *mirror, fetch, &code)) {
            cli_note("%s: %lld bytes from %s", self->file->name, length_of(self), *mirror);
            return CLI_OK;
        }
        if (code)
            return code;
    }
    if (self->wrong)
        return cli_error(
            CLI_DATA,
            "%s: the downloaded file is not the published one, so nothing was changed; "
            "--mirror URL tries another server",
            self->file->name);
    return cli_error(CLI_UNAVAILABLE,
                     "%s: download failed from %d mirror%s; the same command continues later, "
                     "--mirror URL tries another server",
                     self->file->name, count, count == 1 ? "" : "s");
}

static int fetch_file(const struct known_dataset *known, const struct known_file *file,
                      const char *directory, const struct fetch *fetch)
{
    struct transfer transfer = {.file = file, .descriptor = -1};
    char path[FILE_PATH_SIZE], what[VERIFY_WHAT_SIZE];
    const enum verdict verdict = verify_file(what, directory, file);
    int code;
    if (verdict_is_good(verdict)) {
        cli_note("%s: here already, %s", file->name, what);
        return CLI_OK;
    }
    if (verdict != VERDICT_MISSING)
        cli_note("%s/%s: %s; it is replaced", directory, file->name, what);
    if ((code = file_path(path, directory, file->name, "")) ||
        (code = file_path(transfer.part, directory, file->name, ".part")))
        return code;
    transfer.descriptor = open(transfer.part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (transfer.descriptor < 0)
        return cli_error(CLI_IO, "%s: %s", transfer.part, strerror(errno));
    if (flock(transfer.descriptor, LOCK_EX | LOCK_NB))
        code = cli_error(CLI_IO, "%s: another lenet5-data is writing it", transfer.part);
    else if (is_whole(&transfer) || !(code = try_all(&transfer, known, fetch)))
        code = put_in_place(directory, transfer.part, transfer.descriptor, path);
    else if (length_of(&transfer) == 0)
        remove(transfer.part);
    close(transfer.descriptor);
    return code;
}

/* The archive serves several data sets, so its directory is beside theirs. */
static int fetch_archived(const struct known_dataset *known, const struct known_file *const *files,
                          const char *directory, const struct fetch *fetch)
{
    char shared[FILE_PATH_SIZE], archive[FILE_PATH_SIZE];
    bool here = true;
    int code;
    for (int i = 0; i < 4; i++) {
        char what[VERIFY_WHAT_SIZE];
        here &= verdict_is_good(verify_file(what, directory, files[i]));
    }
    if (here) {
        cli_note("%s: here already", known->name);
        return CLI_OK;
    }
    if ((code = file_path(shared, fetch->cache, "emnist", "")) ||
        (code = make_directories(shared)) ||
        (code = file_path(archive, shared, known->archive->name, "")) ||
        (code = fetch_file(known, known->archive, shared, fetch)))
        return code;
    for (int i = 0; i < 4; i++) {
        char part[FILE_PATH_SIZE], path[FILE_PATH_SIZE];
        if ((code = file_path(path, directory, files[i]->name, "")) ||
            (code = file_path(part, directory, files[i]->name, ".part")))
            return code;
        const int descriptor = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (descriptor < 0)
            return cli_error(CLI_IO, "%s: %s", part, strerror(errno));
        if (!(code = archive_extract(descriptor, archive, "gzip/", files[i]->name)))
            code = put_in_place(directory, part, descriptor, path);
        close(descriptor);
        if (code) {
            remove(part);
            return code;
        }
        cli_note("%s: from %s", files[i]->name, archive);
    }
    return CLI_OK;
}

int fetch_dataset(const struct known_dataset *known, const struct fetch *fetch)
{
    const struct known_file *const files[] = {&known->files[LENET5_SPLIT_TRAIN][KNOWN_IMAGES],
                                              &known->files[LENET5_SPLIT_TRAIN][KNOWN_LABELS],
                                              &known->files[LENET5_SPLIT_TEST][KNOWN_IMAGES],
                                              &known->files[LENET5_SPLIT_TEST][KNOWN_LABELS]};
    char directory[FILE_PATH_SIZE];
    int code;
    if ((code = file_path(directory, fetch->cache, known->name, "")) ||
        (code = make_directories(directory)))
        return code;
    if (known->archive)
        code = fetch_archived(known, files, directory, fetch);
    else
        for (int i = 0; !code && i < 4; i++)
            code = fetch_file(known, files[i], directory, fetch);
    return code ? code : verify_record(directory, files, 4);
}
