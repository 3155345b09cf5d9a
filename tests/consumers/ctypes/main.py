"""The library from Python, with ctypes alone: NumPy's arrays go in and out where they are."""
import ctypes
import sys
from ctypes import POINTER, byref, c_char, c_char_p, c_float, c_int, c_size_t, c_uint8, c_uint64, c_void_p

import numpy as np


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("message", c_char * 512)]


class Preset(ctypes.Structure):  # its beginning; the architecture follows
    _fields_ = [("name", c_char_p), ("source", c_char_p), ("summary", c_char_p)]


lenet5 = ctypes.CDLL(sys.argv[1])
lenet5.lenet5_version.restype = c_char_p
lenet5.lenet5_preset.restype = POINTER(Preset)
lenet5.lenet5_dataset_image.restype = POINTER(c_uint8)
lenet5.lenet5_dataset_image.argtypes = [c_void_p, c_size_t]


def call(name, *arguments):
    error = Error()
    if getattr(lenet5, name)(*arguments, byref(error)):
        sys.exit(error.message.decode())


COUNT = 100
digits, network, classifier = c_void_p(), c_void_p(), c_void_p()
call("lenet5_dataset_draw_digits", byref(digits), c_size_t(COUNT), c_uint64(1), c_int(1))
preset = lenet5.lenet5_preset(b"lenet5")
call("lenet5_network_create", byref(network), byref(preset.contents, ctypes.sizeof(Preset)))
call("lenet5_network_initialise", network, c_int(0), c_uint64(1))
call("lenet5_classifier_create", byref(classifier), network, c_int(1), c_int(1))

# The library's images as an array, and arrays as its arguments: nothing is copied.
pointer = lenet5.lenet5_dataset_image(digits, 0)
images = np.ctypeslib.as_array(pointer, (COUNT, 28, 28))
assert images.ctypes.data == ctypes.addressof(pointer.contents)
probabilities = np.full((COUNT, 10), np.nan, np.float32)
call("lenet5_classify", classifier, probabilities.ctypes.data_as(POINTER(c_float)),
     images.ctypes.data_as(POINTER(c_uint8)), c_size_t(COUNT), c_int(28), c_int(28))
assert np.allclose(probabilities.sum(1), 1, atol=1e-5), probabilities
assert probabilities.std(0).max() > 0, "the same answer for every image"

# An array of NumPy's own gives the same.
again = np.empty_like(probabilities)
copy = images.copy()
call("lenet5_classify", classifier, again.ctypes.data_as(POINTER(c_float)),
     copy.ctypes.data_as(POINTER(c_uint8)), c_size_t(COUNT), c_int(28), c_int(28))
assert np.array_equal(again, probabilities)

error = Error()
assert lenet5.lenet5_classify(classifier, again.ctypes.data_as(POINTER(c_float)),
                              copy.ctypes.data_as(POINTER(c_uint8)), c_size_t(1), c_int(99),
                              c_int(28), byref(error)) == error.status != 0
print(f"lenet5 {lenet5.lenet5_version().decode()} from Python: \"{error.message.decode()}\"")
