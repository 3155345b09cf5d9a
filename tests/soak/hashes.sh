#!/bin/bash
# Usage: tests/soak/hashes.sh [REPEATS [BUILD]]
# Checks that any number of threads and any build of OpenBLAS gives the same weights: runs lenet5-train --self-test,
# which trains on 1, 2, 3, 4, 5, 7, 8 and 16 threads, REPEATS times (1) for each core type and each build of OpenBLAS,
# and fails unless it prints one hash per core type. Builds that are not installed are downloaded by apt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

repeats=${1-1} train=$(realpath "${2-build-test}")/tools/lenet5-train
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

folders=()
for flavour in openmp pthread serial; do
    folder=$(echo /usr/lib/*/openblas-$flavour)
    if [ ! -e "$folder/libopenblas.so.0" ]; then
        (cd "$scratch" && apt-get -q download libopenblas0-$flavour && dpkg -x libopenblas0-$flavour*.deb .) \
            >"$scratch/log" 2>&1 || true
        folder=$(echo "$scratch"/usr/lib/*/openblas-$flavour)
    fi
    if [ -e "$folder/libopenblas.so.0" ]; then folders+=("$folder"); else echo "no $flavour build here"; fi
done

# Only core types whose kernels this CPU can run.
cores=(Prescott)
has() { grep -qw "$1" /proc/cpuinfo; }
if has avx; then cores+=(Sandybridge); fi
if has avx2 && has fma; then cores+=(Haswell Zen); fi
if has avx512vl; then cores+=(SkylakeX); else echo "no SkylakeX here: the CPU lacks AVX-512"; fi

status=0
for core in "${cores[@]}"; do
    : >"$scratch/hashes"
    runs=0
    for folder in "${folders[@]}"; do
        for _ in $(seq "$repeats"); do
            LD_LIBRARY_PATH=$folder OPENBLAS_CORETYPE=$core "$train" --self-test --json >"$scratch/json" ||
                { echo "$core, $folder: the self-test failed"; status=1; }
            grep -q "\"parallel\":.*\"${folder##*-}\"" "$scratch/json" ||
                { echo "$folder is not what was loaded"; status=1; }
            grep -o '"[0-9a-f]\{64\}"' "$scratch/json" >>"$scratch/hashes"
            runs=$((runs + 1))
        done
    done
    kernels=$(sed -n 's/.*"kernels":[^"]*"\([^"]*\)".*/\1/p' "$scratch/json")
    printf '%-12s kernels %-12s %3d runs, %4d trainings: ' "$core" "$kernels" $runs "$(wc -l <"$scratch/hashes")"
    sort -u "$scratch/hashes" | cut -c2-17 | paste -sd' '
    [ "$(sort -u "$scratch/hashes" | wc -l)" = 1 ] || status=1
done
exit $status
