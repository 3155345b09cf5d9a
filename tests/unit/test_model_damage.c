/* Damaged and hostile model files: none does worse than be refused with a sentence. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "files/digest.h"
#include "small_model.h"

enum { TEXT_MAX = 1 << 14 };

static size_t header_length(void)
{
    return file.at[0] | (size_t)file.at[1] << 8;
}

/*
 * The header of the small model as text, without its padding and without its SHA-256: so that a change
 * is refused for what it says, and not for being one.
 */
static void header_text(char text[TEXT_MAX])
{
    size_t length = header_length();
    ck_assert_uint_lt(length, TEXT_MAX);
    memcpy(text, file.at + 8, length);
    text[length] = '\0';
    strrchr(text, '}')[1] = '\0';
    static const char digest[] = ",\\\"sha256\\\":\\\"";
    char *at = strstr(text, digest);
    ck_assert_ptr_nonnull(at);
    const char *rest = at + sizeof(digest) - 1 + 64 + 2;
    memmove(at, rest, strlen(rest) + 1);
}

/* Writes the small model with another header. */
static void write_with_header(const char *text, size_t length)
{
    size_t old = header_length(), data = file.size - 8 - old;
    for (int i = 0; i < 8; i++)
        second.at[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(second.at + 8, text, length);
    memcpy(second.at + 8 + length, file.at + 8 + old, data);
    files_write("model.safetensors", second.at, 8 + length + data);
}

/* One thing changed in the header and the sentence about it; ' stands for ". */
struct edit {
    const char *old, *new, *message;
};

#define NAME_40   "a234567890123456789012345678901234567890"
#define LONG_NAME NAME_40 NAME_40 NAME_40 NAME_40

static const struct edit header_edits[] = {
    /* the container */
    {"{'__m", " {'__m", "header does not begin with '{'"},
    {"{'__m", "\xef\xbb\xbf{'__m", "header does not begin with '{'"},
    {"{'__m", "{]", "header is not JSON near byte"},
    {"308]}}", "308]}}}", "continues at byte"},
    {"308]}}", "308]}}\n", "continues at byte"},
    {"'format':'pt'", "'format':'\x80'", "is not UTF-8"},
    {"'format':'pt'", "'format':'\xc0\xaf'", "is not UTF-8"},
    {"'format':'pt'", "'format':'\xed\xa0\x80'", "is not UTF-8"},
    {"'format':'pt'", "'format':'\x01'", "is the control character 0x01"},
    {"'c1.bias'", "'c1.bias\\u0000'", "is an escaped NUL"},
    {"'format':'pt'", "'format':1", "__metadata__ is not an object of strings"},
    {"{'format'", "['format'", "is not JSON"},
    {"'format':'pt'", "'format':'\xf4\x90\x80\x80'", "is not UTF-8"},
    {"308]}}", "308]}}\xc3", "is not UTF-8"},
    {"'__metadata__':{", "'__metadata__':5,'x':{", "__metadata__ is not an object of strings"},
    {"'c1.bias':{", "'c1.bias':5,'x':{", "'c1.bias' is not described by dtype"},
    {"'c1.bias'", "'" LONG_NAME "'", "a tensor's name has 160 bytes, expected at most 127: 'a2345"},
    {"'lenet5':", "'lenet6':", "without the metadata entry \"lenet5\""},
    {"'__metadata__':", "'__metadatA__':", "tensor '__metadatA__' is not described by dtype"},
    {"'format':", "'lenet5':", "has 'lenet5' twice"},
    {"'c1.weight'", "'c1.bias'", "has 'c1.bias' twice"},
    {"'shape':[2],", "'shape':[2],'shape':[2],", "has 'shape' twice"},
    {"'shape':[2]", "'shape':[[[[[2]]]]]", "nested deeper than 4 levels"},
    {"'F32','shape':[2]", "'F16','shape':[2]", "'c1.bias' has dtype 'F16', expected 'F32'"},
    {"'F32','shape':[2]", "32,'shape':[2]", "'c1.bias' is not described by dtype"},
    {"'shape':[2],", "", "'c1.bias' is not described by dtype"},
    {"'shape':[2],", "'shape':[2],'x':1,", "'c1.bias' is not described by dtype"},
    {"'shape':[2]", "'shape':2", "shape of tensor 'c1.bias' is not an array"},
    {"'shape':[2]", "'shape':[-2]", "shape of tensor 'c1.bias' is not an array"},
    {"'shape':[2]", "'shape':[2.5]", "shape of tensor 'c1.bias' is not an array"},
    {"'shape':[2]", "'shape':['2']", "shape of tensor 'c1.bias' is not an array"},
    {"'shape':[2]", "'shape':[2,1,1,1,1]", "array of at most 4 sizes"},
    {"'shape':[2]", "'shape':[1e10]", "shape of tensor 'c1.bias' is not an array"},
    {"'shape':[2]", "'shape':[3]", "'c1.bias' of shape [3] does not fill its 8 bytes"},
    {"'shape':[2]", "'shape':[2147483647,2147483647,2147483647,2147483647]", "does not fill"},
    {"'shape':[2]", "'shape':[2147483648,2147483648,4]", "is not an array"},
    {"'shape':[2]", "'shape':[17362,27905,49477,384773]", "does not fill its 8 bytes"},
    {"[0,8]", "[8,0]", "data_offsets of tensor 'c1.bias' are not"},
    {"[0,8]", "[0]", "data_offsets of tensor 'c1.bias' are not"},
    {"[0,8]", "[0,8,8]", "data_offsets of tensor 'c1.bias' are not"},
    {"[0,8]", "[-8,0]", "data_offsets of tensor 'c1.bias' are not"},
    {"[0,8]", "[0,1e300]", "data_offsets of tensor 'c1.bias' are not"},
    {"[0,8]", "{'a':0,'b':8}", "data_offsets of tensor 'c1.bias' are not"},
    {"[8,80]", "[12,84]", "'c1.weight' begins at byte 12, expected 8: there must be no hole"},
    {"[8,80]", "[4,76]", "'c1.weight' begins at byte 4, expected 8: there must be no overlap"},
    {"[0,8]", "[308,316]", "'c1.weight' begins at byte 8, expected 0: there must be no hole"},
    {"[3,9],'data_offsets':[200,308]", "[3,8],'data_offsets':[200,296]",
     "the tensors have 296 bytes, but the file has 308"},
    /* the tensors of this architecture */
    {"[2,1,3,3]", "[1,2,3,3]", "'c1.weight' has shape [1, 2, 3, 3], expected [2, 1, 3, 3]"},
    {"[2,1,3,3]", "[18]", "'c1.weight' has shape [18], expected [2, 1, 3, 3]"},
    {"'shape':[2]", "'shape':[2,1]", "'c1.bias' has shape [2, 1], expected [2]"},
    {"[3,9]", "[9,3]", "'fc.weight' has shape [9, 3], expected [3, 9]"},
    {"'c1.bias'", "'c1.bios'", "tensor 'c1.bias' is missing"},
    {"'c1.bias'", "'x':{'dtype':'F32','shape':[0],'data_offsets':[8,8]},'c1.bias'",
     "tensor 'x' belongs to no layer"},
    {"'c1.bias'", "'x':{'dtype':'F32','shape':[0],'data_offsets':[0,0]},'c1.bias'",
     "tensor 'x' belongs to no layer"},
};

#define ZEROS_63 "000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS    "0" ZEROS_63

/* The same within the metadata's JSON text, where ' stands for \". */
static const struct edit metadata_edits[] = {
    {"\"{'version'", "\"['version'", "metadata does not begin with '{'"},
    {"'version':1", "'version':2", "version 2, but this lenet5 reads version 1: update"},
    {"'version':1", "'version':'1'", "version is not a number"},
    {"'version':1,", "", "version is not a number"},
    {"'version':1,", "'version':1,'x':1,", "unknown field 'x'"},
    {"'version':1,", "'version':1,'sha256':1,", "sha256 is not a string of 64 digits"},
    {"'version':1,", "'version':1,'sha256':'0123456789abcdef',", "sha256 is not a string of 64"},
    {"'version':1,", "'version':1,'sha256':'" ZEROS "0',", "sha256 is not a string of 64 digits"},
    {"'version':1,", "'version':1,'sha256':'A" ZEROS_63 "',",
     "sha256 is not a string of 64 digits"},
    {"'version':1,", "'version':1,'sha256':'" ZEROS "',", "its SHA-256 is not that in its header"},
    {"'version':1,", "'version':1,'sha256':'" ZEROS_63 "\\\\u0030',",
     "its SHA-256 is not that in its header"},
    {"'shift'", "'scale'", "metadata has 'scale' twice"},
    {"'name':'small", "'name':1,'input':'s", "has 'input' twice"},
    {"'name':'small / \xe2\x82\xac',", "", "name is not a string"},
    {"[1,8,8]", "[1,8]", "input is not three whole numbers from 1 to 4096"},
    {"[1,8,8]", "[1,8,0]", "input is not three whole numbers from 1 to 4096"},
    {"[1,8,8]", "[1,8,4097]", "input is not three whole numbers from 1 to 4096"},
    {"[1,8,8]", "[4096,4096,4096]", "input has more than 2^26 values"},
    {"[1,8,8]", "[4096,4096,5]", "input has more than 2^26 values"},
    {"[1,8,8]", "[4096,5,4096]", "input has more than 2^26 values"},
    {"[1,8,8]", "[5,4096,4096]", "input has more than 2^26 values"},
    {"[1,8,8]", "[1,4096,4096]", "'fc.weight' has shape [3, 9], expected [3, 12558345]"},
    {"[1,8,8]", "[2,8,8]", "'c1.weight' has shape [2, 1, 3, 3], expected [2, 2, 3, 3]"},
    {"[1,8,8]", "[1,2,2]", "layer 0 (conv): a 3x3 kernel does not fit an input of 2x2"},
    {"'scale'", "'fit':'stretch','scale'", "fit is neither pad nor resize"},
    {"'scale'", "'fit':'','scale'", "fit is neither pad nor resize"},
    {"'scale'", "'fit':1,'scale'", "fit is neither pad nor resize"},
    {"'scale'", "'fit':null,'scale'", "fit is neither pad nor resize"},
    {":0.003921569", ":null", "scale is not a number"},
    {":0.003921569", ":1e39", "scale is not a number that float32 can hold"},
    {":-0.1,", ":true,", "shift is not a number"},
    {"'classes':[", "'classes':['z',", "expected a vector of 4 classes"},
    {"'classes':[", "'classes':[1,", "class name 0 is not a string"},
    {"'classes':['a',", "'classes':[", "expected a vector of 2 classes"},
    {"{'kind':'tanh'}", "1", "layer 1 has the unknown kind ''"},
    {"'tanh'", "'tan'", "layer 1 has the unknown kind 'tan'"},
    {"'tanh'", "'tanh','rate':0", "layer 1 (tanh) has the unknown field 'rate'"},
    {"'tanh'", "'tanh','x':0", "layer 1 (tanh) has the unknown field 'x'"},
    {"'tanh'", "'dense'", "layer 1 (dense) has no name"},
    {"'name':'c1'", "'name':''", "name is not a string of 1 to 100 bytes"},
    {"'name':'c1'", "'name':'c2'", "'c2.weight' has shape [3, 2, 2, 2]"},
    {"'outputs':2", "'outputs':0", "outputs is not a whole number from 1 to 65536"},
    {"'outputs':2", "'outputs':65537", "outputs is not a whole number from 1 to 65536"},
    {"'outputs':2", "'outputs':65536", "expected [65536, 1, 3, 3]"},
    {"'kernel':[3,3]", "'kernel':[0,3]", "kernel is not two whole numbers from 1"},
    {"'kernel':[3,3]", "'kernel':[4096,4096]", "expected [2, 1, 4096, 4096]"},
    {"'name':'c1'", "'name':1", "name is not a string of 1 to 100 bytes"},
    {"'kernel':[3,3]", "'kernel':3", "kernel is not two whole numbers from 1"},
    {"'kernel':[3,3]", "'kernel':[3]", "kernel is not two whole numbers from 1"},
    {"'stride':[2,2]", "'stride':[0,0]", "stride is not two whole numbers from 1"},
    {"'stride':[2,2]", "'padding':[0,0]", "(avg_pool) has the unknown field 'padding'"},
    {"'padding':[0,1]", "'padding':[-1,1]", "padding is not two whole numbers from 0"},
    {"'rate':0.3", "'rate':1", "layer 8 (dropout): rate 1"},
    {"'rate':0.3", "'rate':''", "layer 8 (dropout): rate is not a number"},
    {"'10',", "", "connections are not 3 strings"},
    {"'10',", "'1',", "connections are not 3 strings"},
    {"'10',", "'12',", "connections are not 3 strings"},
    {"'10',", "10,", "connections are not 3 strings"},
    {"['10','11','01']", "'10'", "connections is not an array of strings"},
    {"'11',", "11,", "connections are not 3 strings"},
    {"'11',", "'11x',", "connections are not 3 strings"},
    {"'11',", "'111',", "connections are not 3 strings"},
    {"'10','11','01'", "'1','1','1'", "to 1 maps, expected 2"},
    {"'10',", "'01',", "where there is no connection, expected 0"},
};

/* text with quote for every ' */
static void quote(char *quoted, const char *text, const char *quote)
{
    for (; *text; text++)
        quoted += *text == '\'' ? sprintf(quoted, "%s", quote) : sprintf(quoted, "%c", *text);
    *quoted = '\0';
}

static void write_edited(const struct edit *edit, const char *quotes)
{
    char text[TEXT_MAX], edited[TEXT_MAX], old[TEXT_MAX], new[TEXT_MAX];
    header_text(text);
    quote(old, edit->old, quotes);
    quote(new, edit->new, quotes);
    const char *at = strstr(text, old);
    ck_assert_msg(at != NULL, "%s is not in %s", old, text);
    int length = snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - text), text, new,
                          at + strlen(old));
    write_with_header(edited, (size_t)length);
}

static void check_edit(const struct edit *edit, const char *quotes)
{
    write_edited(edit, quotes);
    check_refused(LENET5_ERROR_DATA, model_path, edit->message);
}

TEST_LOOP(damaged_headers_are_refused, 0, ARRAY_SIZE(header_edits))
{
    check_edit(&header_edits[_i], "\"");
}

TEST_LOOP(damaged_metadata_are_refused, 0, ARRAY_SIZE(metadata_edits))
{
    check_edit(&metadata_edits[_i], "\\\"");
}

/* Metadata of its own, and the sentence about it. */
#define EMPTY "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"
#define BEGIN "{'version':1,'name':'','input':[1,1,3],'scale':1,'shift':0,"

static const struct {
    const char *metadata, *message;
} others[] = {
    {BEGIN "'layers':[{'kind':'flatten'}]}", "classes is not an array of strings"},
    {BEGIN "'classes':[]}", "layers is not an array of 1 to 64 objects"},
    {BEGIN "'classes':[],'layers':{}}", "layers is not an array of 1 to 64 objects"},
    {BEGIN "'classes':[],'layers':[]}", "layers is not an array of 1 to 64 objects"},
    {BEGIN "'classes':[],'layers':[{'kind':'rbf','outputs':2,'codes':['01','10']}]}",
     "layer 0 (rbf) has codes to 2 maps, expected 1"},
    {BEGIN "'classes':[],'layers':[{'kind':'rbf','outputs':2,'codes':'01'}]}",
     "codes is not an array of strings"},
};

static void check_metadata(const char *metadata, const char *message)
{
    static char text[TEXT_MAX];
    const int length = snprintf(text, sizeof(text), "{\"__metadata__\":{\"lenet5\":\"");
    quote(text + length, metadata, "\\\"");
    strcat(text, "\"}}");
    write_with_header(text, strlen(text));
    check_refused(LENET5_ERROR_DATA, model_path, message);
}

TEST_LOOP(other_metadata_are_refused, 0, ARRAY_SIZE(others))
{
    file.size = 8 + header_length(); /* no data */
    check_metadata(others[_i].metadata, others[_i].message);
}

TEST(too_much_is_refused)
{
    static char text[TEXT_MAX];
    size_t used = (size_t)sprintf(text, BEGIN "'classes':[],'layers':[1");
    for (int i = 1; i < 65; i++)
        used += (size_t)sprintf(text + used, ",1");
    strcpy(text + used, "]}");
    file.size = 8 + header_length(); /* no data */
    check_metadata(text, "layers is not an array of 1 to 64 objects");

    used = (size_t)sprintf(text, "{\"a\":" EMPTY);
    for (int i = 0; i < 128; i++)
        used += (size_t)sprintf(text + used, ",\"%d\":" EMPTY, i);
    strcpy(text + used, "}");
    write_with_header(text, strlen(text));
    check_refused(LENET5_ERROR_DATA, model_path, "more than 128 tensors");

    files_write("model.safetensors", "x", 1);
    ck_assert_int_eq(truncate(model_path, (off_t)1 << 31), 0); /* without taking room */
    check_refused(LENET5_ERROR_DATA, model_path, "has 2147483648 bytes, expected 8 to");
}

/* The edits are refused for what they say and not for how they were made. */
TEST(unpadded_and_reordered_files_load)
{
    char text[TEXT_MAX], edited[TEXT_MAX];
    header_text(text);
    write_with_header(text, strlen(text));
    struct lenet5_network *network;
    ck_assert_msg(!lenet5_model_load(&network, model_path, &error), "%s", error.message);
    lenet5_network_destroy(network);

    /* c1.bias named last, other metadata, and nothing but blanks between. */
    static const char first[] =
        "\"c1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},";
    char *at = strstr(text, first);
    ck_assert_ptr_nonnull(at);
    int length = snprintf(edited, sizeof(edited), "{\n\t\"__metadata__\": {\"by\":\"hand\",%.*s%s",
                          (int)(at - text - 17), text + 17, at + sizeof(first) - 1);
    length += snprintf(edited + length - 1, sizeof(edited) - (size_t)length, ",%.*s }   ",
                       (int)sizeof(first) - 2, first) -
              1;
    write_with_header(edited, (size_t)length);
    ck_assert_msg(!lenet5_model_load(&network, model_path, &error), "%s", error.message);
    save(network, model_path);
    read_bytes(&second, model_path);
    ck_assert(file.size == second.size && !memcmp(file.at, second.at, file.size));
    lenet5_network_destroy(network);
}

/* Without our metadata there is no network in a file, but there still are weights for one. */
TEST(weights_of_other_programs_are_loaded)
{
    struct lenet5_network *network, *expected;
    files_write("model.safetensors", file.at, file.size);
    ck_assert(!lenet5_model_load(&expected, model_path, &error));
    const size_t size = lenet5_network_parameter_count(expected) * sizeof(float);
    ck_assert(!lenet5_network_create(&network, &small, &error));
    const struct edit foreign = {"'lenet5':", "'lenet6':", NULL};
    write_edited(&foreign, "\"");
    ck_assert_msg(!lenet5_model_load_weights(network, model_path, &error), "%s", error.message);
    ck_assert_mem_eq(lenet5_network_weights(network), lenet5_network_weights(expected), size);

    static const struct edit refused[] = {
        {"'c1.bias'", "'c3.bias'", "tensor 'c1.bias' is missing"},
        {"'c1.bias':", "'x.bias':{'dtype':'F32','shape':[0],'data_offsets':[0,0]},'c1.bias':",
         "tensor 'x.bias' belongs to no layer"},
        {"[3,9]", "[9,3]", "tensor 'fc.weight' has shape [9, 3], expected [3, 9]"},
        {"'F32'", "'F16'", "has dtype 'F16', expected 'F32'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        write_edited(&refused[i], "\"");
        ck_assert_int_eq(lenet5_model_load_weights(network, model_path, &error), LENET5_ERROR_DATA);
        ck_assert_msg(strstr(error.message, refused[i].message) != NULL, "%s", error.message);
        ck_assert_mem_eq(lenet5_network_weights(network), lenet5_network_weights(expected), size);
    }
    /* The last value of all: the others must not have come in before it was seen. */
    lenet5_network_parameters(network)[0] = 5;
    memcpy(file.at + file.size - 4, "\0\0\xc0\x7f", 4);
    write_edited(&foreign, "\"");
    ck_assert_int_eq(lenet5_model_load_weights(network, model_path, &error), LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, "not finite") != NULL, "%s", error.message);
    ck_assert(lenet5_network_weights(network)[0] == 5);
    /* A file of our own knows that it was changed. */
    files_write("model.safetensors", file.at, file.size);
    ck_assert_int_eq(lenet5_model_load_weights(network, model_path, &error), LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, "SHA-256") != NULL, "%s", error.message);
    ck_assert(lenet5_network_weights(network)[0] == 5);
    lenet5_network_destroy(network);
    lenet5_network_destroy(expected);
}

/* What is not written may be said: files without the field mean it. */
TEST(padding_may_be_named)
{
    const struct edit edit = {"'scale'", "'fit':'pad','scale'", NULL};
    struct lenet5_network *network;
    write_edited(&edit, "\\\"");
    ck_assert_msg(!lenet5_model_load(&network, model_path, &error), "%s", error.message);
    ck_assert_int_eq(lenet5_network_architecture(network)->fit, LENET5_FIT_PAD);
    save(network, model_path);
    read_bytes(&second, model_path);
    ck_assert(file.size == second.size && !memcmp(file.at, second.at, file.size));
    lenet5_network_destroy(network);
}

TEST(every_prefix_is_refused)
{
    files_write("model.safetensors", file.at, file.size);
    size_t size = file.size;
    while (size-- > 0) {
        ck_assert_int_eq(truncate(model_path, (off_t)size), 0);
        check_refused(LENET5_ERROR_DATA, model_path, size < 8 ? "not a model file" : "bytes");
    }
}

TEST(trailing_bytes_are_refused)
{
    files_write("model.safetensors", file.at, file.size);
    ck_assert_int_eq(truncate(model_path, (off_t)file.size + 1), 0);
    check_refused(LENET5_ERROR_DATA, model_path, "have 308 bytes, but the file has 309 bytes");
}

/* Every bit of the whole file. */
TEST(every_flipped_bit_is_refused)
{
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        files_write("model.safetensors", file.at, file.size);
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        check_refused(LENET5_ERROR_DATA, model_path, "");
    }
    file.at[file.size - 1] ^= 1;
    files_write("model.safetensors", file.at, file.size);
    check_refused(LENET5_ERROR_DATA, model_path, "its SHA-256 is not that in its header");
}

/* As docs/model-file.md says that it is found. */
TEST(sha256_is_of_the_file_with_zeros_for_digits)
{
    static const char key[] = "\\\"sha256\\\":\\\"";
    char *at = memmem(file.at, file.size, key, sizeof(key) - 1), digits[64], hex[DIGEST_HEX_SIZE];
    ck_assert_ptr_nonnull(at);
    at += sizeof(key) - 1;
    memcpy(digits, at, sizeof(digits));
    memset(at, '0', sizeof(digits));
    digest_sha256_parts(hex, &(struct digest_part){file.at, file.size}, 1);
    ck_assert_mem_eq(hex, digits, sizeof(digits));
}

/*
 * Every bit of the header and its length, in a file that does not know its SHA-256: refused, or a
 * network that can be used and saved.
 */
TEST(flipped_bits_do_no_harm)
{
    char text[TEXT_MAX];
    header_text(text);
    write_with_header(text, strlen(text));
    read_bytes(&file, model_path);
    size_t length = header_length(), survivors = 0;
    for (size_t bit = 0; bit < 8 * (8 + length); bit++) {
        struct lenet5_network *network;
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        files_write("model.safetensors", file.at, file.size);
        enum lenet5_status status = lenet5_model_load(&network, model_path, &error);
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_msg(status == LENET5_OK || status == LENET5_ERROR_DATA, "bit %zu: %s", bit,
                      error.message);
        if (status)
            continue;
        ck_assert_uint_ge(bit, 64);
        ck_assert_uint_ge(lenet5_network_parameter_count(network), SMALL_PARAMETERS);
        if (survivors++ % 64 == 0)
            save(network, other_path);
        lenet5_network_destroy(network);
    }
    ck_assert_uint_gt(survivors, 0); /* a letter of a class name, for one */
}

static const struct {
    int at; /* byte of the data */
    unsigned char bytes[4];
    const char *message;
} values[] = {
    {0, {0x00, 0x00, 0xc0, 0x7f}, "'c1.bias' has a value that is not finite: nan"},
    {0, {0x01, 0x00, 0x80, 0x7f}, "'c1.bias' has a value that is not finite: nan"},
    {0, {0x00, 0x00, 0x80, 0xff}, "'c1.bias' has a value that is not finite: -inf"},
    {8, {0x00, 0x00, 0x80, 0xff}, "'c1.weight' has a value that is not finite: -inf"},
};

TEST_LOOP(weights_must_be_finite, 0, ARRAY_SIZE(values))
{
    char text[TEXT_MAX];
    size_t length = header_length();
    memcpy(file.at + 8 + length + values[_i].at, values[_i].bytes, 4);
    header_text(text);
    write_with_header(text, strlen(text));
    check_refused(LENET5_ERROR_DATA, model_path, values[_i].message);
}

TEST(header_length_is_bounded)
{
    memset(file.at, 0xff, 8);
    files_write("model.safetensors", file.at, file.size);
    check_refused(LENET5_ERROR_DATA, model_path,
                  "not a model file (.safetensors): it is of an unknown kind");
    memset(file.at, 0, 8);
    file.at[2] = 0x10; /* 1 MiB, in a smaller file */
    files_write("model.safetensors", file.at, file.size);
    check_refused(LENET5_ERROR_DATA, model_path, "cut off: a header of 1048576 bytes");
    memset(file.at, 0, 8);
    files_write("model.safetensors", file.at, file.size);
    check_refused(LENET5_ERROR_DATA, model_path, "does not begin with '{'");
}

/* Headers of a megabyte that would cost time, stack or memory. */
TEST(large_headers_are_refused_quickly)
{
    static char text[1 << 20];
    memset(text, '[', sizeof(text));
    memcpy(text, "{\"a\":", 5);
    write_with_header(text, sizeof(text));
    check_refused(LENET5_ERROR_DATA, model_path, "is not JSON near byte");

    size_t used = 1;
    for (int i = 0; used < sizeof(text) - 16; i++)
        used += (size_t)sprintf(text + used, "\"%x\":1,", i);
    used += (size_t)sprintf(text + used, "\"\":1}");
    write_with_header(text, used);
    check_refused(LENET5_ERROR_DATA, model_path, "an object of more than 256 members");

    /* A first row of 500,000 connections, promised 65,536 times. */
    quote(text,
          "{\"__metadata__\":{\"lenet5\":\"{'version':1,'name':'','input':[1,8,8],'scale':1,"
          "'shift':0,'classes':[],'layers':[{'kind':'conv','name':'c','outputs':65536,"
          "'kernel':[1,1],'connections':['",
          "\\\"");
    used = strlen(text);
    memset(text + used, '1', 500000);
    used += 500000;
    for (int i = 1; i < 65536; i++)
        used += (size_t)sprintf(text + used, "\\\",\\\"");
    used += (size_t)sprintf(text + used, "\\\"]}]}\"}}");
    ck_assert_uint_le(used, sizeof(text));
    for (int i = 0; i < 8; i++)
        second.at[i] = (unsigned char)((uint64_t)used >> 8 * i);
    memcpy(second.at + 8, text, used);
    files_write("model.safetensors", second.at, 8 + used);
    check_refused(LENET5_ERROR_DATA, model_path, "connections are not 65536 strings");
}

void add_fixtures(TCase *tests)
{
    small_model_fixture(tests);
}
