#!/bin/bash
# Builds lenet5 in one set-up after the other, each in a folder of its own under build-setups/, and runs the
# library's and the tools' tests in it: one line each, and what went wrong behind it. Names of set-ups as arguments,
# otherwise all of them; `setups.sh list` prints them. A set-up whose packages are missing is skipped and says which.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 74

# name, compiler, needed header (its package), folder of the library that must multiply, what `--version` must say
# of it ("BLAS, parallel"), options. The folders are Debian's alternatives, used side by side by LD_LIBRARY_PATH;
# a build of OpenBLAS that is not installed is unpacked aside.
setups() {
    cat <<END_OF_TABLE
gcc        gcc    -                   -                 OpenBLAS.*openmp     -
clang      clang  omp.h:libomp-dev    -                 OpenBLAS.*openmp     -
pthread    gcc    -                   openblas-pthread  OpenBLAS.*pthread    -
no-openmp  gcc    -                   -                 OpenBLAS             -Dopenmp=disabled
features   gcc    -                   -                 OpenBLAS             -Dpng=disabled -Dfetch=disabled -Donnx=disabled -Dnpz=disabled -Dkeras=disabled
blis       gcc    blis.h:libblis-dev  -                 BLIS.*reentrant      -Dblas=blis
netlib     gcc    cblas.h:libblas-dev blas              libblas.*reentrant   -Dblas=netlib
END_OF_TABLE
}

quick='layers fused direct golden network optimizer threads training model_file image tools examples'
jobs=$(nproc)
status=0

has_header() { # COMPILER HEADER
    echo "#include <$2>" | "$1" -fopenmp -E -o /dev/null - 2>/dev/null
}

# Prints the folder of a library that is installed beside others, or that apt fetches.
library_folder() { # NAME
    local folder aside=$PWD/build-setups/packages
    for folder in /usr/lib/*/"$1" "$aside"/usr/lib/*/"$1"; do
        [ ! -d "$folder" ] || { echo "$folder"; return; }
    done
    mkdir -p "$aside"
    (cd "$aside" && apt-get -q download "libopenblas0-${1#openblas-}" && dpkg -x "libopenblas0-${1#openblas-}"_*.deb .) \
        >/dev/null 2>&1 || return
    echo "$aside"/usr/lib/*/"$1"
}

one() { # NAME COMPILER NEEDS FOLDER BLAS OPTIONS...
    local name=$1 compiler=$2 needs=$3 wanted=$4 folder=$4 blas=$5 build=build-setups/$1 log=build-setups/$1.log
    local start=$SECONDS
    shift 5
    [ "$*" != - ] || set --
    if ! command -v "$compiler" >/dev/null; then
        printf '%-10s skipped: no %s\n' "$name" "$compiler"
        return
    fi
    if [ "$needs" != - ] && ! has_header "$compiler" "${needs%%:*}"; then
        printf '%-10s skipped: no %s (Debian: %s)\n' "$name" "${needs%%:*}" "${needs#*:}"
        return
    fi
    if [ "$folder" != - ] && ! folder=$(library_folder "$wanted"); then
        printf '%-10s skipped: no %s, and apt has none\n' "$name" "$wanted"
        return
    fi
    mkdir -p build-setups
    rm -rf "$build"
    if ! CC=$compiler meson setup "$build" -Dtests=enabled -Dbench=disabled -Dwerror=true "$@" >"$log" 2>&1; then
        printf '%-10s FAILED to configure: %s\n' "$name" "$log"
        status=1
        return
    fi
    if ! meson compile -C "$build" -j "$jobs" >>"$log" 2>&1; then
        printf '%-10s FAILED to build: %s\n' "$name" "$log"
        status=1
        return
    fi
    # From here on, the library in the folder is the one that is loaded.
    [ "$folder" = - ] || local -x LD_LIBRARY_PATH=$folder
    local said
    said=$("$build/tools/lenet5-train" --version 2>>"$log" | awk '/^(BLAS|parallel) / { $1 = ""; print }' | paste -sd,)
    if ! grep -q "$blas" <<<"$said"; then
        printf '%-10s FAILED: expected %s, runs on%s\n' "$name" "$blas" "$said"
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
    printf '%-10s ok: %d tests, %d s,%s\n' "$name" "$(wc -w <<<"$tests")" $((SECONDS - start)) \
        "$(awk -F, '{ split($1, w, " "); print " " w[1], w[2] "," $2 }' <<<"$said")"
}

if [ "${1-}" = list ]; then
    setups | awk '{ print $1 }'
    exit 0
fi
for wanted in "$@"; do
    setups | grep -q "^$wanted " || { echo "setups.sh: no set-up '$wanted'; 'list' prints them" >&2; exit 64; }
done
while read -r name compiler needs folder blas options; do
    case " ${*:-$name} " in
    *" $name "*)
        # shellcheck disable=SC2086
        one "$name" "$compiler" "$needs" "$folder" "$blas" $options </dev/null ;;
    esac
done < <(setups)
exit $status
