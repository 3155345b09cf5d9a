#!/bin/bash
# Builds and runs every program of docs/examples against the library that was built.
#     tests/consumers/test_examples.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 SOURCE_DIR BUILD_DIR" >&2; exit 2; }
source=$(realpath -- "$1")
build=$(realpath -- "$2")
export PATH="$build/tools:$PATH" LD_LIBRARY_PATH="$build/src"
unset LENET5_DATA
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch

lenet5-data generate -q --train 600 --test 100 data >/dev/null
lenet5-train --quiet --data data --epochs 4 --batch-size 16 --out model.safetensors >/dev/null
lenet5-convert --quiet --name digits model.safetensors model.h

for example in "$source"/docs/examples/*.c; do
    name=$(basename "$example" .c)
    libraries=("-L$build/src" -llenet5 -pthread)
    [ "$name" != embed ] || libraries=()
    gcc -std=c17 -O2 -Wall -Wextra -Wpedantic -Werror "-I$source/include" -I. "$example" \
        "${libraries[@]}" -lm -o "$name"
done
./train bars.safetensors
[ "$(lenet5-summary --json bars.safetensors | grep -c '"kind"')" -gt 5 ]
./architecture
./inference model.safetensors

# The 100 images behind a header of 16 bytes, with the labels behind one of 8.
right=0
for i in $(seq 0 49); do
    found=$(head -c $((16 + 784 * (i + 1))) data/t10k-images-idx3-ubyte | tail -c 784 | ./embed)
    wanted=$(od -An -tu1 -j $((8 + i)) -N 1 data/t10k-labels-idx1-ubyte)
    [ "$found" -ne "$wanted" ] || right=$((right + 1))
done
echo "embed: $right of 50 right"
[ $right -ge 30 ]
[ "$(ls "$source"/docs/examples/*.c | wc -l)" = 4 ] || { echo "an example that is not run"; exit 1; }
