#!/bin/sh
# SPDX-License-Identifier: MIT
# The script that installs packages: silent where nothing is missing, says by
# name what it installs, and without rights or on another system lists what is
# needed and exits 3. Machines are played by programs of a PATH of their own.
TOP=${TOP:-$(cd "$(dirname "$0")/.." && pwd)}
script=$TOP/data/install/packages.sh
machine=$(mktemp -d) || exit 1
trap 'rm -rf "$machine"' EXIT
number=0

check() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"
    else echo "not ok $number - $2"; sed 's/^/# /' "$machine/said"; fi
}
program() { # NAME, its text on standard input
    { echo '#!/bin/sh'; cat; } >"$machine/bin/$1"
    chmod +x "$machine/bin/$1"
}
fresh() { # a Debian where all but the packages in $1 are installed; user $2
    rm -rf "$machine/bin"
    mkdir "$machine/bin"
    for tool in sh awk cat mktemp rm echo env grep touch; do
        ln -s "$(command -v $tool)" "$machine/bin/$tool"
    done
    rm -f "$machine/installed"
    program dpkg-query <<X
shift 3
for p; do case " $1 " in *" \$p "*) [ -e $machine/installed ] || continue;; esac
echo "\$p installed"; done
X
    program apt-get <<X
echo "apt-get \$*" >>$machine/log
case "\$*" in
*install*) [ -e $machine/updated ] && touch $machine/installed && exit 0; exit 100;;
update*) touch $machine/updated;;
esac
X
    program id <<X
echo $2
X
    rm -f "$machine/log" "$machine/updated"
    touch "$machine/log"
}
run() {
    PATH=$machine/bin sh "$script" "$@" </dev/null >"$machine/said" 2>&1
    status=$?
}

fresh '' 1000
run test
[ $status -eq 0 ] && [ ! -s "$machine/said" ]
check $? 'nothing missing: silent, no rights needed'

fresh 'libgit2-dev zstd' 0
touch "$machine/updated"
run build
[ $status -eq 0 ] && grep -q 'installing libgit2-dev$' "$machine/said" &&
    grep -q 'install.* libgit2-dev$' "$machine/log" && ! grep -q update "$machine/log"
check $? 'root: what the build misses is named and installed, no more'

fresh 'libgit2-dev zstd' 0
run test
[ $status -eq 0 ] && grep -q 'installing libgit2-dev zstd$' "$machine/said" &&
    grep -q update "$machine/log"
check $? 'without package lists they are fetched; test wants more than build'

fresh 'gcc' 1000
run build
[ $status -eq 3 ] && grep -q 'apt-get install gcc$' "$machine/said" && [ ! -s "$machine/log" ]
check $? 'neither root nor sudo: exit 3, what to type, nothing tried'

fresh 'gcc' 1000
program sudo <<X
[ "\$1" = -n ] && shift
echo "sudo \$*" >>$machine/log; exec "\$@"
X
program true </dev/null
touch "$machine/updated"
run build
[ $status -eq 0 ] && grep -q 'sudo env .*apt-get install' "$machine/log"
check $? 'sudo that asks for nothing is used'

fresh 'gcc' 0
program apt-get <<X
echo 'E: Unable to locate package'; exit 100
X
run build
[ $status -eq 3 ] && grep -q 'Unable to locate' "$machine/said" &&
    grep -q '^    gcc$' "$machine/said"
check $? 'a failed installation shows its words and exits 3'

fresh '' 0
rm "$machine/bin/dpkg-query"
run build
[ $status -eq 3 ] && grep -q 'no Debian' "$machine/said" && grep -q libsqlite3-dev "$machine/said"
check $? 'another system: the list, exit 3'

run nonsense
[ $status -eq 2 ]
check $? 'an unknown word is refused'

run test --list
[ $status -eq 0 ] && grep -q '^python3-gdal$' "$machine/said"
check $? '--list prints the names'
echo "1..$number"
