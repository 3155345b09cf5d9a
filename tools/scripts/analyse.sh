#!/bin/bash
# Usage: tools/scripts/analyse.sh [PART...]
# Looks for mistakes that tests do not find. Without arguments it runs all parts:
#   sanitize  the whole test suite under AddressSanitizer and UndefinedBehaviorSanitizer (gcc)
#   threads   the threaded tests under ThreadSanitizer (clang and its OpenMP)
#   valgrind  a short training, evaluation and prediction in valgrind
#   tidy      clang-tidy; .clang-tidy lists the checks and the reasons
#   cppcheck  all findings but those in tools/scripts/cppcheck.supp
#   analyzer  gcc's -fanalyzer
#   coverage  of the test suite, by lines and branches; compares the branches of src/files and src/formats with
#             tests/audit/unreached.txt
# PART builds in the folder build-PART. install-deps.sh --analysis installs the tools. JOBS=N runs N jobs at a time
# (default 1); TESTS="NAME..." limits a part that runs the test suite to these tests.
set -euo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;; esac
[ -z "${LENET5_DATA-}" ] || LENET5_DATA=$(realpath -- "$LENET5_DATA")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
jobs=${JOBS-1}

need() {
    for tool; do
        command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install $tool" >&2; return 1; }
    done
}

configure() { # FOLDER OPTION...
    [ -e "$1/build.ninja" ] ||
        meson setup -Dtests=enabled -Dbench=disabled -Dbuildtype=debugoptimized "$@" >/dev/null
}

build() {
    ninja -j "$jobs" -C "$@" >"$1/build.log" || { tail -n 30 "$1/build.log"; return 1; }
}

suite() { # FOLDER [TEST...]; builds what these tests need, and runs them
    [ $# -gt 1 ] || build "$1"
    meson test -C "$1" --num-processes "$jobs" --timeout-multiplier 10 --print-errorlogs "${@:2}"
}

sanitize() {
    configure build-sanitize -Db_sanitize=address,undefined
    # shellcheck disable=SC2086 # names
    ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1 \
        UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 suite build-sanitize ${TESTS-}
}

# OpenBLAS and LLVM's OpenMP are not instrumented, which leads to false reports unless they are ignored. LLVM 14's
# libarcher crashes when a forked process exits, so Check must not fork.
threads() {
    need clang
    CC=clang configure build-threads -Db_sanitize=thread -Db_lundef=false
    # shellcheck disable=SC2086 # names
    CK_FORK=no TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1 \
        suite build-threads ${TESTS-threads training centring golden blas_check}
}

valgrind_run() {
    need valgrind
    configure build-valgrind
    build build-valgrind tools/lenet5-{train,eval,predict,data}
    local scratch run=(valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite
        --suppressions=tools/scripts/valgrind.supp)
    scratch=$(mktemp -d)
    build-valgrind/tools/lenet5-data generate "$scratch" --train 200 --test 50 --quiet
    # Without a policy the programs restart themselves (tools/cli/cli.c); valgrind cannot follow.
    export OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-Prescott}
    OMP_NUM_THREADS=2 "${run[@]}" build-valgrind/tools/lenet5-train --data "$scratch" --epochs 1 --quiet \
        --out "$scratch/model" >/dev/null
    OMP_NUM_THREADS=2 "${run[@]}" build-valgrind/tools/lenet5-eval --data "$scratch" --quiet "$scratch/model" >/dev/null
    "${run[@]}" build-valgrind/tools/lenet5-predict "$scratch/model" tests/tools/pictures/three.pgm >/dev/null
    rm -rf "$scratch"
}

tidy() {
    need clang clang-tidy
    CC=clang configure build-tidy
    build build-tidy
    sed -n 's|^ *"file": "\.\./\(.*\.c\)",*$|\1|p' build-tidy/compile_commands.json | grep -E '^(src|tools)/' |
        sort -u | xargs -P "$jobs" -n 1 clang-tidy -p build-tidy --quiet
}

cppcheck_run() {
    need cppcheck
    command cppcheck --quiet -j "$jobs" --std=c11 --enable=warning,performance,portability \
        --suppressions-list=tools/scripts/cppcheck.supp --error-exitcode=1 -DHAVE_PNG -DLANES=16 \
        -Iinclude -Isrc -Itools src tools # LANES: templates compiled alone, for one vector width
}

# gcc 12 assumes that loops that fill arrays may not be entered and reports uninitialised values; valgrind finds
# the real ones.
analyzer() {
    need gcc
    configure build-analyzer -Dwerror=true -Dtests=disabled \
        "-Dc_args=-fanalyzer -Wno-analyzer-use-of-uninitialized-value -Wno-maybe-uninitialized"
    build build-analyzer
}

# Optimised code has other branches than the source, so this build is not optimised. The tests left out build or
# train again, or let gcov's own allocations fail.
coverage() {
    need gcovr
    configure build-coverage -Db_coverage=true -Dbuildtype=debug
    local tests
    tests=$(meson test -C build-coverage --list 2>&1 | sed -n 's/^lenet5[:a-z]* \(- \|\/ \)//p' |
        grep -vxE 'readme|interop|bench|setups|consumers|reference|faults|gradient')
    find build-coverage -name '*.gcda' -delete
    # shellcheck disable=SC2086 # names
    suite build-coverage ${TESTS-$tests}
    gcovr -r . --object-directory build-coverage -f 'src/' -j "$jobs" --exclude-unreachable-branches \
        --json build-coverage/coverage.json
    gcovr -r . -a build-coverage/coverage.json --txt
    gcovr -r . -a build-coverage/coverage.json --branches --txt
    tests/audit/branches.py build-coverage/coverage.json
}

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(sanitize threads valgrind tidy cppcheck analyzer coverage)
for part in "${parts[@]}"; do
    echo "== $part"
    case $part in
    valgrind | cppcheck) "${part}_run" ;;
    sanitize | threads | tidy | analyzer | coverage) "$part" ;;
    *)
        echo "no such part: $part" >&2
        exit 2
        ;;
    esac
    echo "== $part: no finding"
done
