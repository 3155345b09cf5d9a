#!/bin/bash
# Runs the commands that README.md and the pages in docs/ show, in order, in a copy of the source tree
# without MNIST: test_readme.sh SOURCE_DIR. It skips tools/test.sh, which runs this test. README.md's program in C is
# compiled and run.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/lenet5" "$scratch/home"
tar -C "$1" --exclude=./.git --exclude='./build*' --exclude=./datasets/mnist -cf - . |
    tar -C "$scratch/lenet5" -xf -
cd "$scratch/lenet5"
unset LENET5_DATA XDG_CACHE_HOME
export HOME=$scratch/home BUILD=build # the benchmark is in there, too
export PKG_CONFIG_PATH=$scratch/prefix/lib/pkgconfig LD_LIBRARY_PATH=$scratch/prefix/lib

blocks() { # of a language, in a page
    awk -v start="^\`\`\`$1\$" '$0 ~ start { on = 1; next } /^```$/ { on = 0 } on' "$2"
}
blocks c README.md >reader.c

# Those of README.md come first: they build the programs. The first one does without data, the others get a tenth
# of the drawn digits, and what is installed goes to a folder of its own.
for page in README.md docs/tools.md docs/data.md docs/convert.md docs/seeds/*.md docs/lecun1998.md; do
    blocks sh "$page"
done >commands
[ "$(wc -l <commands)" -ge 40 ] || { echo "the pages show fewer commands than they did"; exit 1; }
while read -r line; do
    [ "$line" = tools/test.sh ] && continue
    [ "$line" = 'meson install -C build' ] && meson configure build --prefix "$scratch/prefix" --libdir lib
    echo "+ $line"
    bash -c "$line" </dev/null >output 2>&1 || { cat output; echo "FAILED: $line"; exit 1; }
    [ -n "${LENET5_DATA-}" ] || build/tools/lenet5-data generate "$HOME/digits" --train 6000 --test 1000
    export LENET5_DATA=$HOME/digits
    if [ "$line" = ./reader ]; then
        sort -t: -k2 -rn output | head -1 | grep -q '^7: ' || { cat output; echo 'FAILED: reader finds no 7'; exit 1; }
    fi
done <commands
