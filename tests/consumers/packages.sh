#!/bin/bash
# The Debian packages that tools/scripts/package.sh left in a folder, unpacked into a scratch root: all is where Debian has
# it, the programs run from there, and C and C++ are compiled and linked against it.
#     tests/consumers/packages.sh [DIR]
set -euo pipefail
packages=$(realpath -- "${1-build-package}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$(mktemp -d)
trap 'rm -rf -- "$root"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

for package in "$packages"/{liblenet5-0,liblenet5-dev,lenet5}_*.deb; do
    [ -e "$package" ] || fail "no $package: tools/scripts/package.sh makes it"
    dpkg -x "$package" "$root"
done
libraries=$(dirname "$(find "$root" -name liblenet5.so)")
[ "${libraries#"$root"/usr/lib/}" = "$(dpkg-architecture -qDEB_HOST_MULTIARCH)" ] || fail "the library is in $libraries"

programs=0
for program in "$root"/usr/bin/*; do
    name=${program##*/} share=$root/usr/share programs=$((programs + 1))
    for file in man/man1/"$name".1.gz bash-completion/completions/"$name".bash zsh/vendor-completions/_"$name" \
        fish/vendor_completions.d/"$name".fish; do
        [ -s "$share/$file" ] || fail "no /usr/share/$file"
    done
    # Whole outputs, not pipes: a reader that stops early would make the writer fail.
    page=$(zcat "$share/man/man1/$name.1.gz")
    grep -q "^\.TH.*${name^^}" <<<"${page^^}" || fail "$name.1 is no manual page"
    version=$(LD_LIBRARY_PATH=$libraries "$program" --version)
    grep -q "^$name " <<<"$version" || fail "$name --version"
    loads=$(LD_LIBRARY_PATH=$libraries ldd "$program")
    grep -q "liblenet5.so.0 => $libraries/" <<<"$loads" || fail "$name runs on another liblenet5: $loads"
done
[ "$programs" = 6 ] || fail "$programs programs, expected 6"

export LD_LIBRARY_PATH=$libraries
"$root/usr/bin/lenet5-train" --data built-in --epochs 1 --threads 1 --out "$root/model.safetensors" >"$root/log" 2>&1 ||
    fail "lenet5-train: $(cat "$root/log")"
"$root/usr/bin/lenet5-eval" --data built-in "$root/model.safetensors" >"$root/log" 2>&1 ||
    fail "lenet5-eval: $(cat "$root/log")"

cp -r tests/consumers/pkgconfig "$root/consumer"
PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root make -s -C "$root/consumer" >"$root/log" 2>&1 ||
    fail "consumer: $(cat "$root/log")"
for program in consumer consumer-cxx; do
    "$root/consumer/$program" >"$root/log" || fail "$program: $(cat "$root/log")"
done

if command -v cmake >/dev/null; then
    cp tests/consumers/{cmake/CMakeLists.txt,pkgconfig/main.c} "$root/consumer"
    PKG_CONFIG_PATH=$libraries/pkgconfig cmake -S "$root/consumer" -B "$root/cmake" "-DCMAKE_PREFIX_PATH=$root/usr" \
        "-DCMAKE_LIBRARY_ARCHITECTURE=$(dpkg-architecture -qDEB_HOST_MULTIARCH)" >"$root/log" 2>&1 &&
        cmake --build "$root/cmake" --target consumer consumer-cxx consumer-static >>"$root/log" 2>&1 ||
        fail "CMake: $(cat "$root/log")"
    for program in consumer consumer-cxx consumer-static; do
        "$root/cmake/$program" >"$root/log" || fail "CMake's $program: $(cat "$root/log")"
    done
fi
echo "packages: $programs programs with manual pages and completions, C and C++ consumers"
