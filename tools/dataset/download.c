#include "download.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CURL
#include <curl/curl.h>

#include "cli/messages.h"
#include "cli/progress.h"

static const long long most_bytes = 1LL << 31; /* of a file whose size nobody published */
enum { MAX_REDIRECTIONS = 5, SLOW_BYTES = 1000 };

struct sink {
    int descriptor, reason; /* errno of a write that failed */
    const char *name;
    long long at, most, expected;
    bool too_long;
    struct progress progress;
};

static size_t take(char *bytes, size_t one, size_t size, void *user)
{
    struct sink *sink = user;
    if ((long long)size > sink->most - sink->at) {
        sink->too_long = true;
        return 0;
    }
    for (size_t done = 0; done < size;) {
        const ssize_t n = pwrite(sink->descriptor, bytes + done, size - done,
                                 (off_t)(sink->at + (long long)done));
        if (n < 0 && errno != EINTR) {
            sink->reason = errno;
            return 0;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    sink->at += (long long)size;
    progress_bytes(&sink->progress, sink->name, sink->at, sink->expected);
    return one * size;
}

static void restrict_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

static CURLcode transfer(CURL *curl, struct sink *sink, const char *url, double timeout,
                         char message[CURL_ERROR_SIZE])
{
    const long milliseconds = (long)(timeout * 1000), seconds = (long)(timeout + 0.999);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "lenet5/" PROGRAM_VERSION);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTIONS);
    restrict_protocols(curl);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)sink->at);
    return curl_easy_perform(curl);
}

static enum download judge(CURLcode code, const struct sink *sink, const char *message,
                           char why[DOWNLOAD_WHY_SIZE])
{
    if (sink->reason) {
        snprintf(why, DOWNLOAD_WHY_SIZE, "%s", strerror(sink->reason));
        return DOWNLOAD_FAILED;
    }
    if (sink->too_long) {
        snprintf(why, DOWNLOAD_WHY_SIZE, "more than the %lld bytes it should have", sink->most);
        return DOWNLOAD_TOO_LONG;
    }
    snprintf(why, DOWNLOAD_WHY_SIZE, "%s", *message ? message : curl_easy_strerror(code));
    switch (code) {
    case CURLE_OK:
        return DOWNLOAD_DONE;
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return DOWNLOAD_BROKEN;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
        return DOWNLOAD_FAILED;
    default:
        return DOWNLOAD_REFUSED;
    }
}

enum download download(int descriptor, const char *url, long long size, double timeout,
                       char why[DOWNLOAD_WHY_SIZE])
{
    char message[CURL_ERROR_SIZE] = "";
    const char *slash = strrchr(url, '/');
    const off_t begun = lseek(descriptor, 0, SEEK_END);
    struct sink sink = {.descriptor = descriptor,
                        .name = slash ? slash + 1 : url,
                        .at = begun,
                        .most = size ? size : most_bytes,
                        .expected = size};
    CURL *curl = begun < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : curl_easy_init();
    if (!curl) {
        snprintf(why, DOWNLOAD_WHY_SIZE, "%s",
                 begun < 0 ? strerror(errno) : "libcurl cannot start");
        return DOWNLOAD_FAILED;
    }
    progress_start(&sink.progress, 0);
    CURLcode code = transfer(curl, &sink, url, timeout, message);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    const bool cannot_resume = code == CURLE_RANGE_ERROR || status == 416;
    if (sink.at == begun && begun > 0 && cannot_resume && !ftruncate(descriptor, 0)) {
        sink.at = 0;
        code = transfer(curl, &sink, url, timeout, message);
    }
    progress_clear(&sink.progress);
    curl_easy_cleanup(curl);
    return judge(code, &sink, message, why);
}

#else
enum download download(int descriptor, const char *url, long long size, double timeout,
                       char why[DOWNLOAD_WHY_SIZE])
{
    (void)descriptor, (void)url, (void)size, (void)timeout;
    snprintf(why, DOWNLOAD_WHY_SIZE,
             "this build cannot download: libcurl (libcurl4-openssl-dev) was missing or -Dfetch "
             "disabled it");
    return DOWNLOAD_UNSUPPORTED;
}
#endif
