/* The programs' home of libmd and zlib. */
#include "verify.h"

#include <errno.h>
#include <md5.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cli/files.h"
#include "cli/messages.h"

enum { HEX_SIZE = SHA256_DIGEST_STRING_LENGTH, BLOCK = 1 << 16, LINE_SIZE = 1024 };

static const long long max_unpacked = 1LL << 30;
static const char sums_file[] = "SHA256SUMS";

/* SHA-256 of what gzip gives, or of a plain file; false and a reason where it cannot be unpacked. */
static bool hash_unpacked(char hex[HEX_SIZE], char what[VERIFY_WHAT_SIZE], const char *path)
{
    static unsigned char block[BLOCK];
    long long total = 0;
    int got;
    SHA2_CTX context;
    gzFile file = gzopen(path, "rb");
    if (!file) {
        snprintf(what, VERIFY_WHAT_SIZE, "%s", strerror(errno));
        return false;
    }
    SHA256Init(&context);
    while ((got = gzread(file, block, sizeof(block))) > 0 && (total += got) <= max_unpacked)
        SHA256Update(&context, block, (size_t)got);
    SHA256End(&context, hex);
    int code;
    const char *reason = gzerror(file, &code);
    if (code == Z_ERRNO)
        reason = strerror(errno);
    const bool good = got == 0 && code == Z_OK;
    if (total > max_unpacked)
        snprintf(what, VERIFY_WHAT_SIZE, "unpacks to more than %lld bytes", max_unpacked);
    else if (!good)
        snprintf(what, VERIFY_WHAT_SIZE, "does not unpack: %.200s", reason);
    return (gzclose(file) == Z_OK) & good;
}

/* The SHA-256 that SHA256SUMS beside the file has for it. */
static bool find_recorded(char hex[HEX_SIZE], const char *directory, const char *name)
{
    char path[FILE_PATH_SIZE], line[LINE_SIZE];
    bool found = false;
    const int length = snprintf(path, sizeof(path), "%s/%s", directory, sums_file);
    FILE *file = length < (int)sizeof(path) ? fopen(path, "r") : NULL;
    while (file && !found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        found = strlen(line) > HEX_SIZE && line[HEX_SIZE - 1] == ' ' &&
                strcmp(line + HEX_SIZE + 1, name) == 0;
        if (found)
            snprintf(hex, HEX_SIZE, "%.*s", HEX_SIZE - 1, line);
    }
    if (file)
        fclose(file);
    return found;
}

/* Error pages and other strangers are worth a word of their own. */
static const char *stranger(const char *path)
{
    unsigned char head[2] = {0};
    FILE *file = fopen(path, "rb");
    const size_t got = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file)
        fclose(file);
    if (!got)
        return " (it is empty)";
    if ((head[0] == 0x1f && head[1] == 0x8b) || (head[0] == 'P' && head[1] == 'K') || head[0] == 0)
        return "";
    return " (it is no data file at all, maybe an error page)";
}

static enum verdict wrong(char what[VERIFY_WHAT_SIZE], const char *kind, const char *found,
                          const char *expected, const char *path)
{
    snprintf(what, VERIFY_WHAT_SIZE, "%s is %.16s..., expected %.16s...%s", kind, found, expected,
             stranger(path));
    return VERDICT_WRONG;
}

static enum verdict good(char what[VERIFY_WHAT_SIZE], const char *how)
{
    snprintf(what, VERIFY_WHAT_SIZE, "%s", how);
    return VERDICT_GOOD;
}

enum verdict verify_path(char what[VERIFY_WHAT_SIZE], const char *path,
                         const struct known_file *file)
{
    char hex[HEX_SIZE], raw[HEX_SIZE];
    struct stat info;
    if (stat(path, &info)) {
        snprintf(what, VERIFY_WHAT_SIZE, "%s", strerror(errno));
        return errno == ENOENT ? VERDICT_MISSING : VERDICT_UNREADABLE;
    }
    if (!S_ISREG(info.st_mode) || !SHA256File(path, hex)) {
        snprintf(what, VERIFY_WHAT_SIZE, "%s",
                 S_ISREG(info.st_mode) ? strerror(errno) : "not a regular file");
        return VERDICT_UNREADABLE;
    }
    if (file->sha256 && strcmp(hex, file->sha256) == 0)
        return good(what, "SHA-256 as published");
    if (file->md5) {
        char md5[MD5_DIGEST_STRING_LENGTH];
        if (!MD5File(path, md5)) {
            snprintf(what, VERIFY_WHAT_SIZE, "%s", strerror(errno));
            return VERDICT_UNREADABLE;
        }
        return strcmp(md5, file->md5) == 0 ? good(what, "MD5 as published")
                                           : wrong(what, "MD5", md5, file->md5, path);
    }
    if (file->sha256 && !file->raw_sha256)
        return wrong(what, "SHA-256", hex, file->sha256, path);
    if (!hash_unpacked(raw, what, path))
        return file->sha256 ? wrong(what, "SHA-256", hex, file->sha256, path) : VERDICT_WRONG;
    if (file->raw_sha256)
        return strcmp(raw, file->raw_sha256) == 0
                   ? good(what, "SHA-256 of the content as published")
                   : wrong(what, "SHA-256 of the content", raw, file->raw_sha256, path);
    snprintf(what, VERIFY_WHAT_SIZE, "no hash was published; it unpacks well");
    return VERDICT_UNKNOWN;
}

/* A file that was unpacked by hand can be told only where the hash of its content is known. */
static enum verdict verify_plain(char what[VERIFY_WHAT_SIZE], const char *directory,
                                 const struct known_file *file)
{
    char path[FILE_PATH_SIZE];
    const struct known_file plain = {.name = file->name, .raw_sha256 = file->raw_sha256};
    const size_t stem = strlen(file->name) - 3; /* without .gz */
    const int length = snprintf(path, sizeof(path), "%s/%.*s", directory, (int)stem, file->name);
    if (length >= (int)sizeof(path) || strcmp(file->name + stem, ".gz") != 0)
        return VERDICT_MISSING;
    const enum verdict verdict = verify_path(what, path, &plain);
    if (verdict == VERDICT_UNKNOWN)
        snprintf(what, VERIFY_WHAT_SIZE, "unpacked by hand; only the packed file's hash is known");
    return verdict;
}

enum verdict verify_file(char what[VERIFY_WHAT_SIZE], const char *directory,
                         const struct known_file *file)
{
    char path[FILE_PATH_SIZE], recorded[HEX_SIZE], hex[HEX_SIZE];
    const int length = snprintf(path, sizeof(path), "%s/%s", directory, file->name);
    if (length >= (int)sizeof(path)) {
        snprintf(what, VERIFY_WHAT_SIZE, "the name is too long");
        return VERDICT_UNREADABLE;
    }
    enum verdict verdict = verify_path(what, path, file);
    if (verdict == VERDICT_MISSING) {
        verdict = verify_plain(what, directory, file);
        if (verdict == VERDICT_MISSING)
            snprintf(what, VERIFY_WHAT_SIZE, "missing");
        return verdict;
    }
    if (verdict != VERDICT_UNKNOWN || !find_recorded(recorded, directory, file->name))
        return verdict;
    if (!SHA256File(path, hex))
        return VERDICT_UNREADABLE;
    if (strcmp(hex, recorded) != 0)
        return wrong(what, "SHA-256", hex, recorded, path);
    snprintf(what, VERIFY_WHAT_SIZE, "as it was when it was fetched");
    return VERDICT_RECORDED;
}

int verify_record(const char *directory, const struct known_file *const *files, int count)
{
    char path[FILE_PATH_SIZE], name[FILE_PATH_SIZE], hex[HEX_SIZE];
    struct file_text sums;
    int code = file_path(path, directory, sums_file, "");
    if (code)
        return code;
    file_text_start(&sums);
    for (int i = 0; i < count; i++)
        /* not there where it was unpacked by hand */
        if (!file_path(name, directory, files[i]->name, "") && SHA256File(name, hex))
            fprintf(sums.stream, "%s  %s\n", hex, files[i]->name);
    return file_text_save(&sums, "", path);
}
