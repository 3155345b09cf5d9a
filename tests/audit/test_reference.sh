#!/bin/bash
# The API reference can be made of the headers without a warning, and has an entry for every symbol that the library
# exports. Arguments: the source folder, the build folder. Skipped without doxygen.
set -uo pipefail
source=$1 build=$2
command -v doxygen >/dev/null || { echo 'no doxygen (Debian: doxygen)'; exit 77; }
out=$(mktemp -d "$build/reference-XXXXXX")
trap 'rm -rf "$out"' EXIT
failures=0
say() { echo "FAILED: $1"; failures=$((failures + 1)); }

"$source/tools/scripts/reference.sh" "$out/html" >/dev/null || say 'the reference is made with warnings'
[ -s "$out/html/index.html" ] || say 'no index.html'
# Every function has an anchor and a sentence of its own.
while read -r symbol; do
    grep -qrE --include='*_8h.html' "<td class=\"memname\">.*[ *>]$symbol(</a>)? *</td>" "$out/html" ||
        say "$symbol has no entry"
done < <(grep -E '^lenet5_' "$source/tests/consumers/abi.txt")

# A header with an undocumented function is refused.
mkdir -p "$out/copy/include"
cp -r "$source/tools" "$source/meson.build" "$out/copy/"
cp -r "$source/include/lenet5" "$out/copy/include/"
sed -i 's|^/\* The number of images. \*/$||' "$out/copy/include/lenet5/dataset.h"
"$out/copy/tools/scripts/reference.sh" "$out/other" >/dev/null 2>&1 && say 'a function without a comment passes'

[ "$failures" = 0 ] || exit 1
echo "reference: $(grep -cE '^lenet5_' "$source/tests/consumers/abi.txt") symbols"
