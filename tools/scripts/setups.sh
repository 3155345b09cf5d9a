#!/bin/bash
# Usage: tools/scripts/setups.sh [NAME...] | list
# Builds lenet5 in each of the named set-ups (default: all) under build-setups/, runs the tests of the library and the
# tools there, and prints one line per set-up with its result. A set-up whose packages are missing is skipped, and the
# line names them. list prints the names.
set -uo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 74

# Name; compiler; header that must exist, and its package; folder of the BLAS library to load by LD_LIBRARY_PATH, one
# of Debian's alternatives; pattern of what `--version` must print ("BLAS, parallel"); Meson options.
table='gcc        gcc    -                   -                 OpenBLAS.*openmp     -
clang      clang  omp.h:libomp-dev    -                 OpenBLAS.*openmp     -
pthread    gcc    -                   openblas-pthread  OpenBLAS.*pthread    -
no-openmp  gcc    -                   -                 OpenBLAS             -Dopenmp=disabled
features   gcc    -                   -                 OpenBLAS             -Dpng=disabled -Dfetch=disabled -Donnx=disabled -Dnpz=disabled -Dkeras=disabled
blis       gcc    blis.h:libblis-dev  -                 BLIS.*reentrant      -Dblas=blis
netlib     gcc    cblas.h:libblas-dev blas              libblas.*reentrant   -Dblas=netlib'

quick='layers fused direct golden network optimizer threads training model_file image tools examples'
jobs=$(nproc)
status=0

has_header() { # COMPILER HEADER
    echo "#include <$2>" | "$1" -fopenmp -E -o /dev/null - 2>/dev/null
}

# Prints the folder of an installed library; an OpenBLAS that is not installed is downloaded and unpacked.
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

say() { printf '%-10s %s\n' "$name" "$*"; }
failed() {
    say "FAILED $*"
    status=1
}

one() { # NAME COMPILER NEEDS FOLDER BLAS OPTIONS...
    local name=$1 compiler=$2 needs=$3 wanted=$4 folder=$4 blas=$5 build=build-setups/$1 log=build-setups/$1.log
    local start=$SECONDS said tests
    shift 5
    [ "$*" != - ] || set --
    command -v "$compiler" >/dev/null || { say "skipped: no $compiler"; return; }
    [ "$needs" = - ] || has_header "$compiler" "${needs%%:*}" ||
        { say "skipped: no ${needs%%:*} (Debian: ${needs#*:})"; return; }
    [ "$folder" = - ] || folder=$(library_folder "$wanted") || { say "skipped: no $wanted, and apt has none"; return; }
    mkdir -p build-setups
    rm -rf "$build"
    CC=$compiler meson setup "$build" -Dtests=enabled -Dbench=disabled -Dwerror=true "$@" >"$log" 2>&1 ||
        { failed "to configure: $log"; return; }
    meson compile -C "$build" -j "$jobs" >>"$log" 2>&1 || { failed "to build: $log"; return; }
    [ "$folder" = - ] || local -x LD_LIBRARY_PATH=$folder
    said=$("$build/tools/lenet5-train" --version 2>>"$log" | awk '/^(BLAS|parallel) / { $1 = ""; print }' | paste -sd,)
    grep -q "$blas" <<<"$said" || { failed "to load $blas: it runs on$said"; return; }
    tests=$(meson test -C "$build" --no-rebuild --list 2>/dev/null | sed 's/.* //' | grep -Fxf <(tr ' ' '\n' <<<"$quick"))
    # shellcheck disable=SC2086 # words
    meson test -C "$build" --no-rebuild --print-errorlogs $tests >>"$log" 2>&1 || { failed "its tests: $log"; return; }
    say "ok: $(wc -w <<<"$tests") tests, $((SECONDS - start)) s,$(
        awk -F, '{ split($1, w, " "); print " " w[1], w[2] "," $2 }' <<<"$said")"
}

if [ "${1-}" = list ]; then
    cut -d' ' -f1 <<<"$table"
    exit 0
fi
for wanted in "$@"; do
    grep -q "^$wanted " <<<"$table" || { echo "setups.sh: no set-up '$wanted'; 'list' prints them" >&2; exit 64; }
done
while read -r name compiler needs folder blas options; do
    case " ${*:-$name} " in
    *" $name "*)
        # shellcheck disable=SC2086
        one "$name" "$compiler" "$needs" "$folder" "$blas" $options </dev/null ;;
    esac
done <<<"$table"
exit $status
