#!/bin/sh
# SPDX-License-Identifier: MIT
# No write at which tawam is killed, torn off, or told that the disk is full
# loses an answer or makes the next sync fail.
#
# Five actions, each from a prepared state: save an answer (set), add a row,
# record (commit), push (sync of the field replica), pull and merge (sync of
# HQ's desk, which has pending edits of its own and a conflict coming). Each is
# stopped at its Nth write operation, for a spread of N and all modes of
# fault/kill_at_write.c, or with TAWAM_FULL=1 for every N and mode. Then:
#
#  - a set that was stopped has changed both cells or none;
#  - what exited with 0 has happened;
#  - what was saved before is there;
#  - both replicas and HQ's repository are sound;
#  - the same command succeeds when repeated;
#  - after a sync of both, both hold everything and have one state hash.
TOP=${TOP:-$(cd "$(dirname "$0")/.." && pwd)}
BUILD=${BUILD:-$TOP/build}
TAWAM=${TAWAM:-$BUILD/tawam}
SHIM=$BUILD/tests/kill_at_write.so
POINTS=${TAWAM_POINTS:-40} # an action, when not all

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
[ -x "$TAWAM" ] || skip_all "no program $TAWAM"
"$TAWAM" verify --help >/dev/null 2>&1 || skip_all 'the program has no verify yet'
[ -e "$SHIM" ] || skip_all 'no kill_at_write.so in this build'
command -v setsid >/dev/null || skip_all 'no setsid'

# In memory where that can be: nothing here depends on a real disk, and some
# ten thousand flushes take their time on one.
top=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
HOME=$top/home
LC_ALL=C.UTF-8
export HOME LC_ALL
unset TAWAM_DIR XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME LANGUAGE
mkdir "$HOME"

# The replicas stand always in $work, copied from a prepared state.
work=$top/work
number=0

diag() { printf '# %s\n' "$@"; }
check() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"
    else echo "not ok $number - $2"; fi
}
must() { # a step of the preparation
    "$@" >said 2>&1 && return
    sed 's/^/# /' said
    echo "Bail out! cannot prepare: $*"
    exit 1
}
strike= # what stands before the program while it is to be stopped
field() { $strike "$TAWAM" -C "$work/field" "$@"; }
desk() { $strike "$TAWAM" -C "$work/desk" "$@"; }
keep() { cp -a "$work" "$top/state-$1"; }
restore() { rm -rf "$work" && cp -a "$top/state-$1" "$work"; }

# ---- the states from which the actions start ----

mkdir "$work"
awk 'BEGIN {
    print "code,name,state,latitude,longitude"
    for (i = 1; i <= 40; i++)
        printf "WP%02d,Point %d,good,34.%03d,-2.%03d\n", i, i, 800 + i, 300 + i
}' >points.csv
must "$TAWAM" init "$work/desk" --name Sweep --device desk \
    --author 'Desk <desk@example.org>' --bare-remote "$work/hq.git"
must desk import points.csv --layer water_point
must desk sync
must "$TAWAM" clone "$work/hq.git" "$work/field" --device field \
    --author 'Field <field@example.org>'
must field set water_point code=WP01 'name=Before all' state=broken
keep start # one answer saved, nothing recorded
must field set water_point code=WP02 'name=Swept' state=broken
must field delete water_point code=WP39
keep edited
must field commit -m 'edited in the field'
keep recorded
must field sync
must desk set water_point code=WP02 'name=Desk has it otherwise'
must desk set water_point code=WP03 'name=Pending at the desk'
keep pushed

# ---- what must be true afterwards ----

# What the rows in question hold, one a line: |code|name|state|. One query, as
# starting the program is most of what this test costs.
look_at() { # REPLICA
    seen=$1
    lines=$("$TAWAM" -C "$work/$1" query "SELECT '|'||code||'|'||name||'|'||
        state||'|' FROM water_point WHERE code IN ('WP01', 'WP02', 'WP03',
        'WP39', 'WP40', 'NEW') ORDER BY code" 2>&1)
}
has() { # what stands in the lines looked at
    case $lines in
    *"$1"*) return 0 ;;
    *) return 1 ;;
    esac
}
holds() { has "$1" || complain "$seen has no $1" "$lines"; }
complain() {
    [ "$faulty" -gt 0 ] || diag "$action at write $at, mode $mode, exit $status:"
    faulty=1
    diag "  $1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/#     /'
}
runs() { # a command that must succeed
    words=$("$@" 2>&1) || complain "exit $? from: $*" "$words"
}
# The action by name; on its repetition as well.
action_set() { field set water_point code=WP02 name=Swept state=broken; }
action_add() { field add water_point code=NEW name=Added state=good; }
action_commit() { field commit -m 'edited in the field'; }
action_push() { field sync; }
action_pull() { desk sync; }
state_of() {
    case $1 in
    set | add) echo start ;;
    commit) echo edited ;;
    push) echo recorded ;;
    pull) echo pushed ;;
    esac
}

# Directly after the fault: nothing half done, nothing acknowledged is gone.
examine() {
    look_at field
    holds '|WP01|Before all|broken|'
    case $action in
    set)
        has '|WP02|Swept|broken|' || {
            holds '|WP02|Point 2|good|' # both cells or none
            [ "$status" -ne 0 ] || complain 'set said yes, nothing is set'
        }
        ;;
    add)
        has '|NEW|Added|good|' || {
            [ "$status" -ne 0 ] && [ -z "$said" ] ||
                complain 'add said yes, there is no row'
        }
        ;;
    *)
        holds '|WP02|Swept|broken|'
        ! has '|WP39|' || complain 'a deleted row is back'
        ;;
    esac
    case $action in
    push)
        [ "$status" -ne 0 ] || [ "$(head_of hq.git)" = "$(head_of field/log.git)" ] ||
            complain 'sync said sent, HQ does not have it'
        ;;
    pull)
        look_at desk
        holds '|WP03|Pending at the desk|'
        [ "$status" -ne 0 ] || holds '|WP01|Before all|'
        ;;
    esac
    case $action in
    pull) runs desk verify ;;
    *) runs field verify ;;
    esac
    case $action in
    push | pull)
        runs git --git-dir "$work/hq.git" fsck --no-dangling --no-progress
        ;;
    esac
}
head_of() {
    git --git-dir "$work/$1" rev-parse refs/heads/device/field 2>&1
}

# The repetition, and that both replicas end alike, with everything.
finish() {
    case $action in
    add) has '|NEW|' || runs action_add ;; # said twice it is two rows
    *) runs "action_$action" ;;
    esac
    runs field sync
    runs desk sync
    runs field sync
    for replica in field desk; do
        look_at $replica
        holds '|WP01|Before all|broken|'
        holds '|WP40|Point 40|good|'
        case $action in
        set) holds '|WP02|Swept|broken|' ;;
        add) holds '|NEW|Added|good|' ;;
        *)
            has '|WP02|Swept|broken|' ||
                holds '|WP02|Desk has it otherwise|broken|'
            ! has '|WP39|' || complain "$replica: a deleted row is back"
            ;;
        esac
        [ $action != pull ] || holds '|WP03|Pending at the desk|'
    done
    here=$(field verify --hash 2>&1)
    there=$(desk verify --hash 2>&1)
    [ -n "$here" ] && [ "$here" = "$there" ] ||
        complain 'the replicas differ' "$here
$there"
    [ $action != pull ] || [ "$(field conflicts --json | grep -c '"kind"')" -ge 1 ] ||
        complain 'the conflict is not listed'
}

# ---- the sweep ----

# Run the action with its Nth write going wrong. Its output's end is waited
# for, and with it any child that outlives it.
strike_at() { # MODE N
    rm -f count
    strike="setsid -w env LD_PRELOAD=$SHIM TAWAM_FAULT_MODE=$1 TAWAM_FAULT_AT=$2
        TAWAM_FAULT_COUNT=$top/count"
    said=$("action_$action" 2>words 9>&1)
    status=$?
    strike=
    writes=$(od -An -t u8 count | tr -d ' ')
}

point() { # MODE N: one fault and all that must be true after it
    mode=$1 at=$2 faulty=0
    restore "$(state_of $action)"
    strike_at "$mode" "$at" 2>/dev/null
    case $mode in
    eio | enospc)
        [ "$status" -lt 126 ] || complain "died of $mode" "$(cat words)"
        ;;
    *) [ "$status" -lt 128 ] || killed=$((killed + 1)) ;;
    esac
    [ "$status" -eq 0 ] || struck=$((struck + 1))
    examine
    finish
    points=$((points + 1))
    bad=$((bad + faulty))
}

sweep() { # ACTION
    action=$1 killed=0 struck=0 points=0 bad=0 i=0
    restore "$(state_of $action)"
    strike_at kill 0
    total=$writes
    [ $status -eq 0 ] && [ "$total" -ge 5 ]
    check $? "$action runs undisturbed, with $total writes"
    if [ -n "${TAWAM_FULL-}" ]; then
        while [ $i -lt "$total" ]; do
            i=$((i + 1))
            for m in kill group torn eio enospc; do point $m $i; done
        done
    else
        set -- kill torn eio group enospc
        while [ $i -lt "$POINTS" ]; do
            point "$1" $((1 + i * total / POINTS))
            first=$1
            shift
            set -- "$@" "$first"
            i=$((i + 1))
        done
    fi
    [ $bad -eq 0 ]
    check $? "$action: nothing lost at $points points of $total writes"
    [ $struck -ge $((points / 2)) ] && [ $killed -ge $((points / 5)) ]
    check $? "$action: $struck of the $points ended it, $killed by death"
}

for action in ${TAWAM_ACTIONS:-set add commit push pull}; do sweep "$action"; done
echo "1..$number"
