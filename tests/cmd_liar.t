#!/bin/sh
# SPDX-License-Identifier: MIT
# A server's words on a real terminal: the program runs in a pty against a false
# ssh that says escape sequences (CSI, OSC, DCS, C1 raw and in UTF-8, bidi
# overrides, BEL) wherever a server has words: ERR, side bands 2 and 3, names of
# refs, capabilities, the report of a push, ssh's own errors, no protocol at
# all. None of them comes out; control: what the liar says does hold them.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3 for a pty'

must tawam init desk --name Test --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$scratch/hq.git"
printf 'code,name\nA,first\n' >points.csv
must tawam -C desk import points.csv --layer point
must tawam -C desk sync

cat >liar.py <<'X'
#!/usr/bin/env python3
# the false ssh: $LIE says where it lies
import os, select, subprocess, sys
hq = os.environ['HQ']; lie = os.environ['LIE']
BAD = (b'\x1b[31mPWN', b'\x1b]0;PWN\x07', b'\x1bPPWN\x1b\\', b'\x9b31mPWN', b'\xc2\x9b31mPWN',
       '\u202ePWN\u2066'.encode(), b'\x07PWN\r\x1b[2JPWN')
words = b' '.join(BAD)
def said(): open(os.environ['SAID'], 'wb').write(words)
out = sys.stdout.buffer
def pkt(b): out.write(b'%04x' % (len(b) + 4) + b); out.flush()
def flush(): out.write(b'0000'); out.flush()
def drain(wait):
    got = b''
    while select.select([0], [], [], wait)[0]:
        b = os.read(0, 65536)
        if not b: break
        got += b
    return got
def exactly(count):
    got = b''
    while len(got) < count:
        b = os.read(0, count - len(got))
        if not b: break
        got += b
    return got
def lines(ends):
    # packets up to a flush, one of ENDS, or the end: waited for, however long
    got = b''
    while True:
        head = exactly(4)
        b = exactly(max(int(head or b'0', 16) - 4, 0))
        got += head + b
        if not b or b in ends: return got
push = 'receive-pack' in ' '.join(sys.argv)
if lie == 'stderr': said(); sys.stderr.buffer.write(words + b'\n'); sys.stderr.flush(); sys.exit(255)
if lie == 'banner': said(); out.write(words * 50 + b'\n'); out.flush(); sys.exit(0)
if lie == 'err': said(); pkt(b'ERR ' + words + b'\n'); sys.exit(0)
if not push and lie.startswith('push'):
    os.environ.pop('GIT_PROTOCOL', None)
    sys.exit(subprocess.call(['git', 'upload-pack', hq]))
caps = b'report-status side-band-64k ofs-delta agent=x'
if lie == 'caps': said(); caps += b' agent=' + words.replace(b' ', b'_') + b' symref=HEAD:' + words.split()[0]
refs = subprocess.check_output(['git', '-C', hq, 'for-each-ref', '--format=%(objectname) %(refname)']).split(b'\n')[:-1]
if lie == 'refs':
    said()
    id = refs[0][:40]
    refs += [id + b' refs/heads/device/' + w.replace(b' ', b'') for w in BAD] + [id + b' ' + words]
if lie in ('band2', 'band3', 'garbage', 'nak'): refs = [b'1234567890' * 4 + b' refs/heads/main', b'1234567890' * 4 + b' refs/heads/device/x']
for i, r in enumerate(refs): pkt(r + (b'\0' + caps if i == 0 else b'') + b'\n')
flush()
# what is wanted; then what is here already, or a pack
got = lines(())
if got and got != b'0000':
    got += exactly(1) + drain(0.5) if push else lines((b'done\n', b'done'))
    said()
if push:
    def band(n, b): pkt(bytes([n]) + b)
    def p(b): return b'%04x' % (len(b) + 4) + b
    if lie == 'push-progress': band(2, words + b'\n')
    if lie == 'push-fatal': band(3, words + b'\n'); sys.exit(1)
    name = got[4:][82:].split(b'\0')[0].strip()
    unpack = b'unpack ' + words + b'\n' if lie == 'push-unpack' else b'unpack ok\n'
    band(1, p(unpack) + p(b'ng ' + name + b' ' + words + b'\n') + b'0000')
    flush()
elif got and got != b'0000':
    if lie == 'nak': pkt(b'NAK ' + words + b'\n')
    else: pkt(b'NAK\n')
    if lie == 'band2': pkt(b'\x02' + words + b'\r'); pkt(b'\x02' + words + b'\n'); drain(0.4)
    elif lie == 'band3': pkt(b'\x03' + words + b'\n')
    elif lie == 'garbage': pkt(b'\x01' + words * 20)
    flush()
X
chmod +x liar.py
cat >terminal.py <<'X'
# run a command in a pty, its output to a file; exit 1 if it holds what it must not
import os, pty, re, sys
out = b''
def read(fd):
    global out
    b = os.read(fd, 65536); out += b
    return b''
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
while True:
    try: b = os.read(fd, 65536)
    except OSError: break
    if not b: break
    out += b
os.waitpid(pid, 0)
open(sys.argv[1], 'wb').write(out)
bad = []
try: text = out.decode()
except UnicodeDecodeError as e: bad.append('no UTF-8: %s' % e); text = out.decode('latin-1')
if re.search('[\x80-\x9f]', text): bad.append('C1')
if re.search('[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]', text): bad.append('bidi')
if '\x07' in text: bad.append('BEL')
if re.search('\x1b[^\\[]', text): bad.append('ESC other than CSI')
if re.search('\x1b\\[[0-9;]*mPWN|\x1b\\[2J', text): bad.append('CSI')
print(' '.join(bad) or 'clean', len(out), 'PWN' in text)
X
trials=0
wrong=0
shown=0
bites=0
export HQ="$scratch/hq.git" SAID="$scratch/said" LIE
for LIE in stderr banner err caps refs band2 band3 nak garbage push-progress \
	push-fatal push-unpack push-reason; do
	must tawam -C desk set point code=A "name=$LIE"
	rm -f said
	for locale in C.UTF-8; do
		trials=$((trials + 1))
		found=$(LC_ALL=$locale GIT_SSH_COMMAND="$scratch/liar.py" \
			TERM=xterm timeout 60 python3 terminal.py term.out \
			"$TAWAM" -C desk sync ssh://liar/x 2>&1)
		case $found in
		clean*) true ;;
		*) false ;;
		esac
		check $? "$LIE: nothing raw reaches the terminal" ||
			{ wrong=$((wrong + 1)); diag "$found" "$(od -c term.out | head -40)"; }
		case $found in *True) shown=$((shown + 1)) ;; esac
		grep -aqs "$(printf '\033]0;PWN')" said && bites=$((bites + 1))
	done
	tawam -C desk log >.log 2>&1
done
is "$bites" "$trials" 'control: the liar says escape sequences each time'
[ "$shown" -ge 4 ]
check $? "and its words are shown, made safe ($shown of $trials)"
status 0 'the replica is whole' tawam -C desk verify
reliability_report hostile-words \
	'a server says escape sequences wherever it has words; in a pty' \
	"$trials" "$wrong" "$bites of $trials lies hold them, $shown are shown, made safe" \
	'what a terminal makes of printable text'
done_testing
