#include "known.h"

#include <string.h>

static const char *const mnist_mirrors[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/", /* where it comes from; refuses most of the time since 2021 */
    NULL,
};
static const char *const fashion_mirrors[] = {
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    NULL,
};
static const char *const kmnist_mirrors[] = {
    "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    NULL,
};
static const char *const qmnist_mirrors[] = {
    "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
    NULL,
};
static const char *const emnist_mirrors[] = {
    "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    "https://biometrics.nist.gov/cs_links/EMNIST/",
    NULL,
};

static const char *const fashion_classes[] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot",
};
static const char *const kmnist_classes[] = {
    "o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo",
};
/* Upper and lower case together. */
static const char *const letters_classes[] = {
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
    "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z",
};
/* Together where both cases look alike. */
static const char *const balanced_classes[] = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F",
    "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
    "W", "X", "Y", "Z", "a", "b", "d", "e", "f", "g", "h", "n", "q", "r", "t",
};

static const struct known_file emnist_archive = {
    .name = "gzip.zip",
    .size = 561753746,
    .sha256 = "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
};

#define EMNIST_FILES(part)                                           \
    {                                                                \
        {{.name = "emnist-" part "-train-images-idx3-ubyte.gz"},     \
         {.name = "emnist-" part "-train-labels-idx1-ubyte.gz"}},    \
            {{.name = "emnist-" part "-test-images-idx3-ubyte.gz"},  \
             {.name = "emnist-" part "-test-labels-idx1-ubyte.gz"}}, \
    }

static const char emnist_licence[] = "none stated; made of NIST's Special Database 19";

const struct known_dataset known_datasets[KNOWN_DATASETS] = {
    {
        .name = "mnist",
        .title = "MNIST, handwritten digits",
        .licence = "CC BY-SA 3.0",
        .mirrors = mnist_mirrors,
        .files =
            {
                {{"train-images-idx3-ubyte.gz", 9912422,
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", NULL,
                  "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
                 {"train-labels-idx1-ubyte.gz", 28881,
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", NULL,
                  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
                {{"t10k-images-idx3-ubyte.gz", 1648877,
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", NULL,
                  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
                 {"t10k-labels-idx1-ubyte.gz", 4542,
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", NULL,
                  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
            },
        .counts = {60000, 10000},
        .format = {.classes = 10},
    },
    {
        .name = "fashion-mnist",
        .title = "Fashion-MNIST, articles of clothing",
        .licence = "MIT",
        .mirrors = fashion_mirrors,
        .files =
            {
                {{"train-images-idx3-ubyte.gz", 26421880,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", NULL, NULL},
                 {"train-labels-idx1-ubyte.gz", 29515,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", NULL,
                  "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"}},
                {{"t10k-images-idx3-ubyte.gz", 4422102,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", NULL, NULL},
                 {"t10k-labels-idx1-ubyte.gz", 5148,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", NULL,
                  "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}},
            },
        .counts = {60000, 10000},
        .format = {.classes = 10},
        .classes = fashion_classes,
    },
    {
        .name = "kmnist",
        .title = "KMNIST, cursive Japanese characters",
        .licence = "CC BY-SA 4.0",
        .mirrors = kmnist_mirrors,
        .files =
            {
                {{"train-images-idx3-ubyte.gz", 18165135,
                  "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", NULL, NULL},
                 {"train-labels-idx1-ubyte.gz", 29497,
                  "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", NULL, NULL}},
                {{"t10k-images-idx3-ubyte.gz", 3041136,
                  "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", NULL, NULL},
                 {"t10k-labels-idx1-ubyte.gz", 5120,
                  "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", NULL, NULL}},
            },
        .counts = {60000, 10000},
        .format = {.classes = 10},
        .classes = kmnist_classes,
    },
    {
        .name = "emnist-digits",
        .title = "EMNIST, handwritten digits",
        .licence = emnist_licence,
        .mirrors = emnist_mirrors,
        .archive = &emnist_archive,
        .files = EMNIST_FILES("digits"),
        .counts = {240000, 40000},
        .format = {.classes = 10, .transposed = true},
    },
    {
        .name = "emnist-letters",
        .title = "EMNIST, handwritten letters, both cases as one",
        .licence = emnist_licence,
        .mirrors = emnist_mirrors,
        .archive = &emnist_archive,
        .files = EMNIST_FILES("letters"),
        .counts = {124800, 20800},
        .format = {.classes = 26, .first_label = 1, .transposed = true},
        .classes = letters_classes,
    },
    {
        .name = "emnist-balanced",
        .title = "EMNIST, handwritten digits and letters, as many of each",
        .licence = emnist_licence,
        .mirrors = emnist_mirrors,
        .archive = &emnist_archive,
        .files = EMNIST_FILES("balanced"),
        .counts = {112800, 18800},
        .format = {.classes = 47, .transposed = true},
        .classes = balanced_classes,
    },
    {
        .name = "qmnist",
        .title = "QMNIST, MNIST's digits with their writers and 50,000 more to test with",
        .licence = "BSD",
        .mirrors = qmnist_mirrors,
        .files =
            {
                {{.name = "qmnist-train-images-idx3-ubyte.gz",
                  .md5 = "ed72d4157d28c017586c42bc6afe6370"},
                 {.name = "qmnist-train-labels-idx2-int.gz",
                  .sha256 = "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f"}},
                {{.name = "qmnist-test-images-idx3-ubyte.gz",
                  .md5 = "1394631089c404de565df7b7aeaf9412"},
                 {.name = "qmnist-test-labels-idx2-int.gz",
                  .sha256 = "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06"}},
            },
        .counts = {60000, 60000},
        .format = {.classes = 10},
    },
};

const struct known_dataset *known_find(const char *name)
{
    for (int i = 0; i < KNOWN_DATASETS; i++)
        if (strcmp(known_datasets[i].name, name) == 0)
            return &known_datasets[i];
    return NULL;
}
