#include "http_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REQUEST_SIZE = 4096, FILE_SIZE = 1 << 20, HANG_SECONDS = 60 };

static pid_t server;

static void send_all(int socket, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        const ssize_t n = send(socket, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            _exit(0);
        at += n;
        size -= (size_t)n;
    }
}

static void send_head(int socket, const char *status, size_t length, const char *more)
{
    char head[512];
    const int size = snprintf(head, sizeof(head),
                              "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n",
                              status, length, more);
    send_all(socket, head, (size_t)size);
}

static void send_file(int socket, const char *how, const char *bytes, size_t size, size_t first)
{
    char range[128] = "";
    if (strcmp(how, "whole") == 0)
        first = 0;
    if (first > 0 && first >= size) {
        send_head(socket, "416 Range Not Satisfiable", 0, "");
        return;
    }
    if (first > 0)
        snprintf(range, sizeof(range), "Content-Range: bytes %zu-%zu/%zu\r\n", first, size - 1,
                 size);
    const size_t left = size - first, copies = strcmp(how, "long") == 0 ? 2 : 1;
    send_head(socket, first > 0 ? "206 Partial Content" : "200 OK", copies * left, range);
    if (strcmp(how, "cut") == 0) {
        send_all(socket, bytes + first, left / 2);
        return;
    }
    for (size_t i = 0; i < copies; i++)
        send_all(socket, bytes + first, left);
}

static void answer(int socket, const char *how, const char *name, size_t first)
{
    static const char page[] = "<html>Sorry, the server is being mended.</html>";
    static char bytes[FILE_SIZE];
    char location[512];
    if (strcmp(how, "hang") == 0) {
        sleep(HANG_SECONDS);
        return;
    }
    if (strcmp(how, "moved") == 0 || strcmp(how, "loop") == 0) {
        snprintf(location, sizeof(location), "Location: /%s/%s\r\n",
                 strcmp(how, "loop") == 0 ? "loop" : "good", name);
        send_head(socket, "302 Found", 0, location);
        return;
    }
    if (strcmp(how, "page") == 0) {
        send_head(socket, "200 OK", strlen(page), "Content-Type: text/html\r\n");
        send_all(socket, page, strlen(page));
        return;
    }
    const int file = open(name, O_RDONLY);
    const bool known = strstr(" good whole cut wrong long ", how) != NULL;
    const ssize_t size = file < 0 || !known ? -1 : read(file, bytes, sizeof(bytes));
    if (size < 0) {
        send_head(socket, "404 Not Found", 0, "");
        return;
    }
    for (ssize_t i = 0; strcmp(how, "wrong") == 0 && i < size; i++)
        bytes[i] = (char)~bytes[i];
    send_file(socket, how, bytes, (size_t)size, first);
}

static void serve(int socket)
{
    char request[REQUEST_SIZE] = "", how[64] = "", name[256] = "", line[512];
    size_t got = 0;
    while (!strstr(request, "\r\n\r\n") && got < sizeof(request) - 1) {
        const ssize_t n = recv(socket, request + got, sizeof(request) - 1 - got, 0);
        if (n <= 0)
            return;
        got += (size_t)n;
        request[got] = '\0';
    }
    const char *path = strchr(request, ' ') + 1;
    if (strncmp(path, "http://", 7) == 0)
        path = strchr(path + 7, '/');
    const char *range = strstr(request, "Range: bytes=");
    const size_t first = range ? strtoul(range + strlen("Range: bytes="), NULL, 10) : 0;
    sscanf(path, "/%63[^/]/%255[^ ]", how, name);
    const int log = open("log", O_WRONLY | O_APPEND | O_CREAT, 0600);
    const int length = snprintf(line, sizeof(line), "/%s/%s %zu\n", how, name, first);
    if (write(log, line, (size_t)length) != length)
        _exit(1);
    close(log);
    answer(socket, how, name, first);
}

static void run(int listener, const char *directory)
{
    signal(SIGCHLD, SIG_IGN);
    if (chdir(directory))
        _exit(1);
    for (;;) {
        const int socket = accept(listener, NULL, NULL);
        if (socket < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(socket);
            shutdown(socket, SHUT_WR);
            _exit(0);
        }
        close(socket);
    }
}

int http_server_start(const char *directory)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(!bind(listener, (struct sockaddr *)&address, size) && !listen(listener, 16) &&
              !getsockname(listener, (struct sockaddr *)&address, &size));
    server = fork();
    if (server == 0) {
        setpgid(0, 0);
        run(listener, directory);
    }
    ck_assert_int_gt(server, 0);
    setpgid(server, server);
    close(listener);
    return ntohs(address.sin_port);
}

/* With those of its processes that hang. */
void http_server_stop(void)
{
    kill(-server, SIGKILL);
    waitpid(server, NULL, 0);
}
