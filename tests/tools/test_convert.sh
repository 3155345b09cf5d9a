#!/bin/bash
# lenet5-convert: every format there and back, the C file compiled and run against the engine, and what is
# refused. For Python's readers see tests/tools/interop.
#     tests/tools/test_convert.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 SOURCE_DIR BUILD_DIR" >&2; exit 2; }
source=$(realpath -- "$1")
build=$(realpath -- "$2")
export PATH="$build/tools:$PATH" LD_LIBRARY_PATH="$build/src"
[ -z "${LENET5_DATA-}" ] || { LENET5_DATA=$(realpath -- "$LENET5_DATA"); export LENET5_DATA; }
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
failures=0

say() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# refused CODE WORDS ARGUMENT...: one line on stderr with the words, that exit status, no output file.
refused() {
    local code=$1 words=$2 status=0
    shift 2
    lenet5-convert "$@" >stdout 2>stderr || status=$?
    [ "$status" = "$code" ] || say "lenet5-convert $*: expected exit status $code, found $status"
    grep -qF -- "$words" stderr || say "lenet5-convert $*: expected '$words', found '$(cat stderr)'"
    [ "$(wc -l <stderr)" = 1 ] && [ ! -s stdout ] || say "lenet5-convert $*: expected one line"
    [ ! -e none.onnx ] || say "lenet5-convert $*: left a file"
}

# Presets that together have every kind of layer and both fits.
for preset in lenet5 torch-relu torch-sigmoid keras-dropout; do
    lenet5-train --quiet --preset $preset --epochs 1 --val-split 0.8 --holdout random \
        --no-with-test --out $preset.safetensors >/dev/null
done
built() { # FORMAT: whether this build has it
    ! lenet5-convert lenet5.safetensors "built.$1" 2>&1 | grep -q 'this build cannot'
}

for model in lenet5 torch-relu torch-sigmoid keras-dropout; do
    for format in onnx npz h5; do
        built $format || { echo "skipped: $format"; continue; }
        like=()
        [ $format = onnx ] || like=(--like $model.safetensors)
        lenet5-convert -q $model.safetensors one.$format
        lenet5-convert -q "${like[@]}" one.$format back.safetensors
        cmp $model.safetensors back.safetensors || say "$model by $format came back changed"
        lenet5-convert -q back.safetensors two.$format
        cmp one.$format two.$format || say "$format: not the same bytes twice"
    done
done

# run NAME LEAST ARGUMENT...: compiles what was exported, and the comparison with it.
flags=(-std=c99 -pedantic -Wall -Wextra -Wconversion -Werror -O3)
run() {
    local model=$1 least=$2
    shift 2
    lenet5-convert -q "$@" $model.safetensors model.c
    gcc "${flags[@]}" -c model.c
    gcc -std=c17 -D_POSIX_C_SOURCE=199309L -O2 -Wall -Werror "-I$source/include" "$source/tests/tools/exported.c" model.o \
        "-L$build/src" -llenet5 -lm -o exported
    result=$(./exported $model.safetensors "$least") || say "$model $*: $result"
    echo "$model $* ($(stat -c %s model.c) bytes of C, $(size model.o | awk 'NR == 2 { print $4 }') of object): $result"
}
for model in lenet5 torch-relu torch-sigmoid keras-dropout; do
    run $model 1
    run $model 0.99 --int8
done
nm -u model.o | awk '{ print $2 }' >needed
! grep -vxE 'tanhf|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail' needed || say "needs more than it says"
lenet5-convert -q lenet5.safetensors model.c
gcc "${flags[@]}" -c model.c
! nm -u model.o | grep -vE '_GLOBAL_OFFSET_TABLE_|mem(set|cpy)|__stack_chk_fail' || say "needs a library"

# The same as a header, into a program of its own.
lenet5-convert -q lenet5.safetensors model.h
gcc -std=c99 -D_POSIX_C_SOURCE=199309L -pedantic -Wall -Wextra -Werror -O3 \
    '-DEXPORTED_HEADER="model.h"' -I. "-I$source/include" "$source/tests/tools/exported.c" \
    "-L$build/src" -llenet5 -lm -o exported
./exported lenet5.safetensors 1 || say "as a header"
g++ -fsyntax-only -x c++ -Drestrict= -include model.h /dev/null || say "header in C++"

refused 64 "found 1 argument" lenet5.safetensors
refused 64 "expected a name that ends in" lenet5.safetensors none.xyz
refused 64 "expected a name that ends in" none.xyz none.onnx
refused 66 "none.safetensors: " none.safetensors none.onnx
refused 64 "found both" --preset lenet5 --like lenet5.safetensors lenet5.safetensors none.onnx
refused 64 "--softmax: expected an ONNX file" --softmax lenet5.safetensors none.npz
refused 64 "--int8: expected a C file" --int8 lenet5.safetensors none.onnx
refused 64 "a name of 1 to 40 letters" --name 1a lenet5.safetensors none.c
refused 64 "images of 33x28 do not fit" --rows 33 lenet5.safetensors none.c
refused 65 "tensor 'conv3.weight' is missing" --preset torch-conv5 \
    lenet5.safetensors none.onnx
if built npz; then
    lenet5-convert -q lenet5.safetensors lenet5.npz
    refused 64 "has only weights" lenet5.npz none.onnx
    refused 65 "belongs to no layer" --preset torch-sigmoid lenet5.npz none.onnx
    refused 65 "lenet5.safetensors: " --preset lenet5 --from npz lenet5.safetensors none.onnx
fi
if built onnx; then
    refused 65 "not an ONNX model" --from onnx lenet5.safetensors none.onnx
fi
lenet5-convert -q --scale 0.5 --shift -0.25 lenet5.safetensors scaled.safetensors
grep -qa '\\"scale\\":0.5,\\"shift\\":-0.25' scaled.safetensors || say "--scale and --shift"

[ $failures = 0 ] && echo "all well"
exit $((failures != 0))
