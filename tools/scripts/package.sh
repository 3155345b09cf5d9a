#!/bin/bash
# Usage: tools/scripts/package.sh [FOLDER]
# Makes Debian packages of the last commit from tools/debian in FOLDER (default build-package): a source package, the
# library, its development files and the programs. Errors and warnings of lintian are errors.
set -euo pipefail
out=${1:-build-package}
mkdir -p -- "$out"
out=$(realpath -- "$out")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for needed in dpkg-buildpackage:dpkg-dev dh:debhelper lintian:lintian fakeroot:fakeroot; do
    command -v "${needed%%:*}" >/dev/null || {
        echo "package.sh: no ${needed%%:*} (Debian: apt-get install ${needed#*:})" >&2
        exit 69
    }
done

version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build)
tree=$out/lenet5-$version
rm -rf -- "$tree" "$out"/*.deb "$out"/*.dsc "$out"/*.changes "$out"/*.buildinfo "$out"/*.tar.*
mkdir -p "$tree"
git archive --format=tar HEAD | tar -xC "$tree"
# An upstream release has no packaging.
rm -rf "$tree/tools/debian"
tar -C "$out" --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$(git log -1 --format=%ct)" -cJf "$out/lenet5_$version.orig.tar.xz" "lenet5-$version"
git archive --format=tar --prefix=debian/ HEAD:tools/debian | tar -xC "$tree"

# The symbols file, from the recorded ABI.
library=$(head -n 1 tests/consumers/abi.txt)
{
    echo "$library liblenet5-0 #MINVER#"
    sed '1d; s/$/@Base '"$version/; s/^/ /" tests/consumers/abi.txt
} >"$tree/debian/liblenet5-0.symbols"

(cd "$tree" && DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS-} dpkg-buildpackage -us -uc)
lintian --fail-on error,warning "$out"/lenet5_*.changes
tests/consumers/packages.sh "$out"
ls "$out"/*.deb
