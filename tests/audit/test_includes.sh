#!/bin/bash
# The includes point down and have no circle, and includes.py notices one that does not: test_includes.sh SOURCE_DIR
set -euo pipefail
source=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

python3 "$source/tests/audit/includes.py" "$source"

# $1: what the check must say; then pairs: a file of the copy, and the include that is added to it
expect() {
    local words=$1
    shift
    cp -r "$source"/{src,include} "$copy"
    for ((; $#; )); do
        echo "#include \"$2\"" >>"$copy/src/$1"
        shift 2
    done
    python3 "$source/tests/audit/includes.py" "$copy" >"$copy/found" && { echo "FAILED: not noticed: $words"; exit 1; }
    grep -qF "$words" "$copy/found" || { echo "FAILED: expected \"$words\", found:"; cat "$copy/found"; exit 1; }
    rm -rf "${copy:?}"/*
}
expect 'src/base/memory.h: includes src/files/json.h, which is in a room above' base/memory.h files/json.h
expect 'circle: src/files/digest -> src/files/json -> src/files/digest' files/digest.h json.h files/json.h digest.h
