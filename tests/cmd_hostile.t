#!/bin/sh
# SPDX-License-Identifier: MIT
# Hostile git objects: a device's line on HQ that leads to what no tawam writes,
# crafted byte by byte. By folder and over ssh, in bounded memory and CPU: the
# sync ends, the other device's commit is merged, the bad one is refused by name
# or never taken, nothing of it reaches a terminal raw, and verify is content.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3 to craft objects with'

# an "ssh" that runs git here
cat >ssh <<'X'
#!/bin/sh
for last; do :; done
exec sh -c "$last"
X
chmod +x ssh
export GIT_SSH_COMMAND="$scratch/ssh"

must tawam init desk --name Test --device desk \
	--author 'Desk <desk@example.org>' --bare-remote "$scratch/hq.git"
printf 'code,name\nA,first\nB,second\n' >points.csv
must tawam -C desk import points.csv --layer point --key code
must tawam -C desk sync
must tawam clone hq.git field --device field --author 'Field <f@example.org>'
must tawam -C desk set point code=A name=good
must tawam -C desk sync
must cp -a hq.git hq-sound.git
must cp -a field field-sound

cat >craft.py <<'X'
# craft.py HQ CASE: the line device/evil of HQ leads to something of CASE
import hashlib, os, struct, sys, zlib
hq, case = sys.argv[1:3]
def put(kind, body):
    data = b'%s %d\0' % (kind, len(body)) + body
    name = hashlib.sha1(data).hexdigest()
    folder = f'{hq}/objects/{name[:2]}'
    os.makedirs(folder, exist_ok=True)
    path = f'{folder}/{name[2:]}'
    if not os.path.exists(path):
        open(path, 'wb').write(zlib.compress(data, 1))
    return name
def entry(mode, name, id):
    return mode + b' ' + name + b'\0' + bytes.fromhex(id)
def commit(tree, parents=(), author=b'Evil <evil@example.org> 1700000000 +0000',
           committer=None, message=b'x\n\nDevice: evil\nSequence: 1\n'):
    return put(b'commit', b'tree ' + tree.encode() + b'\n' +
        b''.join(b'parent %s\n' % p.encode() for p in parents) +
        b'author ' + author + b'\ncommitter ' + (committer or author) + b'\n\n' + message)
def ref(id, name='evil'):
    folder = hq.encode() + b'/refs/heads/device'
    os.makedirs(folder, exist_ok=True)
    open(folder + b'/' + (name if isinstance(name, bytes) else name.encode()), 'w').write(id + '\n')
good_head = open(f'{hq}/refs/heads/device/desk').read().strip() if os.path.exists(f'{hq}/refs/heads/device/desk') else None
blob = put(b'blob', b'not a changeset')
plain = put(b'tree', entry(b'100644', b'changes.zst', blob))
tree = None
kw = {}
if case == 'dotdot': tree = entry(b'40000', b'..', put(b'tree', entry(b'100644', b'changes.zst', blob)))
elif case == 'dotgit': tree = entry(b'40000', b'.git', put(b'tree', entry(b'100644', b'config', blob)))
elif case == 'slash': tree = entry(b'100644', b'../../../tmp/changes.zst', blob)
elif case == 'empty-name': tree = entry(b'100644', b'', blob)
elif case == 'symlink': tree = entry(b'120000', b'changes.zst', put(b'blob', b'/etc/passwd'))
elif case == 'gitlink': tree = entry(b'160000', b'changes.zst', '1' * 40)
elif case == 'executable': tree = entry(b'100755', b'changes.zst', blob)
elif case == 'long-name': tree = entry(b'100644', b'n' * 5000, blob) 
elif case == 'many': tree = b''.join(entry(b'100644', b'%06d' % i, blob) for i in range(100000))
elif case == 'loop-tree': tree = b'\xff' * 300
elif case == 'blob-as-tree': kw['tree_id'] = blob
elif case == 'no-blob': tree = entry(b'100644', b'changes.zst', '12' * 20)
elif case == 'huge-blob': tree = entry(b'100644', b'changes.zst', put(b'blob', bytes(80 << 20)))
elif case.startswith('pieces-'):
    full, rest = put(b'blob', bytes(16384)), put(b'blob', bytes(5))
    names = {'gap': [(b'0000', full), (b'0002', rest)], 'one': [(b'0000', full)],
             'short': [(b'0000', rest), (b'0001', rest)],
             'long': [(b'0000', put(b'blob', bytes(16385))), (b'0001', rest)],
             'name': [(b'0', full), (b'1', rest)],
             'bomb': [(b'%04d' % i, full) for i in range(1100)],
             'empty': [(b'0000', full), (b'0001', put(b'blob', b''))]}[case[7:]]
    tree = entry(b'40000', b'changes.zst', put(b'tree', b''.join(
        entry(b'100644', name, id) for name, id in names)))
elif case == 'garbage': tree = entry(b'100644', b'changes.zst', blob)
elif case == 'parents':
    some = [commit(plain, message=b'%d\n\nDevice: evil-%d\nSequence: 1\n' % (i, i)) for i in range(20)]
    kw['parents'] = some * 500
elif case == 'message': kw['message'] = b'm' * (30 << 20) + b'\n\nDevice: evil\nSequence: 1\n'
elif case == 'author': kw['author'] = b'\x1b[31mRed\x07\xc2\x9b2J <\x1b]0;pwned\x07@x> 1700000000 +0000'
elif case == 'no-author': kw['author'] = b'nobody'
elif case == 'time-far': kw['author'] = b'E <e@x> 9223372036854775807 +9999'
elif case == 'time-minus': kw['author'] = b'E <e@x> -9223372036854775808 -9999'
elif case == 'time-back':
    c = None
    for i in range(300):
        c = commit(plain, [c] if c else [], author=b'E <e@x> %d +0000' % (2000000000 - 1000000 * i), message=b'%d\n\nDevice: evil\nSequence: %d\n' % (i, i + 1))
    ref(c); sys.exit()
elif case == 'self-named': kw['message'] = b'x\n\nDevice: desk\nSequence: 99999999999999999999\nChanges: +99999999999999999999 ~1 -1 !1 =1\n'
elif case == 'refs':
    c = commit(plain)
    for n in (b'\x1b[31mred', b'a b', b'-rf', b'x.lock', b'..x', b'n' * 250, b'\xe2\x80\xaertl', b'a~1', b'a:b', b'@{0}'):
        try: ref(c, n)
        except OSError: pass
    sys.exit()
elif case == 'delta-bomb':
    # each object is 16 copies of the one before: 16 bytes become 4 GiB in 7 steps
    def size(n):
        out = b''
        while True:
            out += bytes([(n & 127) | (128 if n >> 7 else 0)]); n >>= 7
            if not n: return out
    def head(kind, n):
        b = [(kind << 4) | (n & 15)]; n >>= 4
        while n: b[-1] |= 128; b.append(n & 127); n >>= 7
        return bytes(b)
    data = [head(3, 16) + zlib.compress(b'0123456789abcdef')]
    last, names = 16, []
    content = b'0123456789abcdef'
    offsets = [12]
    for step in range(7):
        delta = size(last) + size(last * 16)
        for k in range(16):
            n = last; at = 0
            while n:
                part = min(n, 0xffffff)
                op = 0x80; args = b''
                for i in range(4):
                    v = at >> 8 * i & 255
                    if v: op |= 1 << i; args += bytes([v])
                for i in range(3):
                    v = part >> 8 * i & 255
                    if v: op |= 16 << i; args += bytes([v])
                delta += bytes([op]) + args
                at += part; n -= part
        offsets.append(offsets[-1] + len(data[-1]))
        back = offsets[-1] - offsets[-2]
        ofs = [back & 127]; back >>= 7
        while back: back -= 1; ofs.insert(0, 128 | (back & 127)); back >>= 7
        data.append(head(6, len(delta)) + bytes(ofs) + zlib.compress(delta))
        last *= 16
        names.append(last)
    # the name of the largest that can be hashed here: 16^6 = 16 MiB * 16
    body = b'0123456789abcdef' * (names[5] // 16)
    target = hashlib.sha1(b'blob %d\0' % len(body) + body).hexdigest()
    h = hashlib.sha1(b'blob %d\0' % names[6]); 
    for i in range(16): h.update(body)
    target = h.hexdigest()
    pack = b'PACK' + struct.pack('>II', 2, len(data)) + b''.join(data)
    pack += hashlib.sha1(pack).digest()
    open(f'{hq}/bomb.pack', 'wb').write(pack)
    # an index of our own: names of all, or git would have to expand them
    all = [hashlib.sha1(b'blob 16\0' + content).hexdigest()]
    for n in names[:6]:
        x = b'0123456789abcdef' * (n // 16)
        all.append(hashlib.sha1(b'blob %d\0' % n + x).hexdigest())
    all.append(target)
    rows = sorted(zip(all, offsets, data))
    fan = [sum(1 for r in rows if int(r[0][:2], 16) <= i) for i in range(256)]
    idx = b'\xfftOc' + struct.pack('>I', 2) + struct.pack('>256I', *fan)
    idx += b''.join(bytes.fromhex(r[0]) for r in rows)
    idx += b''.join(struct.pack('>I', zlib.crc32(r[2])) for r in rows)
    idx += b''.join(struct.pack('>I', r[1]) for r in rows) + pack[-20:]
    idx += hashlib.sha1(idx).digest()
    os.makedirs(f'{hq}/objects/pack', exist_ok=True)
    os.rename(f'{hq}/bomb.pack', f'{hq}/objects/pack/pack-{"b" * 40}.pack')
    open(f'{hq}/objects/pack/pack-{"b" * 40}.idx', 'wb').write(idx)
    tree = entry(b'100644', b'changes.zst', target)
else: sys.exit('no case ' + case)
tree_id = kw.pop('tree_id', None) or (put(b'tree', tree) if tree is not None else plain)
ref(commit(tree_id, **kw))
X

# MEMORY in KiB and CPU seconds that one sync may take
# AddressSanitizer reserves terabytes of addresses.
addresses=2000000
grep -q __asan_init "$TAWAM" && addresses=unlimited
limited() { (ulimit -v $addresses; ulimit -t 30; "$@"); }
raw() { # 1 if its words hold a control character
	printf '%s' "$1" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]'
}

cases="dotdot dotgit slash empty-name symlink gitlink executable long-name many
loop-tree blob-as-tree no-blob garbage
pieces-gap pieces-one pieces-short pieces-long pieces-name pieces-bomb pieces-empty parents author no-author time-far
time-minus time-back self-named refs huge-blob message delta-bomb"
trials=0
wrong=0
for case in ${TAWAM_CASES:-$cases}; do
	rm -rf hq.git && cp -a hq-sound.git hq.git
	python3 craft.py hq.git "$case" || { echo "Bail out! $case"; exit 1; }
	for way in "$scratch/hq.git" "ssh://liar$scratch/hq.git"; do
		rm -rf field && cp -a field-sound field
		trials=$((trials + 1))
		said=$(limited tawam -C field sync "$way" 2>&1)
		code=$?
		before=$failed
		case $code in 0 | 4 | 5 | 6 | 1) true ;; *) false ;; esac
		check $? "$case, ${way%%:*}: the sync ends ($code)"
		name=$(tawam -C field get point code=A name 2>&1)
		like "$name" 'good' "$case: the other device's commit is merged"
		raw "$said$(tawam -C field log 2>&1)"
		[ $? -ne 0 ]
		check $? "$case: no control character is shown"
		limited tawam -C field verify >.verify 2>&1
		is $? 0 "$case: verify is content" || diag "$(head -3 .verify)"
		is "$(tawam -C field query 'SELECT count(*) AS n FROM point' \
			--json | tr -d ' \n')" '[{"n":2}]' "$case: nothing came of it"
		[ "$failed" = "$before" ] || { wrong=$((wrong + 1)); diag "$said"; }
	done
done
reliability_report hostile-objects \
	'a line of HQ leads to objects no tawam writes; by folder and over ssh' \
	"$trials" "$wrong" 'each object is there: git cat-file shows it' \
	'objects that only a patched git server could send'
done_testing
