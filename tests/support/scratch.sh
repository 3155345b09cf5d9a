# shellcheck shell=bash
# For tests of the programs, sourced with their directory as first argument: its whole path in $programs, a directory
# $scratch that goes with the test and is the working one and home, and no data but what the test makes.
programs=$(cd "$1" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset LENET5_DATA XDG_CACHE_HOME
export HOME=$scratch

# Without these the programs might start twice, see tools/cli/cli.c.
start_once() {
    OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-$("$programs/lenet5-train" --version | awk '$1 == "kernels" { print $2 }')}
    export OMP_WAIT_POLICY=passive OPENBLAS_CORETYPE
}
