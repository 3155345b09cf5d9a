#!/bin/bash
# Installs what is missing to build lenet5, with --tests also to test it, with --interop what it is compared with
# and used from (PyTorch, ONNX, OpenCV, h5py, CMake), and with --analysis what tools/scripts/analyse.sh and tests/fuzz/run.sh
# need, on Debian 12. Asks for nothing, and does nothing when everything is there.
set -euo pipefail

packages=(gcc libc6-dev meson ninja-build pkgconf libopenblas-openmp-dev liblapacke-dev zlib1g-dev
    libpng-dev libcjson-dev libmd-dev librandom123-dev libcurl4-openssl-dev libzip-dev)
tests=(check python3-jsonschema doxygen g++ gfortran binutils make cmake libprotobuf-c-dev protobuf-c-compiler
    libhdf5-dev)
for option; do
    case $option in
    --tests) packages+=("${tests[@]}") ;;
    --interop) packages+=("${tests[@]}" python3-numpy python3-torch python3-onnx python3-opencv python3-h5py
        python3-jsonschema) ;;
    --analysis) packages+=("${tests[@]}" clang clang-tidy libclang-rt-14-dev libomp-dev cppcheck valgrind gcovr) ;;
    *)
        echo "usage: $0 [--tests] [--interop] [--analysis]" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg >/dev/null || ! command -v apt-get >/dev/null; then
    echo "No apt here, so nothing is installed. Needed, by Debian's names: ${packages[*]}" >&2
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
        echo "Missing packages, and neither root nor sudo to install them. As root, run:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
"${apt[@]}" update || echo "apt-get update failed; trying with the lists that are here." >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}"
