#include "tensorboard.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/messages.h"

enum { RECORD_MAX = 512 };

/* A message under way, as protocol buffers put it on the wire. */
struct message {
    size_t size;
    unsigned char bytes[RECORD_MAX];
};

/* Castagnoli's polynomial, reflected; bit by bit, for a few hundred bytes an epoch. */
static uint32_t crc32c(const unsigned char *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

/* TFRecord's mask: a CRC of bytes that contain their own CRC would be weak. */
static uint32_t masked(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static void put(struct message *message, const void *bytes, size_t size)
{
    if (message->size + size > RECORD_MAX)
        return;
    memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

/* The lowest bytes of a number, the lowest first. */
static void put_fixed(struct message *message, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8)
        put(message, &(unsigned char){(unsigned char)value}, 1);
}

static void put_varint(struct message *message, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_fixed(message, value | 0x80, 1);
    put_fixed(message, value, 1);
}

enum wire { VARINT, FIXED_64, LENGTH, FIXED_32 = 5 };

static void put_key(struct message *message, unsigned field, enum wire wire)
{
    put_varint(message, field << 3 | (unsigned)wire);
}

static void put_bytes(struct message *message, unsigned field, const void *bytes, size_t size)
{
    put_key(message, field, LENGTH);
    put_varint(message, size);
    put(message, bytes, size);
}

/* Summary.value: a tag and a number; one that is not there is left out. */
static void put_value(struct message *summary, const char *tag, double number)
{
    struct message value = {.size = 0};
    const float real = (float)number;
    uint32_t bits;
    if (isnan(number))
        return;
    memcpy(&bits, &real, sizeof(bits));
    put_bytes(&value, 1, tag, strlen(tag));
    put_key(&value, 2, FIXED_32);
    put_fixed(&value, bits, 4);
    put_bytes(summary, 1, value.bytes, value.size);
}

/* An Event up to what it is about. */
static void begin_event(struct message *event, int64_t step)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double time = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    uint64_t bits;
    memcpy(&bits, &time, sizeof(bits));
    event->size = 0;
    put_key(event, 1, FIXED_64);
    put_fixed(event, bits, 8);
    put_key(event, 2, VARINT);
    put_varint(event, (uint64_t)step);
}

static void write_record(FILE *file, const struct message *event)
{
    struct message length = {.size = 0}, end = {.size = 0};
    put_fixed(&length, event->size, 8);
    put_fixed(&length, masked(crc32c(length.bytes, 8)), 4);
    put_fixed(&end, masked(crc32c(event->bytes, event->size)), 4);
    fwrite(length.bytes, 1, length.size, file);
    fwrite(event->bytes, 1, event->size, file);
    fwrite(end.bytes, 1, end.size, file);
    fflush(file);
}

int tensorboard_open(struct tensorboard *tensorboard, const char *directory)
{
    static const char version[] = "brain.Event:2";
    char path[FILE_PATH_SIZE], host[64] = "";
    *tensorboard = (struct tensorboard){.directory = directory};
    if (!directory)
        return CLI_OK;
    if (mkdir(directory, 0777) && errno != EEXIST)
        return cli_error(CLI_IO, "--tensorboard: %s: %s", directory, strerror(errno));
    gethostname(host, sizeof(host) - 1);
    snprintf(path, sizeof(path), "%s/events.out.tfevents.%jd.%s.%d", directory,
             (intmax_t)time(NULL), host, (int)getpid());
    tensorboard->file = fopen(path, "wb");
    if (!tensorboard->file)
        return cli_error(CLI_IO, "--tensorboard: %s: %s", path, strerror(errno));
    struct message event;
    begin_event(&event, 0);
    put_bytes(&event, 3, version, sizeof(version) - 1);
    write_record(tensorboard->file, &event);
    return CLI_OK;
}

void tensorboard_add(const struct tensorboard *tensorboard, const struct lenet5_progress *now)
{
    struct message event, summary = {.size = 0};
    if (!tensorboard->file)
        return;
    put_value(&summary, "loss/train", now->train_loss);
    put_value(&summary, "loss/validation", now->val_loss);
    put_value(&summary, "accuracy/train", now->train_accuracy);
    put_value(&summary, "accuracy/validation", now->val_accuracy);
    put_value(&summary, "learning rate", now->rate);
    begin_event(&event, now->epoch);
    put_bytes(&event, 5, summary.bytes, summary.size);
    write_record(tensorboard->file, &event);
}

int tensorboard_close(struct tensorboard *tensorboard)
{
    if (!tensorboard->file)
        return CLI_OK;
    const bool failed = ferror(tensorboard->file);
    const bool unclosed = fclose(tensorboard->file) != 0;
    tensorboard->file = NULL;
    return failed || unclosed
               ? cli_error(CLI_IO, "--tensorboard: %s: cannot write", tensorboard->directory)
               : CLI_OK;
}
