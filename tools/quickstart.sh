#!/bin/bash
# From a fresh checkout to a trained network: installs what is missing, builds in build/, trains on
# MNIST (or on built-in digits where there is none) and evaluates. Arguments go to lenet5-train, for
# example --epochs 2 or --data DIR; file names count from the repository's root.
set -euo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# lenet5-eval has to be told what lenet5-train was told.
model=lenet5.safetensors
data=()
previous=
for argument in "$@"; do
    case $previous in
    -o | --out) model=$argument ;;
    -d | --data) data=(--data "$argument") ;;
    esac
    case $argument in
    --out=*) model=${argument#*=} ;;
    --data=*) data=("$argument") ;;
    esac
    previous=$argument
done

tools/scripts/install-deps.sh
[ -e build/build.ninja ] || meson setup build
meson compile -C build

echo
build/tools/lenet5-train --out "$model" "$@"
[ -e "$model" ] || exit 0 # --list-presets, for one

echo
build/tools/lenet5-eval --quiet "${data[@]}" -- "$model"

cat <<END

The trained network is in $model. What next:
    build/tools/lenet5-predict $model PICTURE.png
    build/tools/lenet5-train --help
    tools/test.sh
END
cached=${XDG_CACHE_HOME:-${HOME-}/.cache}/lenet5/mnist
if [ ${#data[@]} -eq 0 ] && [ -z "${LENET5_DATA-}" ] && [ ! -d datasets/mnist ] && [ ! -d "$cached" ]; then
    echo "To work on MNIST: build/tools/lenet5-data fetch mnist"
fi
