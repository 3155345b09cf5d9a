#!/bin/bash
# Builds lenet5 in one set-up after the other, each in a folder of its own under build-setups/, and runs the
# library's and the tools' tests in it: one line each, and what went wrong behind it. Names of set-ups as arguments,
# otherwise all of them; `setups.sh list` prints them. A set-up whose packages are missing is skipped and says which.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 74

# name, compiler, needed files or commands (their package), options
setups() {
    cat <<END_OF_TABLE
gcc        gcc    -                                              -
clang      clang  omp.h:libomp-dev                               -
no-openmp  gcc    -                                              -Dopenmp=disabled
features   gcc    -                                              -Dpng=disabled -Dfetch=disabled -Donnx=disabled -Dnpz=disabled -Dkeras=disabled
blis       gcc    blis.h:libblis-dev                             -Dblas=blis
netlib     gcc    -                                              -Dblas=netlib
END_OF_TABLE
}

quick='layers fused direct golden network optimizer threads training model_file image tools examples'
jobs=$(nproc)
status=0

has_header() { # COMPILER HEADER
    echo "#include <$2>" | "$1" -fopenmp -E -o /dev/null - 2>/dev/null
}

one() { # NAME COMPILER NEEDS OPTIONS...
    local name=$1 compiler=$2 needs=$3 build=build-setups/$1 log=build-setups/$1.log start=$SECONDS
    shift 3
    [ "$*" != - ] || set --
    if ! command -v "$compiler" >/dev/null; then
        printf '%-10s skipped: no %s\n' "$name" "$compiler"
        return
    fi
    if [ "$needs" != - ] && ! has_header "$compiler" "${needs%%:*}"; then
        printf '%-10s skipped: no %s (Debian: %s)\n' "$name" "${needs%%:*}" "${needs#*:}"
        return
    fi
    mkdir -p build-setups
    if ! CC=$compiler meson setup "$build" --wipe -Dtests=enabled -Dbench=disabled -Dwerror=true "$@" >"$log" 2>&1 &&
        ! { rm -rf "$build" && CC=$compiler meson setup "$build" -Dtests=enabled -Dbench=disabled -Dwerror=true "$@" >"$log" 2>&1; }; then
        printf '%-10s FAILED to configure: %s\n' "$name" "$log"
        status=1
        return
    fi
    if ! meson compile -C "$build" -j "$jobs" >>"$log" 2>&1; then
        printf '%-10s FAILED to build: %s\n' "$name" "$log"
        status=1
        return
    fi
    local have tests
    have=$(meson test -C "$build" --no-rebuild --list 2>/dev/null | sed 's/.* //')
    # shellcheck disable=SC2086 # words
    tests=$(printf '%s\n' $quick | grep -Fx "$have")
    # shellcheck disable=SC2086
    if ! meson test -C "$build" --no-rebuild --print-errorlogs $tests >>"$log" 2>&1; then
        printf '%-10s FAILED its tests: %s\n' "$name" "$log"
        status=1
        return
    fi
    printf '%-10s ok: %d tests, %d s, %s\n' "$name" "$(wc -w <<<"$tests")" $((SECONDS - start)) \
        "$("$build/tools/lenet5-train" --version | awk '$1 == "BLAS" { print $2, $3 }')"
}

if [ "${1-}" = list ]; then
    setups | awk '{ print $1 }'
    exit 0
fi
for wanted in "$@"; do
    setups | grep -q "^$wanted " || { echo "setups.sh: no set-up '$wanted'; 'list' prints them" >&2; exit 64; }
done
while read -r name compiler needs options; do
    case " ${*:-$name} " in
    *" $name "*)
        # shellcheck disable=SC2086
        one "$name" "$compiler" "$needs" $options </dev/null ;;
    esac
done < <(setups)
exit $status
