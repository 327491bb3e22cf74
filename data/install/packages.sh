#!/bin/sh
# SPDX-License-Identifier: MIT
# Install the Debian packages that tawam needs, and say which.
#
#   packages.sh [build|test] [--list]
#
# build (the default): to compile and run. test: also what the tests use.
# --list only prints the names. Exit: 0 all there or installed; 3 something is
# missing and can't be installed from here, with the list of what to install.
set -u

build='gcc libc6-dev make pkg-config libncurses-dev libsqlite3-dev
libgit2-dev libzstd-dev libfribidi-dev libjansson-dev libcsv-dev
libmbedtls-dev zlib1g-dev libxml2-dev libpcre2-dev libsodium-dev libzip-dev gettext git
openssh-client ca-certificates'
tests='perl python3-gdal gdal-bin sqlite3 openssh-server tmux libvterm-dev
libfribidi-bin strace zstd procps exfatprogs exfat-fuse openssl'

wanted=$build
for argument; do
    case $argument in
    build) ;;
    test) wanted="$build $tests" ;;
    --list)
        printf '%s\n' $wanted
        exit 0
        ;;
    *)
        echo "packages.sh: unknown word '$argument'; write build, test or --list" >&2
        exit 2
        ;;
    esac
done

give_up() {
    {
        echo "tawam needs these Debian packages (versions of Debian 12 or later):"
        for package in $2; do echo "    $package"; done
        echo "$1"
    } >&2
    exit 3
}

# On another system the packages have other names; what matters is there when
# the headers, libraries and programs are.
usable_without_dpkg() {
    command -v cc >/dev/null && command -v git >/dev/null &&
        command -v ssh >/dev/null && command -v msgfmt >/dev/null &&
        pkg-config --exists ncursesw sqlite3 libgit2 libzstd fribidi \
            jansson libxml-2.0 libpcre2-8 libsodium libzip 2>/dev/null &&
        printf '#include <csv.h>\n#include <mbedtls/sha256.h>\n' |
        cc -E -xc - >/dev/null 2>&1 || return 1
    [ "$wanted" = "$build" ] || command -v prove >/dev/null
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    usable_without_dpkg && exit 0
    give_up 'This is no Debian system: install what corresponds to them here.' \
        "$wanted"
fi

missing_of() {
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $1 2>/dev/null |
        awk -v wanted="$(echo $1)" '
            $2 == "installed" { there[$1] = 1 }
            END {
                n = split(wanted, names, " ")
                for (i = 1; i <= n; i++)
                    if (!(names[i] in there)) print names[i]
            }'
}

missing=$(missing_of "$wanted")
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root=sudo # asks for the password
else
    give_up "Neither root nor sudo here. As root: apt-get install $(echo $missing)" \
        "$missing"
fi

echo "tawam: installing" $missing
install_missing() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends -o Dpkg::Use-Pty=0 $missing </dev/null
}
# Package lists may be old or absent: fetch them only where that matters.
log=$(mktemp) || exit 3
trap 'rm -f "$log"' EXIT
if ! install_missing >"$log" 2>&1; then
    $as_root apt-get update -q >"$log" 2>&1 </dev/null
    install_missing >>"$log" 2>&1 || cat "$log" >&2
fi
missing=$(missing_of "$wanted")
[ -z "$missing" ] && exit 0
give_up 'apt-get could not install them; its words are above.' "$missing"
