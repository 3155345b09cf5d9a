/*
 * Reads a PNG or PGM picture into grey bytes, and writes PNGs. The whole file is read into memory first, up
 * to a limit. libpng's simplified API is used for writing only: reading with it would ignore the limits
 * for chunks below, and convert colours to grey in linear light.
 */
#include <lenet5/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_PNG
#include <png.h>
#endif

#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"
#include "files/file_type.h"
#include "files/input_file.h"

/* A file in memory: path is for messages, at is the read position. */
struct source {
    const char *path;
    struct lenet5_error *error;
    uint8_t *bytes;
    size_t size, at;
};

static const size_t first_size = (size_t)1 << 16, max_size = (size_t)1 << 26;

static const uint8_t png_magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static enum lenet5_status damaged(const struct source *source, const char *what)
{
    return fail(source->error, LENET5_ERROR_DATA, "%s: damaged picture: %s", source->path, what);
}

static enum lenet5_status read_all(struct source *source, int descriptor)
{
    size_t capacity = 0, got = 1;
    while (got) {
        if (source->size == capacity) {
            if (capacity == max_size)
                return fail(source->error, LENET5_ERROR_DATA, "%s: too large, more than %zu bytes",
                            source->path, max_size);
            capacity = capacity ? 2 * capacity : first_size;
            uint8_t *larger = memory_alloc(capacity, 1);
            if (!larger)
                return fail(source->error, LENET5_ERROR_MEMORY, "%s: no memory for %zu bytes",
                            source->path, capacity);
            if (source->size)
                memcpy(larger, source->bytes, source->size);
            memory_free(source->bytes);
            source->bytes = larger;
        }
        enum lenet5_status status = input_file_read(&got, source->bytes + source->size,
                                                    capacity - source->size, descriptor,
                                                    source->path, source->error);
        if (status)
            return status;
        source->size += got;
    }
    return LENET5_OK;
}

static enum lenet5_status load(struct source *source)
{
    if (!strcmp(source->path, "-")) {
        source->path = "standard input";
        return read_all(source, STDIN_FILENO);
    }
    int descriptor;
    uint64_t size;
    enum lenet5_status status = input_file_open(&descriptor, &size, source->path, source->error);
    if (status)
        return status;
    status = read_all(source, descriptor);
    close(descriptor);
    return status;
}

static enum lenet5_status create_pixels(struct lenet5_image *image, const struct source *source,
                                        uint32_t width, uint32_t height)
{
    if (width - 1 >= LENET5_MAX_SIDE || height - 1 >= LENET5_MAX_SIDE)
        return fail(source->error, LENET5_ERROR_DATA, "%s: %ux%u pixels, expected sides of 1 to %d",
                    source->path, width, height, LENET5_MAX_SIDE);
    uint8_t *pixels = memory_alloc((size_t)width * height, 1);
    if (!pixels)
        return fail(source->error, LENET5_ERROR_MEMORY, "%s: no memory for %ux%u pixels",
                    source->path, width, height);
    *image = (struct lenet5_image){(int)width, (int)height, pixels};
    return LENET5_OK;
}

/*
 * A decimal number after blanks and '#' comments; -1 when there is none, or none below a million.
 */
static int32_t pgm_number(struct source *source)
{
    const uint8_t *bytes = source->bytes;
    size_t at = source->at;
    while (at < source->size && (strchr(" \t\n\v\f\r", bytes[at]) || bytes[at] == '#')) {
        if (!bytes[at])
            return -1;
        if (bytes[at] == '#')
            while (at < source->size && bytes[at] != '\n' && bytes[at] != '\r')
                at++;
        else
            at++;
    }
    int32_t number = -1;
    while (at < source->size && bytes[at] >= '0' && bytes[at] <= '9') {
        number = (number < 0 ? 0 : number) * 10 + bytes[at++] - '0';
        if (number >= 1000000)
            return -1;
    }
    source->at = at;
    return number;
}

static enum lenet5_status read_pgm(struct lenet5_image *image, struct source *source)
{
    source->at = 2;
    int32_t width = pgm_number(source), height = pgm_number(source), maxval = pgm_number(source);
    if (width < 0 || height < 0 || maxval < 0 || source->at == source->size)
        return damaged(source, "the PGM header is not \"P5 width height maxval\"");
    if (maxval < 1 || maxval > 65535)
        return fail(source->error, LENET5_ERROR_DATA, "%s: PGM maxval %d, expected 1 to 65535",
                    source->path, maxval);
    source->at++; /* exactly one blank precedes the pixels, which can look like blanks */
    enum lenet5_status status = create_pixels(image, source, (uint32_t)width, (uint32_t)height);
    if (status)
        return status;

    size_t depth = maxval > 255 ? 2 : 1, count = (size_t)width * (size_t)height;
    if (source->size - source->at != count * depth)
        return fail(source->error, LENET5_ERROR_DATA,
                    "%s: %dx%d PGM pixels need %zu bytes, found %zu", source->path, width, height,
                    count * depth, source->size - source->at);
    const uint8_t *bytes = source->bytes + source->at;
    for (size_t i = 0; i < count; i++) {
        int grey = depth == 1 ? bytes[i] : bytes[2 * i] << 8 | bytes[2 * i + 1];
        if (grey > maxval)
            return damaged(source, "a PGM pixel is above the maxval");
        image->pixels[i] = (uint8_t)((grey * 255 + maxval / 2) / maxval);
    }
    return LENET5_OK;
}

#ifdef HAVE_PNG

/* The reader's state, outside of the functions that longjmp() returns to. */
struct png {
    png_structp reader;
    png_infop info;
    uint8_t *grey_alpha; /* (height, width, 2) */
    uint8_t **rows;      /* (height) into grey_alpha */
    bool out_of_memory;  /* libpng reports the reason of a failure only as text */
    char message[128];
};

static png_voidp on_png_alloc(png_structp reader, png_alloc_size_t size)
{
    struct png *png = png_get_mem_ptr(reader);
    void *block = memory_alloc(size, 1);
    png->out_of_memory |= !block;
    return block;
}

static void on_png_free(png_structp reader, png_voidp block)
{
    (void)reader;
    memory_free(block);
}

static void on_png_error(png_structp reader, png_const_charp message)
{
    struct png *png = png_get_error_ptr(reader);
    snprintf(png->message, sizeof(png->message), "%s", message);
    png_longjmp(reader, 1);
}

static void on_png_warning(png_structp reader, png_const_charp message)
{
    (void)reader;
    (void)message;
}

static void on_png_read(png_structp reader, png_bytep bytes, png_size_t size)
{
    struct source *source = png_get_io_ptr(reader);
    if (size > source->size - source->at)
        png_error(reader, "ends early");
    memcpy(bytes, source->bytes + source->at, size);
    source->at += size;
}

/*
 * Skips chunks that are not needed: for some of them libpng would allocate as much as their headers
 * claim, whatever png_set_chunk_malloc_max() says.
 */
static void png_skip_chunks(png_structp reader)
{
    static const png_byte names[] = "eXIf\0hIST\0iCCP\0iTXt\0pCAL\0sCAL\0sPLT\0tEXt\0zTXt";
    png_set_keep_unknown_chunks(reader, PNG_HANDLE_CHUNK_NEVER, names, sizeof(names) / 5);
}

static bool png_read_header(struct png *png)
{
    if (setjmp(png_jmpbuf(png->reader)))
        return false;
    png_skip_chunks(png->reader); /* which allocates */
    png_read_info(png->reader, png->info);
    return true;
}

/* Converts all kinds of PNG to 8-bit grey with 8-bit alpha. */
static bool png_read_pixels(struct png *png)
{
    if (setjmp(png_jmpbuf(png->reader)))
        return false;
    png_set_expand(png->reader);
    png_set_scale_16(png->reader);
    png_set_rgb_to_gray(png->reader, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT,
                        PNG_RGB_TO_GRAY_DEFAULT);
    png_set_add_alpha(png->reader, 0xff, PNG_FILLER_AFTER);
    png_read_image(png->reader, png->rows);
    png_read_end(png->reader, NULL);
    return true;
}

static enum lenet5_status png_failed(const struct png *png, const struct source *source)
{
    return png->out_of_memory ? fail(source->error, LENET5_ERROR_MEMORY,
                                     "%s: no memory to read a PNG picture", source->path)
                              : damaged(source, png->message);
}

static enum lenet5_status png_decode(struct lenet5_image *image, struct png *png,
                                     struct source *source)
{
    png_set_read_fn(png->reader, source, on_png_read);
    /* create_pixels() refuses large sides, with a better message, before anything is allocated. */
    png_set_user_limits(png->reader, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_cache_max(png->reader, 16);
    png_set_chunk_malloc_max(png->reader, 1 << 20);
    if (!png_read_header(png))
        return png_failed(png, source);
    uint32_t width = png_get_image_width(png->reader, png->info);
    uint32_t height = png_get_image_height(png->reader, png->info);
    enum lenet5_status status = create_pixels(image, source, width, height);
    if (status)
        return status;
    png->grey_alpha = memory_alloc((size_t)width * height, 2);
    png->rows = memory_alloc(height, sizeof(*png->rows));
    if (!png->grey_alpha || !png->rows)
        return fail(source->error, LENET5_ERROR_MEMORY, "%s: no memory for %ux%u pixels",
                    source->path, width, height);
    for (uint32_t y = 0; y < height; y++)
        png->rows[y] = png->grey_alpha + (size_t)y * width * 2;
    if (!png_read_pixels(png))
        return png_failed(png, source);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        int grey = png->grey_alpha[2 * i], alpha = png->grey_alpha[2 * i + 1];
        image->pixels[i] = (uint8_t)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    return LENET5_OK;
}

static enum lenet5_status read_png(struct lenet5_image *image, struct source *source)
{
    struct png png = {0};
    enum lenet5_status status = LENET5_OK;
    png.reader = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &png, on_png_error, on_png_warning,
                                          &png, on_png_alloc, on_png_free);
    if (png.reader)
        png.info = png_create_info_struct(png.reader);
    if (!png.info)
        status = fail(source->error, LENET5_ERROR_MEMORY, "%s: no memory to read a PNG picture",
                      source->path);
    else
        status = png_decode(image, &png, source);
    png_destroy_read_struct(&png.reader, &png.info, NULL);
    memory_free(png.rows);
    memory_free(png.grey_alpha);
    return status;
}

#else

static enum lenet5_status read_png(struct lenet5_image *image, struct source *source)
{
    (void)image;
    return fail(source->error, LENET5_ERROR_UNSUPPORTED,
                "%s: a PNG picture, but this build lacks libpng; PGM pictures work", source->path);
}

#endif

enum lenet5_status lenet5_image_read(struct lenet5_image *image, const char *path,
                                     struct lenet5_error *error)
{
    struct source source = {.path = path, .error = error};
    *image = (struct lenet5_image){0};
    enum lenet5_status status = load(&source);
    if (status)
        ;
    else if (source.size >= sizeof(png_magic) &&
             !memcmp(source.bytes, png_magic, sizeof(png_magic)))
        status = read_png(image, &source);
    else if (source.size >= 2 && !memcmp(source.bytes, "P5", 2))
        status = read_pgm(image, &source);
    else
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: expected a PNG or a binary PGM (P5), this is %s", source.path,
                      file_type_name(source.bytes, source.size));
    if (status)
        lenet5_image_release(image);
    memory_free(source.bytes);
    return status;
}

void lenet5_image_release(struct lenet5_image *image)
{
    memory_free(image->pixels);
    *image = (struct lenet5_image){0};
}

#ifdef HAVE_PNG
enum lenet5_status lenet5_image_encode_png(uint8_t **bytes, size_t *size,
                                           const struct lenet5_image *image,
                                           struct lenet5_error *error)
{
    *bytes = NULL;
    *size = 0;
    if (!image->pixels || image->width < 1 || image->height < 1)
        return fail(error, LENET5_ERROR_ARGUMENT, "a picture without pixels");
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)image->width,
                     .height = (png_uint_32)image->height,
                     .format = PNG_FORMAT_GRAY};
    png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(png);
    uint8_t *file = memory_alloc(room, 1);
    if (!file || !png_image_write_to_memory(&png, file, &room, 0, image->pixels, 0, NULL)) {
        memory_free(file);
        return fail(error, LENET5_ERROR_MEMORY, "no memory for a PNG of %dx%d pixels", image->width,
                    image->height);
    }
    *bytes = file;
    *size = room;
    return LENET5_OK;
}
#else
enum lenet5_status lenet5_image_encode_png(uint8_t **bytes, size_t *size,
                                           const struct lenet5_image *image,
                                           struct lenet5_error *error)
{
    (void)image;
    *bytes = NULL;
    *size = 0;
    return fail(error, LENET5_ERROR_UNSUPPORTED, "this lenet5 was built without libpng");
}
#endif

enum lenet5_status lenet5_image_write_png(const struct lenet5_image *image, const char *path,
                                          struct lenet5_error *error)
{
    uint8_t *bytes;
    size_t size;
    enum lenet5_status status = lenet5_image_encode_png(&bytes, &size, image, error);
    if (status)
        return status;
    status = atomic_file_write(path, bytes, size, error);
    memory_free(bytes);
    return status;
}
