#!/bin/sh
# Install the named Debian packages that are missing; without the right to do so, say which they are.
missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo"; else
    echo "Please install these packages first: apt-get install$missing" >&2
    exit 1
fi
echo "installing Debian packages:$missing"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if $as_root apt-get update -q >"$log" 2>&1 && $as_root apt-get install -y -q --no-install-recommends $missing >>"$log" 2>&1; then
    rm -f "$log"
else
    tail -n 20 "$log" >&2
    echo "The packages could not be installed:$missing" >&2
    exit 1
fi
