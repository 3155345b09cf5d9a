#!/bin/bash
# The library as its users meet it: as a Meson subproject, installed and found by pkg-config from C, C++
# and CMake, moved to another place, linked statically, from Python, header by header, symbol by symbol.
#     tests/consumers/test_consumers.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 SOURCE_DIR BUILD_DIR" >&2; exit 2; }
source=$(realpath -- "$1")
build=$(realpath -- "$2")

temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
cd "$temporary"
unset DESTDIR MAKEFLAGS MAKELEVEL LD_LIBRARY_PATH # the last is set by meson test

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# A command whose output matters only when it fails.
quietly() {
    "$@" >log 2>&1 || { cat log >&2; fail "$*"; }
}

echo "-- install"
quietly meson install -C "$build" --no-rebuild --tags devel,runtime --destdir "$temporary/root"
library=$(find root -name 'liblenet5.so') # a link to liblenet5.so.N
pc=$(find root -name 'lenet5.pc')
include=$(dirname "$(find root -path '*/lenet5/lenet5.h')")
for path in "$library" "$pc" "$include"; do
    [ -e "$path" ] || fail "not all is installed: $(find root)"
done
diff <(cd "$source/include/lenet5" && ls -- *.h) <(ls "$include") || fail "not the source's headers"

nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort >imported
if grep -E '^__(a|t|ub)san_' imported | head -n 1; then
    echo "A sanitizer's build is for no consumer: skipped."
    exit 77
fi

echo "-- pkg-config, C and C++"
cp -r "$source/tests/consumers/pkgconfig" pkgconfig
export PKG_CONFIG_PATH="$temporary/${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$temporary/root"
quietly make -C pkgconfig
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
for program in consumer consumer-cxx; do
    LD_LIBRARY_PATH="$temporary/${library%/*}" "pkgconfig/$program" || fail "$program"
done

echo "-- subproject, by README.md's own lines"
cp -r "$source/tests/consumers/subproject" subproject
{
    echo "project('consumer', 'c', default_options: ['c_std=c17', 'warning_level=3'])"
    awk '/^```meson$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/README.md"
} >subproject/meson.build
mkdir subproject/subprojects
ln -s "$source" subproject/subprojects/lenet5
quietly meson setup --wrap-mode=forcefallback subproject/build subproject
quietly meson compile -C subproject/build
subproject/build/reader || fail "consumer of the subproject"
extra=$(find subproject/build -name 'lenet5-*' -type f -executable)
[ -z "$extra" ] || fail "a subproject builds $extra"
# What lenet5 is compiled with is its own affair.
grep -A 4 "^build reader.p/main.c.o" subproject/build/build.ninja | grep -q -- '-std=c17' ||
    fail "no flags found"
leaked=$(grep -A 4 "^build reader.p/main.c.o" subproject/build/build.ninja |
    grep -oE -- '-D_GNU_SOURCE|-ffp-contract[^ ]*|-DHAVE_[A-Z_]*|-DLENET5_VERSION|-DNDEBUG' || true)
[ -z "$leaked" ] || fail "the subproject's flags reach its user: $leaked"

echo "-- static and shared, in a prefix that is moved"
quietly meson setup both "$source" --prefix "$temporary/prefix" --libdir lib \
    -Ddefault_library=both -Dpkgconfig.relocatable=true -Dbuildtype=plain -Dtests=disabled \
    -Dbench=disabled -Dfetch=disabled -Donnx=disabled -Dnpz=disabled -Dkeras=disabled
quietly meson install -C both
mv prefix moved
export PKG_CONFIG_PATH="$temporary/moved/lib/pkgconfig"
[ "$(pkg-config --variable=libdir lenet5)" -ef moved/lib ] || fail "lenet5.pc points to the old prefix"
read -ra cflags < <(pkg-config --cflags lenet5)
read -ra libs < <(pkg-config --static --libs lenet5 | sed 's/-llenet5/-l:liblenet5.a/')
quietly cc -std=c17 "-DEXPECTED_VERSION=\"$(pkg-config --modversion lenet5)\"" "${cflags[@]}" \
    pkgconfig/main.c -o static "${libs[@]}" -lm
! ldd static | grep liblenet5 || fail "not static"
./static || fail "static consumer"
moved/bin/lenet5-summary --version || fail "a program in a prefix of its own does not find the library"

if command -v cmake >/dev/null; then
    echo "-- CMake, C and C++"
    cp -r "$source/tests/consumers/cmake" cmake
    cp pkgconfig/main.c cmake
    quietly cmake -S cmake -B cmake/build "-DCMAKE_PREFIX_PATH=$temporary/moved"
    quietly cmake --build cmake/build
    for program in consumer consumer-cxx consumer-pc consumer-static; do
        "cmake/build/$program" || fail "CMake's $program"
        linked=$(ldd "cmake/build/$program")
        [ "$program" = consumer-static ] || grep -q "liblenet5.so.0 => $temporary/moved/" <<<"$linked" ||
            fail "CMake's $program runs on another liblenet5: $linked"
    done
    ! grep liblenet5 <<<"$linked" || fail "CMake's static program is not static"
else
    echo "-- CMake: not here, skipped"
fi
unset PKG_CONFIG_PATH

python=$(for name in python3 /usr/bin/python3; do
    "$name" -c 'import numpy' 2>/dev/null && echo "$name" && break
done || true)
if [ -n "$python" ]; then
    echo "-- Python, ctypes and NumPy"
    "$python" "$source/tests/consumers/ctypes/main.py" "$temporary/moved/lib/liblenet5.so" ||
        fail "consumer in Python"
else
    echo "-- Python with NumPy: not here, skipped"
fi

echo "-- each header alone"
flags=(-fsyntax-only -Wall -Wextra -Wpedantic -Werror "-I${include%/*}")
for header in "$include"/*.h; do
    name=lenet5/${header##*/}
    printf '#include <%s>\n#include <%s>\ntypedef int not_empty;\n' "$name" "$name" >header.c
    quietly gcc -std=c17 "${flags[@]}" header.c
    quietly g++ -std=c++17 "${flags[@]}" -x c++ header.c
done

echo "-- exports"
nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort >exported
! grep -v '^lenet5_' exported || fail "exported, but not ours"
# gcc lists the prototypes of all it has read, one per line and each with its file.
echo '#include <lenet5/lenet5.h>' >declared.c
gcc -std=c17 "-I${include%/*}" -fsyntax-only -aux-info prototypes declared.c
awk '/\/lenet5\/[a-z_0-9]+\.h:/ && match($0, /[A-Za-z_0-9]+ \(/) {
    print substr($0, RSTART, RLENGTH - 2) }' prototypes | sort -u >declared
diff declared exported || fail "declared (<) and exported (>) are not the same"
echo "$(wc -l <exported) functions"
# The recorded interface. A function that is gone, or takes something else, breaks programs that are
# there: then soversion in src/meson.build has to rise. One that is new is added to the list.
{
    objdump -p "$library" | awk '$1 == "SONAME" { print $2 }'
    cat exported
} >abi
diff "$source/tests/consumers/abi.txt" abi || fail "tests/consumers/abi.txt (<) is not what the library exports (>)"

echo "-- imports"
forbidden='(__)?v?printf(_chk)?|puts|putchar|perror|stdout|stderr' # prints
forbidden+='|_?exit|_Exit|quick_exit|abort|v?fork|system|popen|exec[lv].*' # ends, starts processes
forbidden+='|setlocale|signal|sigaction|raise|kill' # the host's own
forbidden+='|fesetround|fesetenv|feenableexcept|(secure_)?getenv|setenv|putenv|s?rand'
! grep -xE "$forbidden" imported || fail "the library must leave these to the program"

echo "all well"
