#include "archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/messages.h"

#ifdef HAVE_ZIP
#include <zip.h>

enum { MEMBER_SIZE = 256, BLOCK = 1 << 16 };

static int copy(int descriptor, zip_file_t *from, const char *archive, const char *member)
{
    static char block[BLOCK];
    zip_int64_t got;
    while ((got = zip_fread(from, block, sizeof(block))) > 0)
        for (zip_int64_t done = 0; done < got;) {
            const ssize_t n = write(descriptor, block + done, (size_t)(got - done));
            if (n < 0 && errno != EINTR)
                return cli_error(CLI_IO, "%s: %s", member, strerror(errno));
            done += n > 0 ? n : 0;
        }
    return got < 0 ? cli_error(CLI_DATA, "%s: %s: %s", archive, member,
                               zip_error_strerror(zip_file_get_error(from)))
                   : CLI_OK;
}

int archive_extract(int descriptor, const char *archive, const char *folder, const char *name)
{
    char member[MEMBER_SIZE];
    int reason;
    snprintf(member, sizeof(member), "%s%s", folder, name);
    zip_t *zip = zip_open(archive, ZIP_RDONLY, &reason);
    if (!zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, reason);
        const int code = cli_error(CLI_DATA, "%s: %s", archive, zip_error_strerror(&error));
        zip_error_fini(&error);
        return code;
    }
    zip_file_t *file = zip_fopen(zip, member, 0);
    const int code = file ? copy(descriptor, file, archive, member)
                          : cli_error(CLI_DATA, "%s: %s: %s", archive, member, zip_strerror(zip));
    if (file)
        zip_fclose(file);
    zip_discard(zip);
    return code;
}

#else
int archive_extract(int descriptor, const char *archive, const char *folder, const char *name)
{
    (void)descriptor;
    return cli_error(
        CLI_FAILURE,
        "%s: this build cannot unpack %s%s: libzip (libzip-dev) was not there; unzip can", archive,
        folder, name);
}
#endif
