/* One transfer by HTTP or HTTPS; the only user of libcurl. */
#ifndef DOWNLOAD_H
#define DOWNLOAD_H

enum download {
    DOWNLOAD_DONE,        /* the server says that this is all */
    DOWNLOAD_BROKEN,      /* it stopped early; another try can go on from there */
    DOWNLOAD_TOO_LONG,    /* more came than there should be */
    DOWNLOAD_REFUSED,     /* no such server, or it has no such file */
    DOWNLOAD_FAILED,      /* here: the file cannot be written */
    DOWNLOAD_UNSUPPORTED, /* this build has no libcurl */
};

enum { DOWNLOAD_WHY_SIZE = 256 };

/*
 * Appends what follows the bytes that descriptor's file has already; a server that cannot do that makes
 * it start anew. size is what the whole should have, 0 = not known; timeout is in seconds, without an
 * answer or with less than 1,000 bytes a second. Follows redirections, and obeys http_proxy, https_proxy
 * and no_proxy. why becomes a phrase for a message.
 */
enum download download(int descriptor, const char *url, long long size, double timeout,
                       char why[DOWNLOAD_WHY_SIZE]);

#endif
