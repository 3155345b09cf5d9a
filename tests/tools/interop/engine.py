"""liblenet5 through ctypes: arrays of NumPy go in and out where they are, without a copy."""
import ctypes
import os
from ctypes import byref, c_char, c_float, c_int, c_size_t, c_uint8, c_uint64, c_void_p

import numpy as np

TRAIN, TEST = 0, 1  # LENET5_SPLIT_TRAIN, LENET5_SPLIT_TEST
BLAS = 1  # LENET5_BACKEND_BLAS


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("message", c_char * 512)]


def bytes_of(array):
    assert array.flags.c_contiguous and array.dtype == np.uint8
    return array.ctypes.data_as(ctypes.POINTER(c_uint8))


def floats_of(array):
    assert array.flags.c_contiguous and array.dtype == np.float32
    return array.ctypes.data_as(ctypes.POINTER(c_float))


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.lenet5_dataset_count.restype = c_size_t
        self.c.lenet5_dataset_image.restype = ctypes.POINTER(c_uint8)
        self.c.lenet5_dataset_label.argtypes = [c_void_p, c_size_t]
        self.c.lenet5_dataset_image.argtypes = [c_void_p, c_size_t]
        for name in ("count", "rows", "cols", "destroy"):
            getattr(self.c, "lenet5_dataset_" + name).argtypes = [c_void_p]
        self.c.lenet5_network_destroy.argtypes = [c_void_p]
        self.c.lenet5_classifier_destroy.argtypes = [c_void_p]

    def call(self, name, *arguments):
        error = Error()
        if getattr(self.c, name)(*arguments, byref(error)):
            raise RuntimeError(error.message.decode())

    def images(self, split, count):
        """The images and labels of $LENET5_DATA, or as many drawn ones; views of the data set."""
        dataset = c_void_p()
        if os.environ.get("LENET5_DATA"):
            self.call("lenet5_dataset_read_mnist", byref(dataset),
                      os.environ["LENET5_DATA"].encode(), c_int(split))
        else:
            self.call("lenet5_dataset_draw_digits", byref(dataset), c_size_t(count), c_uint64(1),
                      c_int(split))
        count = self.c.lenet5_dataset_count(dataset)
        shape = (count, self.c.lenet5_dataset_rows(dataset), self.c.lenet5_dataset_cols(dataset))
        images = np.ctypeslib.as_array(self.c.lenet5_dataset_image(dataset, 0), shape)
        labels = np.array([self.c.lenet5_dataset_label(dataset, i) for i in range(count)])
        return images, labels  # the data set stays until the program ends

    def inputs(self, path, images):
        """What the network of a model file makes of images: (n, 1, h, w)."""
        return self.features(path, images, -1).reshape(len(images), 1, 32, 32)

    def features(self, path, images, row, values=1024):
        network = c_void_p()
        self.call("lenet5_model_load", byref(network), path.encode())
        features = np.empty((len(images), values), np.float32)
        self.call("lenet5_features", network, floats_of(features), c_int(row), bytes_of(images),
                  c_size_t(len(images)), c_int(images.shape[1]), c_int(images.shape[2]))
        self.c.lenet5_network_destroy(network)
        return features

    def logits(self, path, images, rows):
        """The logits of a model file with so many rows."""
        return self.features(path, images, rows - 1, 10)

    def probabilities(self, path, images):
        network, classifier = c_void_p(), c_void_p()
        self.call("lenet5_model_load", byref(network), path.encode())
        self.call("lenet5_classifier_create", byref(classifier), network, c_int(BLAS), c_int(1))
        result = np.empty((len(images), 10), np.float32)
        self.call("lenet5_classify", classifier, floats_of(result), bytes_of(images),
                  c_size_t(len(images)), c_int(images.shape[1]), c_int(images.shape[2]))
        self.c.lenet5_classifier_destroy(classifier)
        self.c.lenet5_network_destroy(network)
        return result
