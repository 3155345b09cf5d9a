#!/bin/bash
# Runs the commands that README.md and the pages in docs/ show, in order, in a copy of the source tree
# without MNIST: test_readme.sh SOURCE_DIR. The one left out is tools/test.sh, which runs this test.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/lenet5" "$scratch/home"
tar -C "$1" --exclude=./.git --exclude='./build*' --exclude=./datasets/mnist -cf - . |
    tar -C "$scratch/lenet5" -xf -
cd "$scratch/lenet5"
unset LENET5_DATA XDG_CACHE_HOME
export HOME=$scratch/home BUILD=build # the benchmark is in there, too

# Those of README.md come first: they build the programs. The first one does without data, the others get a tenth
# of the drawn digits.
for page in README.md docs/convert.md docs/seeds/*.md docs/lecun1998.md; do
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$page"
done >commands
[ "$(wc -l <commands)" -ge 24 ] || { echo "the pages show fewer commands than they did"; exit 1; }
while read -r line; do
    [ "$line" = tools/test.sh ] && continue
    echo "+ $line"
    bash -c "$line" </dev/null || { echo "FAILED: $line"; exit 1; }
    [ -n "${LENET5_DATA-}" ] || build/tools/lenet5-data generate "$HOME/digits" --train 6000 --test 1000
    export LENET5_DATA=$HOME/digits
done <commands
