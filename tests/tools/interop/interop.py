"""Other programs' readers and writers against lenet5, over all test images: run.sh calls this."""
import json
import os
import struct
import subprocess
import sys

import numpy as np

from engine import TEST, TRAIN, Library

MOST = 1e-5  # of a logit's difference, relative to the largest where that is above 1

programs, library_path, scratch, *wanted = sys.argv[1:]
os.chdir(scratch)
library = Library(library_path)
images, labels = library.images(TEST, 10000)
train_images, train_labels = (part[:20000] for part in library.images(TRAIN, 20000))  # enough for an epoch's network
failures = 0


def run(program, *arguments):
    return subprocess.run([os.path.join(programs, program), *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def convert(*arguments):
    run("lenet5-convert", *arguments)


def say(name, ok, text):
    global failures
    failures += not ok
    print(f"{'ok    ' if ok else 'FAILED'} {name}: {text}", flush=True)


def compare(name, found, expected):
    """Logits: close, and the same class for every image."""
    worst = np.abs(found - expected).max() / max(1, np.abs(expected).max())
    same = int((found.argmax(1) == expected.argmax(1)).sum())
    say(name, worst <= MOST and same == len(images),
        f"difference {worst:.1e}, {same} of {len(images)} classes the same, "
        f"{100 * (found.argmax(1) == labels).mean():.2f} % right")


def rows_of(model):
    return len(json.loads(run("lenet5-summary", "--json", model))["layers"])


def logits_of(model):
    return library.logits(model, images, rows_of(model))


def load_safetensors(path):
    """docs/model-file.md"""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    model = json.loads(header.pop("__metadata__")["lenet5"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return model, tensors


def save_safetensors(path, tensors):
    """What safetensors.torch.save_file writes, which Debian does not have."""
    header, place = {}, 0
    for name in sorted(tensors):
        size = tensors[name].nbytes
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape),
                        "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            file.write(tensors[name].astype("<f4").tobytes())


def section(name, *modules):
    """Whether it is wanted, and the Python modules are there."""
    if wanted and name not in wanted:
        return False
    try:
        for module in modules:
            __import__(module)
        return True
    except ImportError as missing:
        print(f"skipped {name}: {missing}", flush=True)
        return False


def subset():
    """A directory with the training images that are used here, as MNIST has them, and 1,000 test images."""
    if not os.path.exists("data"):
        os.mkdir("data")
        for split, x, y in (("train", train_images, train_labels), ("t10k", images[:1000], labels[:1000])):
            with open(f"data/{split}-images-idx3-ubyte", "wb") as file:
                file.write(struct.pack(">4I", 0x803, *x.shape) + x.tobytes())
            with open(f"data/{split}-labels-idx1-ubyte", "wb") as file:
                file.write(struct.pack(">2I", 0x801, len(y)) + y.astype("u1").tobytes())
    return "data"


def model(preset):
    """A model file, trained for an epoch by lenet5-train."""
    path = preset + ".safetensors"
    if not os.path.exists(path):
        run("lenet5-train", "--quiet", "--data", subset(), "--preset", preset, "--epochs", "1", "--out", path)
    return path


def check_numpy():
    for preset in ("lenet5", "torch-sigmoid"):
        convert(model(preset), "weights.npz")
        _, tensors = load_safetensors(model(preset))
        with np.load("weights.npz") as arrays:
            same = set(arrays.files) == set(tensors) and all(
                np.array_equal(arrays[name], tensors[name]) for name in tensors)
            everything = dict(arrays)
        say(f"numpy.load, {preset}", same, f"{len(tensors)} arrays")
        for writer, dtype in ((np.savez, "f4"), (np.savez_compressed, "f4"), (np.savez, "f8")):
            writer("back.npz", **{name: a.astype(dtype) for name, a in everything.items()})
            convert("--preset", preset, "back.npz", "back.safetensors")
            _, back = load_safetensors("back.safetensors")
            say(f"numpy.{writer.__name__} ({dtype}), {preset}",
                all(np.array_equal(back[name], tensors[name]) for name in tensors), "read")


def check_onnx():
    import cv2
    import onnx
    for preset in ("lenet5", "lenet5-tanh", "torch-relu", "torch-conv5", "torch-sigmoid",
                   "keras-dropout"):
        path = model(preset)
        inputs = library.inputs(path, images)
        for softmax in ((), ("--softmax",)):
            convert(*softmax, path, "model.onnx")
            found = onnx.load("model.onnx")
            onnx.checker.check_model(found, full_check=True)
            net = cv2.dnn.readNetFromONNX("model.onnx")
            net.setInput(inputs)
            if softmax:
                compare(f"cv2.dnn, {preset}, softmax", net.forward(),
                        library.probabilities(path, images))
            else:
                compare(f"cv2.dnn, {preset}", net.forward(), logits_of(path))
        say("versions", found.ir_version == 7 and found.opset_import[0].version == 13,
            f"IR {found.ir_version}, opset {found.opset_import[0].version}")
        convert("model.onnx", "back.safetensors")
        with open(path, "rb") as one, open("back.safetensors", "rb") as other:
            say(f"back from ONNX, {preset}", one.read() == other.read(), "the same bytes")


def check_foreign_onnx():
    """Other ways to say the same: what converters of Keras models write, and old ones."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    path = model("lenet5")
    _, tensors = load_safetensors(path)

    def array(name, values):
        return numpy_helper.from_array(np.ascontiguousarray(values), name)

    nodes = [
        helper.make_node("Conv", ["x", "k1"], ["a"]),  # no bias, kernel_shape from the weights
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("AveragePool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["c", "k2", "b2"], ["d"], auto_pad="VALID"),
        helper.make_node("Relu", ["d"], ["e"]),
        helper.make_node("AveragePool", ["e"], ["f"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Constant", [], ["shape"], value=numpy_helper.from_array(
            np.array([-1, 400], np.int64))),
        helper.make_node("Reshape", ["f", "shape"], ["g"]),
        helper.make_node("MatMul", ["g", "m1"], ["h"]),
        helper.make_node("Add", ["h", "b3"], ["i"]),
        helper.make_node("Relu", ["i"], ["j"]),
        helper.make_node("Dropout", ["j"], ["k"]),
        helper.make_node("Gemm", ["k", "m2", "b4"], ["l"]),
        helper.make_node("Relu", ["l"], ["m"]),
        helper.make_node("Identity", ["m"], ["n"]),
        helper.make_node("Gemm", ["n", "m3", "b5"], ["o"], transB=1),
        helper.make_node("Softmax", ["o"], ["p"]),
    ]
    zero_bias = {**tensors, "conv1.bias": np.zeros(6, np.float32)}
    parameters = [
        array("k1", tensors["conv1.weight"]), array("k2", tensors["conv2.weight"]),
        array("b2", tensors["conv2.bias"]), array("m1", tensors["fc1.weight"].T),
        array("b3", tensors["fc1.bias"]), array("m2", tensors["fc2.weight"].T),
        helper.make_tensor("b4", TensorProto.FLOAT, [84], tensors["fc2.bias"]),  # float_data
        array("m3", tensors["fc3.weight"]), array("b5", tensors["fc3.bias"])]
    graph = helper.make_graph(
        nodes, "foreign",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1, 32, 32])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 10])], parameters)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)]), "foreign.onnx")
    described, _ = load_safetensors(path)
    convert("--scale", repr(described["scale"]), "--shift", repr(described["shift"]),
            "foreign.onnx", "foreign.safetensors")
    np.savez("zero.npz", **zero_bias)
    convert("--like", path, "zero.npz", "zero.safetensors")
    compare("MatMul, Add, Reshape, float_data", logits_of("foreign.safetensors"),
            logits_of("zero.safetensors"))


def check_keras():
    """A Keras model's own layout, applied in NumPy as Keras would: channels last."""
    import h5py
    path = model("keras-dropout")
    _, tensors = load_safetensors(path)
    convert(path, "model.h5")
    with h5py.File("model.h5") as file:
        group = file["model_weights"]
        layers = [name.decode() for name in group.attrs["layer_names"]]
        kernels = [[group[layer][name.decode()][()] for name in group[layer].attrs["weight_names"]]
                   for layer in layers]
    say("h5py, names", layers == ["conv2d", "conv2d_1", "dense", "dense_1", "dense_2"],
        ", ".join(layers))

    x = library.inputs(path, images).transpose(0, 2, 3, 1)  # (n, h, w, c)
    for kernel, bias in kernels[:2]:
        h, w = kernel.shape[:2]
        views = np.lib.stride_tricks.sliding_window_view(x, (h, w), (1, 2))  # (n, h, w, c, kh, kw)
        x = np.tanh(np.einsum("nhwcij,ijco->nhwo", views, kernel, optimize=True) + bias)
        n, h, w, c = x.shape
        x = x.reshape(n, h // 2, 2, w // 2, 2, c).mean((2, 4))
    x = x.reshape(len(x), -1)  # Flatten: (h, w, c)
    for kernel, bias in kernels[2:4]:
        x = np.tanh(x @ kernel + bias)
    compare("Keras's layout, keras-dropout", x @ kernels[4][0] + kernels[4][1], logits_of(path))

    # As Keras lays files out: with strings of any length, layers without weights, in the file's root.
    with h5py.File("foreign.h5", "w") as file:
        names = ["conv2d", "average_pooling2d", "conv2d_1", "flatten", "dense", "dense_1", "dense_2"]
        file.attrs["layer_names"] = names
        own = iter(kernels)
        for name in names:
            group = file.create_group(name)
            if name.startswith(("conv", "dense")):
                kernel, bias = next(own)
                group.attrs["weight_names"] = [f"{name}/kernel:0", f"{name}/bias:0"]
                group[f"{name}/kernel:0"], group[f"{name}/bias:0"] = kernel, bias
            else:
                group.attrs["weight_names"] = np.array([], "S1")
    convert("--like", path, "foreign.h5", "back.safetensors")
    _, back = load_safetensors("back.safetensors")
    say("from Keras's layout", all(np.array_equal(back[name], tensors[name]) for name in tensors),
        "the same weights")


def check_tensorboard():
    """TensorBoard's files by what its documents say, without TensorBoard."""
    import csv
    import glob
    run("lenet5-train", "--quiet", "--data", subset(), "--epochs", "3", "--tensorboard", "events", "--history",
        "history.csv", "--out", "curves.safetensors")
    with open(glob.glob("events/*tfevents*")[0], "rb") as file:
        data = file.read()

    def fields(text):
        """The (number, value) of a message's fields."""
        place = 0

        def varint():
            nonlocal place
            value = shift = 0
            while True:
                byte = text[place]
                place += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value

        while place < len(text):
            key = varint()
            kind = key & 7
            if kind == 0:
                yield key >> 3, varint()
                continue
            length = {1: 8, 5: 4}.get(kind) or varint()
            yield key >> 3, text[place:place + length]
            place += length

    curves, place = {}, 0
    while place < len(data):
        length, = struct.unpack_from("<Q", data, place)
        event = dict(fields(data[place + 12:place + 12 + length]))
        place += length + 16
        for _, value in fields(event.get(5, b"")):
            value = dict(fields(value))
            curves.setdefault(value[1].decode(), {})[event[2]] = struct.unpack("<f", value[2])[0]
    with open("history.csv") as file:
        rows = list(csv.DictReader(file))
    same = all(abs(curves["loss/train"][int(row["epoch"])] - float(row["train_loss"])) < 1e-5
               for row in rows)
    say("TensorBoard's records", same and len(rows) == 3 and len(curves) == 5,
        ", ".join(sorted(curves)))


def check_torch():
    import torch
    from seeds import SEEDS, logits, train_one_epoch
    torch.manual_seed(1)
    torch.set_num_threads(1)  # two wait for each other beside a busy program
    for preset, make in SEEDS.items():
        # Trained here, read there.
        path = model(preset)
        inputs = library.inputs(path, images)
        module = make()
        _, tensors = load_safetensors(path)
        module.load_state_dict({name: torch.tensor(a) for name, a in tensors.items()})
        compare(f"lenet5 to PyTorch, {preset}", logits(module, inputs), logits_of(path))

        # Trained there, read here.
        module = make()
        train_one_epoch(module, library.inputs(path, train_images), train_labels)
        expected = logits(module, inputs)
        state = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
        np.savez("state.npz", **state)
        convert("--preset", preset, "state.npz", "state.safetensors")
        compare(f"PyTorch to lenet5 by npz, {preset}", logits_of("state.safetensors"), expected)
        save_safetensors("plain.safetensors", state)
        convert("--preset", preset, "plain.safetensors", "state.safetensors")
        compare(f"PyTorch to lenet5 by safetensors, {preset}", logits_of("state.safetensors"),
                expected)
        torch.onnx.export(module, torch.zeros(1, 1, 32, 32), "torch.onnx", opset_version=13,
                          dynamic_axes={"input": {0: "N"}}, input_names=["input"])
        convert("torch.onnx", "torch.safetensors")
        if preset != "torch-sigmoid":  # which enlarges images; ONNX does not say so
            compare(f"PyTorch to lenet5 by ONNX, {preset}", logits_of("torch.safetensors"),
                    expected)


if section("numpy", "numpy"):
    check_numpy()
if section("onnx", "onnx", "cv2"):
    check_onnx()
    check_foreign_onnx()
if section("keras", "h5py"):
    check_keras()
if section("tensorboard"):
    check_tensorboard()
if section("torch", "torch"):
    check_torch()
sys.exit(failures != 0)
