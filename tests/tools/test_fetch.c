/* lenet5-data fetch against a server that truncates, redirects, hangs and serves what it should not. */
#include <check.h>
#include <fcntl.h>
#include <md5.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "cli/cli.h"
#include "dataset/fetch.h"
#include "dataset/verify.h"
#include "files.h"
#include "http_server.h"
#include "suite.h"

enum { FILES = 4, CONTENT = 3000, PATH_SIZE = 512, SHORT_SIZE = 256 };

static const char *const names[FILES] = {"a-images-idx3-ubyte.gz", "a-labels-idx1-ubyte.gz",
                                         "b-images-idx3-ubyte.gz", "b-labels-idx1-ubyte.gz"};
static char hashes[FILES][SHA256_DIGEST_STRING_LENGTH], md5s[FILES][MD5_DIGEST_STRING_LENGTH];
static char served[SHORT_SIZE], cache[SHORT_SIZE], mirrors[3][PATH_SIZE];
static const char *mirror_list[4];
static struct known_dataset dataset;
static int port;

static const char *in_cache(const char *name)
{
    static char path[4 * PATH_SIZE];
    snprintf(path, sizeof(path), "%s/toy/%s", cache, name);
    return path;
}

static const char *in_served(const char *name)
{
    static char path[4 * PATH_SIZE];
    snprintf(path, sizeof(path), "%s/%s", served, name);
    return path;
}

/* Bytes that gzip cannot make much smaller, so that halves of a file are many bytes. */
static void write_packed(const char *path, unsigned seed, int level)
{
    unsigned char content[CONTENT];
    char mode[] = {'w', 'b', (char)('0' + level), '\0'};
    for (int i = 0; i < CONTENT; i++)
        content[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16) & 0x3f;
    gzFile file = gzopen(path, mode);
    ck_assert_int_eq(gzwrite(file, content, CONTENT), CONTENT);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

static void setup(void)
{
    files_setup();
    snprintf(served, sizeof(served), "%s", files_path("served"));
    ck_assert(!mkdir(served, 0700));
    for (unsigned i = 0; i < FILES; i++) {
        write_packed(in_served(names[i]), i, 9);
        ck_assert(SHA256File(in_served(names[i]), hashes[i]) &&
                  MD5File(in_served(names[i]), md5s[i]));
    }
    port = http_server_start(served);
}

static void teardown(void)
{
    http_server_stop();
    files_teardown();
}

/* Every test has an empty cache, an empty log and a data set of its own, to be had from these mirrors. */
static void prepare(const char *first, const char *second, const char *third)
{
    const char *const hows[] = {first, second, third};
    static int number;
    char name[64];
    snprintf(name, sizeof(name), "cache-%d-%d", (int)getpid(), number++);
    snprintf(cache, sizeof(cache), "%s", files_path(name));
    remove(in_served("log"));
    dataset = (struct known_dataset){.name = "toy", .mirrors = mirror_list};
    memset(mirror_list, 0, sizeof(mirror_list));
    for (int i = 0; i < 3 && hows[i]; i++) {
        snprintf(mirrors[i], sizeof(mirrors[i]), "http://127.0.0.1:%d/%s/", port, hows[i]);
        mirror_list[i] = mirrors[i];
    }
    for (int i = 0; i < FILES; i++)
        dataset.files[i / 2][i % 2] = (struct known_file){.name = names[i], .sha256 = hashes[i]};
    unsetenv("http_proxy");
    cli_quiet = false;
}

/* What was said on stderr comes back in text. */
static int fetch(char text[4096])
{
    const struct fetch how = {cache, NULL, 1};
    fflush(stderr);
    const int kept = dup(STDERR_FILENO),
              file = open(in_served("stderr"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDERR_FILENO);
    const int code = fetch_dataset(&dataset, &how);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    const ssize_t size = pread(file, text, 4095, 0);
    text[size > 0 ? size : 0] = '\0';
    close(file);
    return code;
}

static void expect(int code, const char *word)
{
    char text[4096];
    const int found = fetch(text);
    ck_assert_msg(found == code && strstr(text, word), "exit code %d, expected %d and '%s': %s",
                  found, code, word, text);
}

static bool is_same(const char *name)
{
    char one[SHA256_DIGEST_STRING_LENGTH], two[SHA256_DIGEST_STRING_LENGTH];
    return SHA256File(in_cache(name), one) && SHA256File(in_served(name), two) && !strcmp(one, two);
}

static bool exists(const char *name)
{
    return access(in_cache(name), F_OK) == 0;
}

static void expect_all(void)
{
    for (int i = 0; i < FILES; i++) {
        char part[PATH_SIZE];
        snprintf(part, sizeof(part), "%s.part", names[i]);
        ck_assert_msg(is_same(names[i]), "%s is not what was served", names[i]);
        ck_assert(!exists(part));
    }
}

static const char *log_text(void)
{
    static char text[8192];
    FILE *file = fopen(in_served("log"), "r");
    const size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[size] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void put_part(int i, const char *bytes, size_t size)
{
    char path[PATH_SIZE];
    mkdir(cache, 0700);
    mkdir(in_cache(""), 0700);
    snprintf(path, sizeof(path), "%s.part", names[i]);
    FILE *file = fopen(in_cache(path), "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

START_TEST(fetches_once)
{
    prepare("good", NULL, NULL);
    expect(CLI_OK, "bytes from http://127.0.0.1");
    expect_all();
    ck_assert(exists("SHA256SUMS"));
    remove(in_served("log"));
    expect(CLI_OK, "here already, SHA-256 as published");
    ck_assert_str_eq(log_text(), "");
}
END_TEST

START_TEST(goes_on_where_it_was_cut)
{
    prepare("cut", "good", NULL);
    expect(CLI_OK, "after ");
    expect_all();
    ck_assert_ptr_nonnull(strstr(log_text(), "/cut/a-images-idx3-ubyte.gz 0\n"));
    const char *again = strstr(log_text(), "/good/a-images-idx3-ubyte.gz ");
    ck_assert_ptr_nonnull(again);
    ck_assert_int_gt(atoi(strchr(again, ' ')), 100);
}
END_TEST

START_TEST(keeps_what_was_cut_for_the_next_time)
{
    prepare("cut", NULL, NULL);
    expect(CLI_UNAVAILABLE, "the same command continues later");
    ck_assert(exists("a-images-idx3-ubyte.gz.part") && !exists(names[0]));
    snprintf(mirrors[0], sizeof(mirrors[0]), "http://127.0.0.1:%d/good",
             port); /* without a slash */
    remove(in_served("log"));
    expect(CLI_OK, "bytes from");
    expect_all();
    ck_assert_ptr_null(strstr(log_text(), "/good/a-images-idx3-ubyte.gz 0\n"));
}
END_TEST

START_TEST(starts_anew_where_it_cannot_go_on)
{
    static const char zeros[1000] = {0}, many[8000] = {0};
    prepare("whole", NULL, NULL);
    put_part(0, zeros, sizeof(zeros));
    expect(CLI_OK, "bytes from");
    expect_all();
    prepare("good", NULL, NULL); /* the server goes on, but from somebody else's bytes */
    put_part(0, zeros, sizeof(zeros));
    expect(CLI_OK, "SHA-256 is");
    expect_all();
    prepare("good", NULL, NULL); /* longer than the file */
    put_part(0, many, sizeof(many));
    expect(CLI_OK, "bytes from");
    expect_all();
}
END_TEST

START_TEST(takes_a_whole_part)
{
    char bytes[8192];
    prepare("none", NULL, NULL);
    for (int i = 0; i < FILES; i++) {
        FILE *file = fopen(in_served(names[i]), "rb");
        put_part(i, bytes, fread(bytes, 1, sizeof(bytes), file));
        fclose(file);
    }
    expect(CLI_OK, "");
    expect_all();
    ck_assert_str_eq(log_text(), "");
}
END_TEST

START_TEST(follows_redirections)
{
    prepare("moved", NULL, NULL);
    expect(CLI_OK, "bytes from");
    expect_all();
    prepare("loop", "good", NULL);
    expect(CLI_OK, "redirect");
    expect_all();
}
END_TEST

START_TEST(refuses_another_file)
{
    static const char *const hows[] = {"wrong", "page", "long"};
    static const char *const words[] = {"SHA-256 is", "maybe an error page", "more than"};
    for (int i = 0; i < 3; i++) {
        prepare(hows[i], NULL, NULL);
        for (int k = 0; k < FILES; k++) {
            struct stat info;
            ck_assert(!stat(in_served(names[k]), &info));
            dataset.files[k / 2][k % 2].size = (long long)info.st_size;
        }
        expect(CLI_DATA, words[i]);
        ck_assert(!exists(names[0]) && !exists("a-images-idx3-ubyte.gz.part"));
        /* The next mirror has the right one. */
        prepare(hows[i], "good", NULL);
        expect(CLI_OK, "bytes from");
        expect_all();
    }
}
END_TEST

START_TEST(deletes_nothing_for_a_wrong_one)
{
    prepare("good", NULL, NULL);
    expect(CLI_OK, "");
    FILE *file = fopen(in_cache(names[1]), "ab"); /* somebody's own version */
    fputc('!', file);
    fclose(file);
    snprintf(mirrors[0], sizeof(mirrors[0]), "http://127.0.0.1:%d/wrong/", port);
    expect(CLI_DATA, "nothing was changed");
    ck_assert(is_same(names[0]) && is_same(names[2]) && is_same(names[3]));
    ck_assert(exists(names[1]) && !is_same(names[1]));
    snprintf(mirrors[0], sizeof(mirrors[0]), "http://127.0.0.1:%d/good/", port);
    expect(CLI_OK, "it is replaced");
    expect_all();
}
END_TEST

START_TEST(tries_the_next_mirror)
{
    prepare("none", "hang", "good");
    const time_t start = time(NULL);
    expect(CLI_OK, "404");
    expect_all();
    ck_assert_int_lt(time(NULL) - start, 20);
}
END_TEST

START_TEST(gives_up_on_silence)
{
    prepare("hang", NULL, NULL);
    const time_t start = time(NULL);
    expect(CLI_UNAVAILABLE, "download failed from 1 mirror");
    ck_assert_int_lt(time(NULL) - start, 5);
    prepare("none", NULL, NULL);
    expect(CLI_UNAVAILABLE, "404");
    prepare("good", NULL, NULL);
    snprintf(mirrors[0], sizeof(mirrors[0]), "http://127.0.0.1:1/");
    expect(CLI_UNAVAILABLE, "127.0.0.1");
    prepare("good", NULL, NULL);
    snprintf(mirrors[0], sizeof(mirrors[0]), "file://%s/", served);
    expect(CLI_UNAVAILABLE, "download failed");
}
END_TEST

START_TEST(goes_through_a_proxy)
{
    char proxy[64];
    prepare("good", NULL, NULL);
    snprintf(mirrors[0], sizeof(mirrors[0]), "http://data.invalid/good/");
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", port);
    ck_assert(!setenv("http_proxy", proxy, 1));
    expect(CLI_OK, "data.invalid");
    expect_all();
}
END_TEST

START_TEST(takes_what_was_packed_anew)
{
    static char raw[FILES][SHA256_DIGEST_STRING_LENGTH], content[CONTENT];
    prepare("good", NULL, NULL);
    for (int i = 0; i < FILES; i++) {
        gzFile file = gzopen(in_served(names[i]), "rb");
        ck_assert_int_eq(gzread(file, content, CONTENT), CONTENT);
        gzclose(file);
        SHA256Data((uint8_t *)content, CONTENT, raw[i]);
        dataset.files[i / 2][i % 2].raw_sha256 = raw[i];
        dataset.files[i / 2][i % 2].sha256 = hashes[(i + 1) % FILES]; /* of another packing */
    }
    expect(CLI_OK, "bytes from");
    expect_all();
    /* Unpacked by hand, it is known by its content. */
    FILE *plain = fopen(in_cache("b-labels-idx1-ubyte"), "wb");
    ck_assert_uint_eq(fwrite(content, 1, CONTENT, plain), CONTENT);
    fclose(plain);
    ck_assert(!remove(in_cache(names[3])));
    expect(CLI_OK, "SHA-256 of the content as published");
    ck_assert(!exists(names[3]));
    plain = fopen(in_cache("b-labels-idx1-ubyte"), "ab");
    fputc('!', plain);
    fclose(plain);
    expect(CLI_OK, "SHA-256 of the content is");
    expect_all();
}
END_TEST

START_TEST(knows_md5_where_there_is_no_more)
{
    prepare("wrong", "good", NULL);
    for (int i = 0; i < FILES; i++)
        dataset.files[i / 2][i % 2] = (struct known_file){.name = names[i], .md5 = md5s[i]};
    expect(CLI_OK, "MD5 is");
    expect_all();
    expect(CLI_OK, "MD5 as published");
}
END_TEST

START_TEST(notices_what_changed_since)
{
    char what[VERIFY_WHAT_SIZE];
    prepare("good", NULL, NULL);
    for (int i = 0; i < FILES; i++)
        dataset.files[i / 2][i % 2].sha256 = NULL; /* nothing was published */
    expect(CLI_OK, "bytes from");
    ck_assert_int_eq(verify_file(what, in_cache(""), &dataset.files[0][0]), VERDICT_RECORDED);
    write_packed(in_cache(names[0]), 77, 1);
    ck_assert_int_eq(verify_file(what, in_cache(""), &dataset.files[0][0]), VERDICT_WRONG);
    ck_assert(!truncate(in_cache(names[1]), 50));
    ck_assert_int_eq(verify_file(what, in_cache(""), &dataset.files[0][1]), VERDICT_WRONG);
    ck_assert_ptr_nonnull(strstr(what, "does not unpack"));
    ck_assert(!remove(in_cache(names[2])));
    ck_assert_int_eq(verify_file(what, in_cache(""), &dataset.files[1][0]), VERDICT_MISSING);
    ck_assert(!remove(in_cache("SHA256SUMS")));
    ck_assert_int_eq(verify_file(what, in_cache(""), &dataset.files[1][1]), VERDICT_UNKNOWN);
}
END_TEST

START_TEST(says_what_it_cannot_write)
{
    prepare("good", NULL, NULL);
    FILE *file = fopen(cache, "w"); /* a file where the directory should be */
    fclose(file);
    expect(CLI_IO, "toy: Not a directory");
    prepare("good", NULL, NULL);
    put_part(0, "", 0);
    const int lock = open(in_cache("a-images-idx3-ubyte.gz.part"), O_RDWR);
    ck_assert(!flock(lock, LOCK_EX));
    expect(CLI_IO, "another lenet5-data is writing it");
    close(lock);
}
END_TEST

static struct known_file archive;
static char archive_hash[SHA256_DIGEST_STRING_LENGTH];

/* Makes a zip of what is served; the last files are left out. */
static void serve_archive(int files)
{
    int reason;
    remove(in_served("all.zip"));
    zip_t *zip = zip_open(in_served("all.zip"), ZIP_CREATE | ZIP_TRUNCATE, &reason);
    ck_assert_ptr_nonnull(zip);
    for (int i = 0; i < files; i++) {
        char member[PATH_SIZE];
        snprintf(member, sizeof(member), "gzip/%s", names[i]);
        ck_assert_int_ge(
            zip_file_add(zip, member, zip_source_file(zip, in_served(names[i]), 0, -1), 0), 0);
    }
    ck_assert_int_eq(zip_close(zip), 0);
    ck_assert(SHA256File(in_served("all.zip"), archive_hash));
    archive = (struct known_file){.name = "all.zip", .sha256 = archive_hash};
    for (int i = 0; i < FILES; i++)
        dataset.files[i / 2][i % 2].sha256 = NULL;
    dataset.archive = &archive;
}

START_TEST(unpacks_an_archive)
{
    prepare("good", NULL, NULL);
    serve_archive(FILES);
    expect(CLI_OK, "all.zip");
    expect_all();
    remove(in_served("log"));
    expect(CLI_OK, "here already");
    /* The archive stays for the other data sets that are in it. */
    ck_assert(!remove(in_cache(names[2])));
    expect(CLI_OK, "from ");
    expect_all();
    ck_assert_str_eq(log_text(), "");

    prepare("good", NULL, NULL);
    serve_archive(FILES - 1);
    expect(CLI_DATA, "gzip/b-labels-idx1-ubyte.gz: No such file");
    ck_assert(!exists(names[3]) && !exists("b-labels-idx1-ubyte.gz.part"));
}
END_TEST

START_TEST(notices_a_damaged_archive)
{
    prepare("good", NULL, NULL);
    serve_archive(FILES);
    FILE *file = fopen(in_served("all.zip"), "r+b");
    fseek(file, 200, SEEK_SET);
    fputs("damage", file);
    fclose(file);
    ck_assert(SHA256File(in_served("all.zip"), archive_hash)); /* so was it published */
    char text[4096];
    ck_assert_int_eq(fetch(text), CLI_DATA);
    ck_assert(!exists(names[0]));
}
END_TEST

void add_tests(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_test(tests, fetches_once);
    tcase_add_test(tests, goes_on_where_it_was_cut);
    tcase_add_test(tests, keeps_what_was_cut_for_the_next_time);
    tcase_add_test(tests, starts_anew_where_it_cannot_go_on);
    tcase_add_test(tests, takes_a_whole_part);
    tcase_add_test(tests, follows_redirections);
    tcase_add_test(tests, refuses_another_file);
    tcase_add_test(tests, deletes_nothing_for_a_wrong_one);
    tcase_add_test(tests, tries_the_next_mirror);
    tcase_add_test(tests, gives_up_on_silence);
    tcase_add_test(tests, goes_through_a_proxy);
    tcase_add_test(tests, takes_what_was_packed_anew);
    tcase_add_test(tests, knows_md5_where_there_is_no_more);
    tcase_add_test(tests, notices_what_changed_since);
    tcase_add_test(tests, says_what_it_cannot_write);
    tcase_add_test(tests, unpacks_an_archive);
    tcase_add_test(tests, notices_a_damaged_archive);
}
