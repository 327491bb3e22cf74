/* SPDX-License-Identifier: MIT */
/* CSV in: what is inferred, what is kept, what is refused and how. */
#include "tests/exchange_support.h"

static void types_are_inferred(desk *d)
{
    import_text(d, "a.csv",
                "code,digits,n,flag,yes,share,day,moment,name,none\n"
                "02.113.01.09,021130109,0,0,yes,0.5,2024-02-29,"
                "2024-02-29T10:00,Zegzel,\n"
                "02.114,021130110,7,1,No,12,2024-03-01,2024-03-01,زكزل,\n",
                "a", NULL);
    is_int(d->code, TAWAM_OK, "a plain CSV imports: %s", d->message);
    is_str(notes_of(d),
           "code  text\n"
           "digits  text (leading zeros)\n"
           "n  integer\n"
           "flag  integer\n"
           "yes  boolean\n"
           "share  decimal\n"
           "day  date\n"
           "moment  datetime\n"
           "name  text\n"
           "none  text (every value is empty)\n",
           "the types found are noted, a column a line");
    is_str(rows(d, "SELECT digits, n, flag, yes, share, day, moment, name, "
                   "none FROM a ORDER BY fid"),
           "021130109|0|0|1|0.5|2024-02-29|2024-02-29T10:00:00.000Z|Zegzel|"
           "NULL\n"
           "021130110|7|1|0|12.0|2024-03-01|2024-03-01T00:00:00.000Z|زكزل|"
           "NULL",
           "values are stored as those types");
    is_int(d->result.inserted, 2, "two rows inserted");
    is_int(d->result.read, 2, "two rows read");
    ok(d->result.reject_file == NULL, "no reject file without rejects");
}

static void codes_stay_text(desk *d)
{
    import_text(d, "b.csv",
                "fifteen,sixteen,zero,phone,block,day,sci\n"
                "123456789012345,1234567890123456,0,+212600,12E4,3/4/2024,"
                "1e+20\n"
                "1,2,0.5,1,1,1,1.5\n",
                "b", NULL);
    ok(has(notes_of(d), "fifteen  integer\n"), "15 digits are a number");
    ok(has(notes_of(d), "sixteen  text (more than 15 digits)\n"),
       "16 digits are text");
    ok(has(notes_of(d), "zero  decimal\n"), "0 and 0.5 are numbers");
    ok(has(notes_of(d), "phone  text\n"), "+212 is text");
    ok(has(notes_of(d), "block  text\n"), "12E4 is text");
    ok(has(notes_of(d), "day  text\n"), "d/m/y is not guessed");
    ok(has(notes_of(d), "sci  decimal\n"), "1e+20 is a number");
}

static void points_are_made(desk *d)
{
    import_text(d, "c.csv",
                "name,Latitude,LNG\n"
                "A,34.5,-2.25\n"
                "B,91,0\n"
                "C,,\n"
                "D,1,\n"
                "E,north,2\n"
                "F,0,-180.5\n",
                "c", NULL);
    is_int(d->code, TAWAM_OK, "points import: %s", d->message);
    ok(has(notes_of(d), "Latitude, LNG → point\n"), "the pair is named");
    is_str(rows(d, "SELECT name, ST_MinX(geom), ST_MinY(geom) FROM c "
                   "ORDER BY fid"),
           "A|-2.25|34.5\nC|NULL|NULL", "points are stored, empty ones NULL");
    is_str(rejects_of(d),
           "3 Latitude: 91 is outside -90 to 90 degrees (--no-geometry keeps "
           "the columns as they are)\n"
           "5 LNG: empty, where the other coordinate is given\n"
           "6 Latitude: not a number of degrees\n"
           "7 LNG: -180.5 is outside -180 to 180 degrees (--no-geometry keeps "
           "the columns as they are)\n",
           "what is no place on Earth is rejected");
    import_text(d, "c2.csv", "centroid_lat,centroid_lng\n1,2\n", "c2", NULL);
    ok(has(notes_of(d), "centroid_lat  integer\n"),
       "only the exact names make points");
    d->options.no_geometry = 1;
    import_text(d, "c3.csv", "lat,lon\n91,2\n", "c3", NULL);
    d->options.no_geometry = 0;
    is_str(rows(d, "SELECT lat, lon FROM c3"), "91|2",
           "no_geometry keeps the columns");
    import_text(d, "c4.csv", "lat,lon\n92,3\n", "c3", NULL);
    is_str(rows(d, "SELECT lat, lon FROM c3 WHERE lat = 92"), "92|3",
           "a layer that has the columns keeps having them");
}

static void wkt_becomes_geometry(desk *d)
{
    import_text(d, "d.csv",
                "name,wkt\n"
                "A,POINT (1 2)\n"
                "B,\"POLYGON ((0 0, 1 0, 1 1, 0 0))\"\n"
                "C,POINT (1\n"
                "D,\n",
                "d", NULL);
    is_int(d->code, TAWAM_OK, "WKT imports: %s", d->message);
    ok(has(notes_of(d), "wkt → GEOMETRY\n"), "the column wkt is the geometry");
    is_str(rows(d, "SELECT name, ST_MaxX(geom) FROM d ORDER BY fid"),
           "A|1.0\nB|1.0\nD|NULL", "and stored as such");
    is_int(d->result.rejected, 1, "a broken WKT is rejected");
    import_text(d, "d2.csv", "geometry,geom\nround,flat\n", "d2", NULL);
    is_str(rows(d, "SELECT geometry, geom_source FROM d2"), "round|flat",
           "columns so called without WKT are ordinary");
}

static void names_are_checked(desk *d)
{
    static const struct {
        const char *header, *words;
    } bad[] = {
        {"a,,c\n1,2,3\n", "column 2 has no name"},
        {"a,b,A\n1,2,3\n", "columns 1 and 3 are both called 'A'"},
        {"a,tawam_x\n1,2\n", "column 2, 'tawam_x'"},
        {"a,gpkg_x\n1,2\n", "column 2, 'gpkg_x'"},
        {"a,x234567890123456789012345678901234567890123456789012345678901234"
         "\n1,2\n",
         "column 2, 'x2345"},
        {"", "is empty"},
        {"a,fid,fid\n1,2,3\n", "both called 'fid"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        import_text(d, "e.csv", bad[i].header, "e", NULL);
        is_int(d->code, TAWAM_EUSAGE, "header %zu is refused", i);
        ok(has(d->message, bad[i].words), "saying '%s'", bad[i].words);
    }
    is_int(atoi(rows(d, "SELECT count(*) FROM tawam_layer WHERE name='e'")), 0,
           "and no layer is made");
}

static void wrong_rows_are_kept_aside(desk *d)
{
    char *rejected = NULL;
    import_text(d, "f.csv",
                "id,name\r\n"
                "1,one\r\n"
                "2,two,too many\r\n"
                "3\r\n"
                "4,\"four \" quoted\"\r\n"
                "5,\"five\r\nlines\"\r\n"
                "6,si\xE9\r\n"
                ",\r\n"
                "7,seven",
                "f", NULL);
    is_int(d->code, TAWAM_OK, "wrong rows don't stop the rest");
    is_str(rejects_of(d),
           "3 -: 3 fields, where the first line has 2\n"
           "4 -: 1 fields, where the first line has 2\n"
           "5 -: a quote stands within a field: the field must be quoted "
           "whole, and a quote in it doubled\n"
           "8 name: byte 3 (0xE9) is not UTF-8: save the file as UTF-8 "
           "(iconv -f WINDOWS-1252 -t UTF-8)\n"
           "9 -: every field is empty\n",
           "each is named by line, column and reason");
    is_str(rows(d, "SELECT id, name FROM f ORDER BY fid"),
           "1|one\n5|five\r\nlines\n7|seven", "the right ones are stored");
    rejected = contents(d->result.reject_file);
    is_str(rejected,
           "\"id\",\"name\"\n2,two,too many\r\n3\r\n4,\"four \" quoted\"\r\n"
           "6,si\xE9\r\n,\r\n",
           "the reject file has them as they came");
    free(rejected);
    ok(has(d->result.reject_file, "f.csv.rejects.csv"), "beside the file");
    import_text(d, "f.csv", "id,name\n1\n", "f", NULL);
    ok(has(d->result.reject_file, "f.csv.2.rejects.csv"),
       "an older reject file is not overwritten");
}

static void an_open_quote_costs_one_line(desk *d)
{
    import_text(d, "g.csv", "a,b\n1,\"open\n2,x\n3,\"y\"\n4,z\n", "g", NULL);
    is_str(rows(d, "SELECT a, b FROM g ORDER BY fid"), "2|x\n3|y\n4|z",
           "the lines it would have swallowed are rows");
    ok(has(rejects_of(d), "2 -: a quote"), "its own line is rejected");
    import_text(d, "g2.csv", "a,b\n1,\"open\n2,x\n3,y\n", "g2", NULL);
    is_str(rows(d, "SELECT a, b FROM g2 ORDER BY fid"), "2|x\n3|y",
           "so too if no other quote follows");
    is_str(rejects_of(d), "2 -: a quote is opened and not closed\n",
           "with the reason");
}

static void delimiters_and_codings(desk *d)
{
    static const char utf16[] = "\xFF\xFEn\0;\0v\0\n\0\x32\x06;\0"
                                "1\0,\0005\0\n\0\x3D\xD8\x00\xDE;\0002\0\n\0";
    static const char half[] = "\xFF\xFEn\0;\0v\0\n\0\x3D\xD8;\0001\0\n\0";
    import_text(d, "h.csv", "\xEF\xBB\xBFn;v;w\nx;1,5;a,b\ny;-2;c\n", "h",
                NULL);
    is_str(rows(d, "SELECT n, v, w FROM h ORDER BY fid"), "x|1.5|a,b\ny|-2.0|c",
           "semicolons, decimal commas and a BOM");
    ok(has(notes_of(d), "fields separated by ';'\n"), "the delimiter is noted");
    ok(has(notes_of(d), "v  decimal (decimal comma)\n"), "and the comma");
    import_text(d, "h2.tsv", "n\tv\nx\t1,5\n", "h2", NULL);
    is_str(rows(d, "SELECT v FROM h2"), "1,5", "tabs; the comma stays text");
    import_text(d, "h3.csv", "sep=;\nn;v\nx;1\n", "h3", NULL);
    is_str(rows(d, "SELECT n, v FROM h3"), "x|1", "Excel's sep= is heeded");
    import_text(d, "h4.csv", "n,v\rx,1\ry,2\r", "h4", NULL);
    is_str(rows(d, "SELECT n, v FROM h4 ORDER BY fid"), "x|1\ny|2",
           "lines that end in CR alone");
    import_path(d, put(d, "h5.csv", utf16, sizeof utf16 - 1), "h5", NULL);
    is_str(rows(d, "SELECT n, v FROM h5 ORDER BY fid"), "ز|1.5\n😀|2.0",
           "UTF-16 with its mark");
    import_path(d, put(d, "h6.csv", half, sizeof half - 1), "h6", NULL);
    ok(has(rejects_of(d), "2 n: byte 1 (0xFF) is not UTF-8"),
       "half a surrogate pair is rejected");
}

static void forced_types(desk *d)
{
    d->options.types = "code=text, pop=integer";
    import_text(d, "i.csv", "code,pop\n1,007\n2,x\n", "i", NULL);
    is_str(rows(d, "SELECT typeof(code), code, pop FROM i"), "text|1|7",
           "types named by the person win");
    is_str(rejects_of(d), "3 pop: 'x' is not an integer\n",
           "what can't be so is rejected");
    d->options.types = "cod=text";
    import_text(d, "i.csv", "code,pop\n1,7\n", "i", NULL);
    is_int(d->code, TAWAM_EUSAGE, "an unknown column in types is refused");
    ok(has(d->message, "nearest: 'code'"), "with the nearest name");
    d->options.types = "code=number";
    import_text(d, "i.csv", "code,pop\n1,7\n", "i", NULL);
    is_int(d->code, TAWAM_EUSAGE, "an unknown type is refused");
    d->options.types = "pop=decimal,code";
    import_text(d, "i.csv", "code,pop\n1,7\n", "i", NULL);
    is_int(d->code, TAWAM_EUSAGE, "a column without type is refused");
    d->options.types = NULL;
}

static void a_layer_keeps_its_types(desk *d)
{
    import_text(d, "j.csv", "k,n,day,yes\n1,5,2024-01-01,yes\n", "j", NULL);
    import_text(d, "j2.csv",
                "k,n,day,yes\n2,6.5,2024-01-02,no\n3,7,x,maybe\n4,07,,1\n"
                "5,8.0,2024-01-03,true\n6,\"1,000\",,\n",
                "j", NULL);
    is_str(rejects_of(d),
           "2 n: '6.5' is not an integer\n"
           "3 day: 'x' is not a date, YYYY-MM-DD\n"
           "4 n: '07' would lose its leading zero in a column of numbers "
           "(--types COLUMN=text keeps it)\n"
           "6 n: '1,000' is not an integer\n",
           "what doesn't fit the layer's column is rejected");
    is_str(rows(d, "SELECT k, n, day, yes FROM j ORDER BY fid"),
           "1|5|2024-01-01|1\n5|8|2024-01-03|1", "what fits is stored");
    d->options.types = "n=decimal";
    import_text(d, "j3.csv", "k,n\n7,6.5\n", "j", NULL);
    d->options.types = NULL;
    is_str(rows(d, "SELECT k, n FROM j ORDER BY fid"), "1|5.0\n5|8.0\n7|6.5",
           "a wider type named widens the layer");
}

static void strict_stores_nothing(desk *d)
{
    buffer many = {0};
    buffer_text(&many, "n\n");
    for (int i = 0; i < 12000; i++)
        buffer_format(&many, "%d\n", i);
    buffer_text(&many, "1,2\n");
    d->options.strict = 1;
    import_path(d, put(d, "k.csv", many.data, many.length), "k", NULL);
    d->options.strict = 0;
    is_int(d->code, TAWAM_EUSAGE, "strict: a wrong row ends it");
    ok(has(d->message, "line 12002: 2 fields"), "naming the row");
    is_int(atoi(rows(d, "SELECT count(*) FROM tawam_layer WHERE name='k'")), 0,
           "nothing was stored, not even the layer");
    is_int(d->result.inserted, 0, "and none is counted");
    buffer_free(&many);
}

static int stop_at_7000(void *context, const exchange_progress *p)
{
    (void)context;
    return !p->scanning && p->rows >= 7000;
}

static void a_stop_keeps_whole_batches(desk *d)
{
    buffer many = {0};
    buffer_text(&many, "n,v\n");
    for (int i = 0; i < 12000; i++)
        buffer_format(&many, "%d,x\n", i);
    const char *path = put(d, "l.csv", many.data, many.length);
    d->options.progress = stop_at_7000;
    import_path(d, path, "l", "n");
    d->options.progress = NULL;
    is_int(d->code, TAWAM_ECANCELLED, "the progress call can stop it");
    is_int(atoi(rows(d, "SELECT count(*) FROM l")), 5000,
           "the batches stored stay");
    is_int(d->result.inserted, 5000, "and are what is counted");
    import_path(d, path, "l", "n");
    is_int(d->result.inserted, 7000, "repeating with the key does the rest");
    is_int(d->result.unchanged, 5000, "and changes nothing else");
    is_int(d->result.cells_changed, 0, "no cell");
    buffer_free(&many);
}

static void fid_and_uuid(desk *d)
{
    import_text(d, "m.csv",
                "fid,uuid,v\n7,0190a1b2-0000-7000-8000-00000000000a,x\n"
                "8,,y\n",
                "m", NULL);
    is_str(rows(d, "SELECT fid_source, v FROM m ORDER BY fid"), "7|x\n8|y",
           "an incoming fid is kept as fid_source");
    is_str(rows(d, "SELECT count(*) FROM m WHERE fid IN (7, 8)"), "0",
           "and is not ours");
    is_str(rows(d, "SELECT uuid FROM m WHERE v = 'x'"),
           "0190a1b2-0000-7000-8000-00000000000a", "a uuid fills ours");
    is_str(rows(d, "SELECT length(uuid) FROM m WHERE v = 'y'"), "36",
           "an empty one is made");
    import_text(d, "m.csv", "uuid,v\n0190a1b2-0000-7000-8000-00000000000a,z\n",
                "m", NULL);
    ok(has(rejects_of(d), "a row with this uuid is already there"),
       "the same uuid is not put in twice");
    import_text(d, "m2.csv", "fid,v\n7,xx\n9,z\n", "m", "fid");
    is_str(rows(d, "SELECT fid_source, v FROM m ORDER BY fid_source"),
           "7|xx\n8|y\n9|z", "--key fid matches by fid_source");
}

int main(void)
{
    desk d;
    desk_open(&d);
    types_are_inferred(&d);
    codes_stay_text(&d);
    points_are_made(&d);
    wkt_becomes_geometry(&d);
    names_are_checked(&d);
    wrong_rows_are_kept_aside(&d);
    an_open_quote_costs_one_line(&d);
    delimiters_and_codings(&d);
    forced_types(&d);
    a_layer_keeps_its_types(&d);
    strict_stores_nothing(&d);
    a_stop_keeps_whole_batches(&d);
    fid_and_uuid(&d);
    desk_close(&d);
    return done_testing();
}
