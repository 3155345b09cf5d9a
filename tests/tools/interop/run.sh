#!/bin/bash
# lenet5 and other programs, each with the files of the other, over MNIST's 10,000 test images where
# LENET5_DATA names them and over drawn digits otherwise:
#     tests/tools/interop/run.sh [BUILD_DIR [numpy] [onnx] [keras] [tensorboard] [torch]]
# Needs Debian's python3-numpy, and for all of it python3-torch, python3-onnx, python3-opencv,
# python3-h5py; what is missing is skipped and said.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath -- "${1-$here/../../build}")
[ $# -eq 0 ] || shift
python=${PYTHON-/usr/bin/python3}
if [ -n "${LENET5_DATA-}" ]; then
    LENET5_DATA=$(realpath -- "$LENET5_DATA")
    export LENET5_DATA
fi
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "No NumPy for $python: skipped."
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/interop.py" "$build/tools" "$build/src/liblenet5.so" \
    "$scratch" "$@"
