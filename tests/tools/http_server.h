/*
 * An HTTP server for tests, on this machine alone, that misbehaves on demand. What it does with a file of
 * its directory is the first part of the address:
 *   /good/NAME    sends it, from where a Range header says
 *   /whole/NAME   sends all of it, whatever a Range header says
 *   /cut/NAME     promises it and hangs up after half of what is left
 *   /moved/NAME   sends on to /good/NAME
 *   /loop/NAME    sends on to itself
 *   /wrong/NAME   sends as many other bytes
 *   /long/NAME    sends it twice
 *   /page/NAME    sends a page that says sorry, as if that were the file
 *   /hang/NAME    says nothing
 * and anything else does not exist. A full address in the request line, as proxies get it, counts by its path.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stddef.h>

/* Starts a process that serves a directory until http_server_stop; returns its port. */
int http_server_start(const char *directory);
void http_server_stop(void);

/* What was asked for so far, "PATH FIRST-BYTE\n" for each request, in the directory's file "log". */

#endif
