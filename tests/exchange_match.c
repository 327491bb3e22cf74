/* SPDX-License-Identifier: MIT */
/* --key: rows of the file find theirs in the layer, and only what differs is
 * written. */
#include "tests/exchange_support.h"

static void only_changed_cells(desk *d)
{
    import_text(d, "a.csv",
                "code,name,pop\n01,Zegzel,10\n02,Aklim,20\n03,Madagh,30\n", "a",
                "code");
    is_int(d->result.inserted, 3, "a key on a new layer inserts all");
    import_text(d, "b.csv", "code,pop\n03,31\n02,20\n04,40\n01,\n", "a",
                "code");
    is_int(d->result.updated, 2, "two rows updated");
    is_int(d->result.unchanged, 1, "one unchanged");
    is_int(d->result.inserted, 1, "one new");
    is_int(d->result.cells_changed, 2, "two cells changed");
    is_str(rows(d, "SELECT code, name, pop FROM a ORDER BY code"),
           "01|Zegzel|NULL\n02|Aklim|20\n03|Madagh|31\n04|NULL|40",
           "empty is NULL, absent columns and rows are left alone");
    import_text(d, "b.csv", "code,pop\n03,31\n02,20\n04,40\n01,\n", "a",
                "code");
    is_int(d->result.cells_changed, 0, "repeating changes nothing");
    is_int(d->result.unchanged, 4, "and says so");
}

static void keys_that_can_not_be(desk *d)
{
    import_text(d, "c.csv", "code,v\nA,1\nA,2\n,3\nB,4\n", "c", "code");
    is_str(rejects_of(d),
           "3 code: the same key stands in line 2\n"
           "4 code: the key is empty\n",
           "doubled in the file: the later; empty: rejected");
    import_text(d, "c2.csv", "code,v\nB,5\n", "c", NULL);
    import_text(d, "c3.csv", "code,v\nB,6\nA,7\n", "c", "code");
    is_str(rejects_of(d), "2 code: 2 rows of the layer have this key\n",
           "doubled in the layer: rejected");
    is_str(rows(d, "SELECT v FROM c ORDER BY v"), "4\n5\n7",
           "and the others go on");
    import_text(d, "c4.csv", "code,v\nB,6\n", "c", "cod");
    is_int(d->code, TAWAM_EUSAGE, "a key that the file lacks is refused");
    ok(has(d->message, "nearest: 'code'"), "with the nearest");
    import_text(d, "c5.csv", "lat,lon\n1,2\n", "c5", "lat");
    is_int(d->code, TAWAM_EUSAGE, "a coordinate is no key");
}

static void keys_have_types(desk *d)
{
    import_text(d, "e.csv", "n,v\n1,a\n2,b\n", "e", NULL);
    import_text(d, "e2.csv", "n,v\n2.0,c\n 1,d\n", "e", "n");
    is_str(rows(d, "SELECT n, v FROM e ORDER BY n"), "1|d\n2|c",
           "a key is compared as its column stores it");
    import_text(d, "f.csv", "name,v\nAïn,a\naïn,b\n", "f", "name");
    is_int(d->result.inserted, 2, "text keys are exact, case and all");
}

static void several_batches(desk *d)
{
    buffer many = {0};
    buffer_text(&many, "code,v\n");
    for (int i = 0; i < 20000; i++)
        buffer_format(&many, "K%05d,%d\n", i, i);
    import_path(d, put(d, "g.csv", many.data, many.length), "g", "code");
    is_int(d->result.inserted, 20000, "twenty thousand in four batches");
    buffer_clear(&many);
    buffer_text(&many, "code,v\n");
    for (int i = 0; i < 20000; i++)
        buffer_format(&many, "K%05d,%d\n", i, i % 1000 ? i : -1);
    buffer_text(&many, "K00007,7\n");
    import_path(d, put(d, "g.csv", many.data, many.length), "g", "code");
    is_int(d->result.cells_changed, 20, "twenty cells changed among them");
    ok(has(rejects_of(d), "20002 code: the same key stands in line 9"),
       "a double is seen across batches");
    buffer_free(&many);
}

static void capture_sees_it(desk *d)
{
    twin_pending_counts before, after;
    import_text(d, "h.csv", "code,v\nA,1\n", "h", "code");
    must(twin_pending_count(d->twin, &before), "count");
    must(twin_begin(d->twin), "begin");
    must(twin_pending_clear(d->twin), "clear");
    must(twin_commit(d->twin), "commit");
    import_text(d, "h.csv", "code,v\nA,1\n", "h", "code");
    must(twin_pending_count(d->twin, &after), "count");
    ok(before.inserted > 0, "an import is pending");
    is_int(after.updated + after.inserted + after.deleted + after.layers, 0,
           "an import that changes nothing is not");
    import_text(d, "h.csv", "code,v\nA,2\n", "h", "code");
    must(twin_pending_count(d->twin, &after), "count");
    is_int(after.updated, 1, "a changed cell is");
}

int main(void)
{
    desk d;
    desk_open(&d);
    only_changed_cells(&d);
    keys_that_can_not_be(&d);
    keys_have_types(&d);
    several_batches(&d);
    capture_sees_it(&d);
    desk_close(&d);
    return done_testing();
}
