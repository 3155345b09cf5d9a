#!/bin/bash
# Installs what is missing, builds in build-test/ and runs all tests. Arguments go to `meson test`:
# names of tests, --repeat 3, --wrapper valgrind. The MNIST tests run when LENET5_DATA names MNIST's
# directory. The last line of output is the count; the exit status is that of `meson test`.
set -euo pipefail
case ${1-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;; esac
if [ -n "${LENET5_DATA-}" ]; then # the tests run in the build directory
    LENET5_DATA=$(realpath -- "$LENET5_DATA")
    export LENET5_DATA
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/scripts/install-deps.sh --tests

options=(-Dtests=enabled)
if [ "${CI-}" = true ]; then
    options+=(-Dwerror=true)
fi
if [ -e build-test/meson-private/coredata.dat ]; then
    meson setup --reconfigure "${options[@]}" build-test
else
    meson setup "${options[@]}" build-test
fi
meson compile -C build-test

[ -n "${LENET5_DATA-}" ] || echo "LENET5_DATA is not set: the tests that need MNIST are skipped."
rm -f build-test/meson-logs/testlog*.json
status=0
meson test -C build-test --no-rebuild --print-errorlogs "$@" || status=$?

# Meson's log has one JSON object per line and test.
count() {
    cat build-test/meson-logs/testlog*.json 2>/dev/null |
        grep -cE "\"result\": \"($1)\"" || true # grep fails when it counts none
}
skipped=$(count SKIP)
passed=$(count 'OK|EXPECTEDFAIL')
failed=$(($(count '[A-Z]+') - passed - skipped))
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
