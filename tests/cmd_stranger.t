#!/bin/sh
# SPDX-License-Identifier: MIT
# What other programs put beside the layers of one replica (tables, views,
# triggers, indexes) changes nothing of what others' commits come to: they are
# applied as everywhere, or the sync says what is in the way and goes on once it
# is gone. Nothing is refused for it, for a commit that was refused stays so.
. "${TOP:-$(dirname "$0")/..}/tests/lib.sh"

printf 'code,name,depth,latitude,longitude\n1,Ain,3,34,-2\n' >well.csv
must tawam init desk --device desk --author 'Desk <d@x>' --bare-remote hq.git
must tawam -C desk import well.csv --layer well --types code=text
must tawam -C desk sync
must tawam clone hq.git a --device a --author 'a <a@x>'
cat >shell.py <<-'END' # another program, whose ST_* functions are its own
	import sqlite3, sys
	db = sqlite3.connect("a/twin.gpkg")
	for name in ("IsEmpty", "MinX", "MaxX", "MinY", "MaxY"):
	    db.create_function("ST_" + name, 1, lambda blob: 0.0)
	db.create_function("mine", 1, lambda x: x, deterministic=True)
	db.create_collation("mine", lambda a, b: (a > b) - (a < b))
	db.executescript(sys.argv[1])
END
shell() { must python3 shell.py "$1"; }
command -v python3 >/dev/null || skip_all 'no python3'
value() { tawam -C "$1" get well "code=$2" "$3"; }
one_state() {
	is "$(tawam -C a verify --hash)" "$(tawam -C desk verify --hash)" "$1"
	status 0 "$1: verify" tawam -C a verify
}

# ---- triggers ----
shell "CREATE TABLE seen(fid); CREATE TABLE gone(fid);
	CREATE TRIGGER stamp AFTER UPDATE ON well BEGIN
		UPDATE well SET name = 'stamped' WHERE fid = NEW.fid; END;
	CREATE TRIGGER picky AFTER INSERT ON well WHEN NEW.code > '8' BEGIN
		SELECT RAISE(ABORT, 'too far'); END;
	CREATE TRIGGER keeps BEFORE DELETE ON well WHEN OLD.code = '5' BEGIN
		SELECT RAISE(IGNORE); END;
	CREATE TRIGGER lost AFTER INSERT ON well BEGIN
		INSERT INTO gone VALUES (NEW.fid); END;
	DROP TABLE gone"
must tawam -C desk set well code=1 depth=4
must tawam -C desk add well code=5 name=Bir depth=5
must tawam -C desk add well code=9 name=Oued depth=9
must tawam -C desk sync
status 0 'triggers of another program do not stop a sync' tawam -C a sync
unlike "$err" 'efused' 'nothing is refused'
is "$(value a 1 depth) $(value a 1 name)" '4 Ain' 'they do not change what came'
is "$(value a 9 name)" Oued 'nor keep it out'
must tawam -C desk delete well code=5
must tawam -C desk sync
must tawam -C a sync
status 1 'nor keep a row' tawam -C a get well code=5
one_state 'one state beside triggers'
must tawam -C a set well code=1 depth=6
is "$(value a 1 name)" stamped 'on edits made here they run'
must tawam -C a sync
must tawam -C desk sync
is "$(value desk 1 name)" stamped 'and what they did is an edit'
one_state 'one state with it'
shell "DROP TRIGGER stamp; DROP TRIGGER picky; DROP TRIGGER keeps;
	DROP TRIGGER lost"

# ---- rows that GDAL counts ----
shell "CREATE TABLE IF NOT EXISTS gpkg_ogr_contents(table_name TEXT NOT NULL
		PRIMARY KEY, feature_count INTEGER DEFAULT NULL);
	INSERT OR REPLACE INTO gpkg_ogr_contents VALUES ('well', 2);
	CREATE TRIGGER IF NOT EXISTS trigger_insert_feature_count_well
		AFTER INSERT ON well BEGIN UPDATE gpkg_ogr_contents SET
		feature_count = feature_count + 1 WHERE table_name = 'well'; END;
	CREATE TRIGGER other AFTER INSERT ON well BEGIN
		INSERT INTO seen VALUES (NEW.fid); END"
must tawam -C desk add well code=6 name=Saqia
must tawam -C desk sync
must tawam -C a sync
like "$(sqlite3 a/twin.gpkg "SELECT ifnull(feature_count, 'unknown')
	FROM gpkg_ogr_contents WHERE table_name = 'well'")" '^(3|unknown)$' \
	'no wrong count of rows is left'

# ---- views, also a broken one, and indexes, while columns come and widen ----
shell "CREATE VIEW good AS SELECT name, depth FROM well;
	CREATE VIEW broken AS SELECT nix FROM nowhere;
	CREATE UNIQUE INDEX once ON well(name);
	CREATE INDEX deep ON well(depth) WHERE depth > 1;
	CREATE TRIGGER deepens AFTER UPDATE OF depth ON well BEGIN
		UPDATE well SET name = name || '+' WHERE fid = NEW.fid; END"
printf 'code,depth,extra,name\n1,2.5,1,Ain\n9,1.5,2,Ain\n' >more.csv
must tawam -C desk import more.csv --layer well --key code \
	--types code=text,depth=decimal
must tawam -C desk sync
status 0 'views and indexes do not stop a sync' tawam -C a sync
is "$(value a 9 depth) $(value a 9 extra) $(value a 9 name)" '1.5 2 Ain' \
	'a column comes, one widens, a name is doubled'
one_state 'one state beside views'
is "$(sqlite3 a/twin.gpkg 'SELECT count(*) FROM good')" 3 'a view is kept'
is "$(sqlite3 a/twin.gpkg "SELECT group_concat(name) FROM sqlite_schema
	WHERE name IN ('once', 'deep', 'deepens')")" deep,deepens \
	'so are an index and a trigger; no unique index, which would refuse rows'
must tawam -C a set well code=9 depth=8
is "$(value a 9 name)" Ain+ 'the trigger runs on edits made here'
must tawam -C a sync
must tawam -C desk sync
one_state 'one state with what it did'
shell 'DROP VIEW broken; DROP TRIGGER deepens'

# ---- one that no longer fits, or is no such thing; what one names is here ----
shell "CREATE TABLE plot(id INTEGER PRIMARY KEY, name TEXT, stamp TEXT);
	CREATE TRIGGER fits AFTER UPDATE OF name ON plot BEGIN
		UPDATE plot SET stamp = 'fits' WHERE stamp = NEW.stamp; END;
	CREATE TRIGGER unfit AFTER UPDATE OF name ON plot BEGIN
		UPDATE plot SET stamp = 'x' WHERE id = NEW.id; END;
	CREATE INDEX middle ON plot(stamp); CREATE INDEX last ON plot(id, name);
	INSERT INTO plot VALUES (1, 'north', 'n');
	INSERT INTO gpkg_contents(table_name, data_type, identifier)
		VALUES ('plot', 'attributes', 'plot')"
must tawam -C a sync
status 0 'a key of another name keeps no edit out' \
	tawam -C a set plot name=north name=south
is "$(tawam -C a get plot name=south stamp)" fits 'what fits the layer runs'
is "$(sqlite3 a/twin.gpkg "SELECT group_concat(name) FROM (SELECT name FROM
	sqlite_schema WHERE name IN ('fits', 'unfit', 'middle', 'last')
	ORDER BY name)")" fits,middle \
	'what fits is kept'
must tawam -C a sync
must tawam -C desk sync
one_state 'one state of a table that became a layer'
shell "INSERT INTO seen VALUES (1); CREATE INDEX more ON well(extra);
	PRAGMA writable_schema = 1;
	UPDATE sqlite_schema SET sql = sql || '; DELETE FROM seen; SELECT 1'
		WHERE name = 'more'"
before=$(sqlite3 a/twin.gpkg 'SELECT count(*) FROM seen')
like "$before" '^[1-9]' 'a table of another program has rows'
printf 'code,extra\n1,1.5\n' >more.csv
must tawam -C desk import more.csv --layer well --key code \
	--types code=text,extra=decimal
must tawam -C desk sync
must tawam -C a sync
is "$(sqlite3 a/twin.gpkg 'SELECT count(*) FROM seen')" "$before" \
	'what stands behind the making of an index is not run'
is "$(sqlite3 a/twin.gpkg "SELECT sql FROM sqlite_schema WHERE name = 'more'")" \
	'CREATE INDEX more ON well(extra)' 'the index is'

# ---- indexes that can't take what comes: a function or an order that is known
# elsewhere alone, an expression that fails ----
for index in 'mine(name)' 'name COLLATE mine' "json_extract(name, '\$.a')" \
	"code) WHERE name -> '\$.a' IN (1"; do
	shell "UPDATE well SET name = '{}'"
	must tawam -C a sync
	must tawam -C desk sync
	shell "CREATE INDEX hinders ON well($index)"
	must tawam -C desk set well code=6 "name=comes beside $index"
	must tawam -C desk sync
	status 3 "an index of $index is said" tawam -C a sync
	like "$err" "drop it first: .*hinders" 'and what to do'
	unlike "$out$err" 'efused' 'nothing is refused'
	shell 'DROP INDEX hinders'
	status 0 'once it is away the sync goes on' tawam -C a sync
	must tawam -C desk sync
	one_state "one state after $index"
done

# ---- values, also in a row that tawam has added and not recorded ----
printf 'code,at,level\n1,2026-11-27T10:00:00.000Z,1.5\n' >visit.csv
must tawam -C desk import visit.csv --layer visit \
	--types code=text,at=datetime,level=decimal
must tawam -C desk sync
must tawam -C a sync
must tawam -C a add visit code=2
shell "UPDATE visit SET at = '2026-11-28', level = -9e999 WHERE code = '2';
	UPDATE visit SET at = '2026-11-29', level = 9e999 WHERE code = '1'"
must tawam -C a sync
must tawam -C desk sync
one_state 'one state of what another program wrote'
all() {
	sqlite3 "$1/twin.gpkg" 'SELECT quote(at), quote(level) FROM visit ORDER BY code'
}
is "$(all a)" "$(all desk)" 'and the tables hold the same'
like "$(all a)" '2026-11-28T00:00:00.000Z.*-1.79' 'as tawam writes it'

# ---- a geometry type that is wider, and no row that says so ----
shell "UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'
	WHERE table_name = 'well'"
must tawam -C a sync
must tawam -C desk sync
one_state 'one state of a wider geometry'
is "$(tawam -C desk layers --json | json '$[1].geometry')" \
	"$(tawam -C a layers --json | json '$[1].geometry')" 'and one type of it'

# ---- a table, a view, an index where a layer will be ----
for thing in 'TABLE school(x)' 'VIEW school AS SELECT 1 AS x' \
	'INDEX school ON well(code)'; do
	kind=${thing%% *}
	printf 'code,name\n1,%s\n' "$kind" >school.csv
	shell "CREATE $(echo "$thing" | sed "s/school/school_$kind/")"
	must tawam -C a set well code=6 "name=seen beside a $kind"
	must tawam -C desk import school.csv --layer "school_$kind"
	must tawam -C desk sync
	must tawam -C a commit
	: >hq.git/refs/heads/device/a.lock # of a git at work there
	status 3 "a $kind of that name is said where nothing is sent" \
		tawam -C a sync
	like "$err" "school.* no layer; .*not sent either" 'and that, too'
	rm hq.git/refs/heads/device/a.lock
	status 3 "a $kind of that name is said" tawam -C a sync
	like "$err" "school.* no layer; rename or drop it" 'and what to do'
	like "$err" 'recorded here is sent' 'and that nothing waits here for it'
	status 3 "a $kind is said again" tawam -C a sync --json
	is "$(echo "$out" | json '$.sent')" nothing 'with nothing left to send'
	unlike "$(tawam -C a sync 2>&1)" 'Not sent' 'nor is that said'
	is "$(tawam -C a status --json | json '$.unsent')" 0 'nor is it counted'
	must tawam -C desk sync
	is "$(tawam -C desk get well code=6 name)" \
		"seen beside a $kind" 'HQ has what was edited here'
	is "$(tawam -C a log --json | json '$[0].message')" 'well 1 changed' \
		'what was edited here is recorded'
	[ "$kind" = TABLE ] && shell 'ALTER TABLE school_TABLE RENAME TO mine' ||
		shell "DROP $kind school_$kind"
	status 0 'once it is away the sync goes on' tawam -C a sync
	must tawam -C desk sync
	one_state "one state after a $kind"
done
is "$(sqlite3 a/twin.gpkg 'SELECT count(*) FROM mine')" 0 'the table is kept'
done_testing
