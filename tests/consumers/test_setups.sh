#!/bin/bash
# The smallest lenet5: without OpenMP and without every optional part, warnings as errors. It says in one line that
# it has one thread, runs on, and finds the same weights as the build that has threads.
#     tests/consumers/test_setups.sh SOURCE_DIR BUILD_DIR [MESON_OPTION...]
set -euo pipefail
source=$(realpath -- "$1") build=$(realpath -- "$2")
shift 2
temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
cd "$temporary"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

{
    meson setup small "$source" -Dauto_features=disabled -Dtools=enabled -Dopenmp=disabled -Dwerror=true "$@" &&
        ninja -C small tools/lenet5-train
} >log 2>&1 || { cat log >&2; fail "the smallest build"; }

train() { # PROGRAM THREADS FILE
    "$1" --data built-in --epochs 1 --threads "$2" --out "$3" --quiet >/dev/null
}
small/tools/lenet5-train --data built-in --epochs 1 --threads 8 --out small.safetensors >/dev/null 2>small.err ||
    fail "one thread: $(cat small.err)"
[ "$(grep -c 'running on 1 thread, not 8: this lenet5 was built without OpenMP' small.err)" = 1 ] ||
    fail "not one line on threads: $(cat small.err)"
train "$build/tools/lenet5-train" 1 large.safetensors
cmp small.safetensors large.safetensors || fail "other weights without OpenMP"
echo "setups: builds without options, one thread, the same weights"
