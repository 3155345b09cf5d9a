#!/bin/bash
# Usage: tools/scripts/install-deps.sh [--tests] [--interop] [--analysis]
# Installs the missing Debian 12 packages that lenet5 needs to build, without questions.
#   --tests     also for the tests
#   --interop   also for the comparisons with other programs: PyTorch, ONNX, OpenCV, h5py
#   --analysis  also for tools/scripts/analyse.sh and tests/fuzz/run.sh
set -euo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;; esac

packages=(gcc libc6-dev meson ninja-build pkgconf libopenblas-openmp-dev liblapacke-dev zlib1g-dev
    libpng-dev libcjson-dev libmd-dev librandom123-dev libcurl4-openssl-dev libzip-dev)
tests=(check python3-jsonschema doxygen g++ gfortran binutils make cmake libprotobuf-c-dev protobuf-c-compiler
    libhdf5-dev)
for option; do
    case $option in
    --tests) packages+=("${tests[@]}") ;;
    --interop) packages+=("${tests[@]}" python3-numpy python3-torch python3-onnx python3-opencv python3-h5py) ;;
    --analysis) packages+=("${tests[@]}" clang clang-tidy libclang-rt-14-dev libomp-dev cppcheck valgrind gcovr) ;;
    *)
        echo "usage: $0 [--tests] [--interop] [--analysis]" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg >/dev/null || ! command -v apt-get >/dev/null; then
    echo "There is no apt, so nothing is installed. Debian names of the packages needed: ${packages[*]}" >&2
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: .* installed$' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Packages are missing, and only root can install them. As root, run:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
"${apt[@]}" update || echo "apt-get update failed; using the present package lists." >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}"
