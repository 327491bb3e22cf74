/* SPDX-License-Identifier: MIT */
/* The audit: bytes a question, written, gone on with, read, damaged. */
#include "form/audit.h"
#include "tests/form_store.h"

static const char *const FORM = "| survey |\n"
                                "| | type | name | label |\n"
                                "| | text | a | A |\n"
                                "| | text | b | B |\n"
                                "| | begin repeat | r | R |\n"
                                "| | text | c | C |\n"
                                "| | text | d | D |\n"
                                "| | end repeat | | |\n"
                                "| | text | e | E |\n";

/* Another version, in which b is gone and e stands first. */
static void test_convert(const form *f, const buffer *bytes)
{
    form *other = store_form("| survey |\n"
                             "| | type | name | label |\n"
                             "| | text | e | E |\n"
                             "| | text | a | A |\n"
                             "| | begin repeat | r | R |\n"
                             "| | text | d | D |\n"
                             "| | text | c | C |\n"
                             "| | end repeat | | |\n");
    static const char *const want[] = {"/data/a",   "",          "/data/r/c",
                                       "/data/r/d", "/data/r/c", "/data/r/d",
                                       "/data/e",   "/data/a"};
    buffer converted = {0};
    audit_reader *r = NULL;
    audit_event e;
    int wrong = 0;
    size_t i = 0;
    ok_code(audit_convert(&converted, f, other, bytes->data, bytes->length),
            "for another version");
    audit_reader_new(&r, other, converted.data, converted.length);
    audit_next(&e, r);
    for (; audit_next(&e, r) > 0; i++)
        wrong += i >= 8 || strcmp(e.item ? e.item->path : "", want[i]) != 0 ||
                 e.end - e.start != 6800;
    is_int(i, 8, "all events");
    is_int(wrong, 0, "each of the item of that path, or of none");
    audit_reader_free(r);
    buffer_free(&converted);
    form_free(other);
}

#define HERE                                                                   \
    {                                                                          \
        .latitude = 349215000, .longitude = -23201234, .accuracy = 450         \
    }

/* Places and reasons: what they cost, and read again as written. */
static void test_places(const form *f)
{
    const audit_event in[] = {
        {.kind = AUDIT_START, .texts = {[AUDIT_USER] = "Aziz"}},
        {.kind = AUDIT_ANSWERED, .number = 2, .has_place = 1, .place = HERE},
        {.kind = AUDIT_ANSWERED, .number = 3, .has_place = 1, .place = HERE},
        {.kind = AUDIT_CHANGED,
         .number = 2,
         .has_place = 1,
         .place = {349215100, -23201234, 300},
         .texts = {"a", "b"}},
        {.kind = AUDIT_EXIT},
        {.kind = AUDIT_REASON, .texts = {[AUDIT_CHANGED_FOR] = "mal \"lu\""}},
        {.kind = AUDIT_FINALIZE, .has_place = 1, .place = HERE}};
    const size_t count = sizeof in / sizeof *in;
    size_t lengths[sizeof in / sizeof *in];
    audit_event got, nowhere = {.kind = AUDIT_EXIT,
                                .has_place = 1,
                                .place = {.latitude = 90 * AUDIT_DEGREE + 1}};
    audit_writer *w = NULL;
    audit_reader *r = NULL;
    buffer bytes = {0};
    int wrong = 0;
    audit_writer_new(&w, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        if (i == 4) { /* gone on with by another */
            buffer_bytes(&bytes, audit_bytes(w)->data, audit_bytes(w)->length);
            audit_writer_free(w);
            audit_writer_new(&w, bytes.data, bytes.length);
        }
        if (audit_add(w, &in[i]) != TAWAM_OK)
            bail("%s", error_message());
        lengths[i] = audit_bytes(w)->length;
        if (i == 0)
            is_int(audit_bytes(w)->data[0], 1,
                   "without a place or a reason an older tawam reads it");
    }
    is_int(audit_bytes(w)->data[0], 2, "with one it does not");
    is_int(lengths[2] - lengths[1], 3, "a place that stays costs nothing");
    ok_code(
        audit_reader_new(&r, f, audit_bytes(w)->data, audit_bytes(w)->length),
        "read");
    for (size_t i = 0; i < count; i++) {
        if (audit_next(&got, r) <= 0)
            bail("event %zu: %s", i, error_message());
        wrong += got.kind != in[i].kind || got.number != in[i].number ||
                 got.has_place != in[i].has_place ||
                 (got.has_place &&
                  memcmp(&got.place, &in[i].place, sizeof got.place) != 0);
        for (int k = 0; k < AUDIT_TEXTS; k++)
            wrong += strcmp(got.texts[k] ? got.texts[k] : "-",
                            in[i].texts[k] ? in[i].texts[k] : "-") != 0;
    }
    is_int(wrong, 0, "each with its kind, place and texts");
    is_int(audit_next(&got, r), 0, "and no more");
    is_int(audit_add(w, &nowhere), TAWAM_EUSAGE, "beyond a pole is no place");
    audit_reader_free(r);
    audit_writer_free(w);
    buffer_free(&bytes);
}

/* What a tawam before places wrote: byte by byte after FORMAT.md. */
static void test_old(const form *f)
{
    static const uint8_t old[] = {
        1,    0xE7, 0x90, 0x4E, 0,        /* start, 0.5 s after 1970 … */
        0xF2, 4,    'A',  'z',  'i', 'z', /* who it was */
        0x31, 20,   30,                   /* a answered */
        0x22, 0,    7,    0xF0, 1,   'x', /* b changed, from x */
        0xF1, 0};                         /* to nothing */
    audit_reader *r = NULL;
    audit_event e;
    uint8_t newer[] = {1, 0xE7, 0, 0, 0xF5};
    ok_code(audit_reader_new(&r, f, old, sizeof old), "an old audit");
    ok(audit_next(&e, r) == 1 && e.kind == AUDIT_START && e.start == 500000 &&
           strcmp(e.texts[AUDIT_USER], "Aziz") == 0 && !e.has_place,
       "its start");
    ok(audit_next(&e, r) == 1 && e.kind == AUDIT_ANSWERED &&
           strcmp(e.item->path, "/data/a") == 0 && e.start == 501000 &&
           e.end == 504000,
       "its answer");
    ok(audit_next(&e, r) == 1 && e.kind == AUDIT_CHANGED &&
           strcmp(e.item->path, "/data/b") == 0 &&
           strcmp(e.texts[AUDIT_OLD], "x") == 0 && !*e.texts[AUDIT_NEW],
       "its change");
    is_int(audit_next(&e, r), 0, "its end");
    audit_reader_free(r);
    r = NULL;
    audit_reader_new(&r, f, newer, sizeof newer);
    is_int(audit_next(&e, r), TAWAM_EDAMAGED,
           "what came with version 2 is damage in version 1");
    audit_reader_free(r);
}

int main(void)
{
    form *f = store_form(FORM);
    record *r = NULL;
    record_new(&r, f, &STORE_AROUND);
    static const char *const paths[] = {
        "/data/a",      "/data/b",      "/data/r[1]/c", "/data/r[1]/d",
        "/data/r[2]/c", "/data/r[2]/d", "/data/e",      "/data/a"};
    const size_t count = sizeof paths / sizeof *paths;
    int64_t now = INT64_C(1764201600000);
    audit_writer *w = NULL;
    audit_reader *reader = NULL;
    form_node *node = NULL;
    buffer bytes = {0};
    audit_event e = {0}, got;
    size_t i = 0, plain;
    int code, wrong = 0;
    record_add_repeat(&node, r, record_root(r), form_find(f, "/data/r"));
    if (!record_find(r, "/data/r[2]"))
        record_add_repeat(&node, r, record_root(r), form_find(f, "/data/r"));
    ok_code(audit_writer_new(&w, NULL, 0), "a writer");
    e = (audit_event){.kind = AUDIT_START, .start = now, .end = now};
    ok_code(audit_add(w, &e), "the start");
    plain = audit_bytes(w)->length;
    for (i = 0; i < count; i++) {
        e = (audit_event){.kind = AUDIT_ANSWERED,
                          .start = now + (int64_t)i * 7000,
                          .end = now + (int64_t)i * 7000 + 6800};
        audit_event_at(&e, record_find(r, paths[i]));
        if (i == 4) { /* the program was left and started again */
            buffer_bytes(&bytes, audit_bytes(w)->data, audit_bytes(w)->length);
            audit_writer_free(w);
            audit_writer_new(&w, bytes.data, bytes.length);
        }
        if (audit_add(w, &e))
            bail("%s", error_message());
    }
    buffer_clear(&bytes);
    buffer_bytes(&bytes, audit_bytes(w)->data, audit_bytes(w)->length);
    diag("%zu bytes for %zu questions", bytes.length - plain, count);
    ok(bytes.length - plain <= 4 * count + 4, "at most four bytes a question");

    ok_code(audit_reader_new(&reader, f, bytes.data, bytes.length), "read");
    is_int(audit_next(&got, reader), 1, "the start");
    is_int(got.start, now, "its time");
    for (i = 0; audit_next(&got, reader) > 0; i++) {
        audit_event_at(&e, record_find(r, paths[i]));
        wrong += got.item != e.item || got.kind != AUDIT_ANSWERED ||
                 got.start != now + (int64_t)i * 7000 ||
                 got.end - got.start != 6800 ||
                 got.instance_count != e.instance_count ||
                 memcmp(got.instances, e.instances,
                        e.instance_count * sizeof *e.instances) != 0;
    }
    is_int(i, count, "every question");
    is_int(wrong, 0, "each with its item, instance and times");
    audit_reader_free(reader);

    test_convert(f, &bytes);
    test_places(f);
    test_old(f);
    reader = NULL;
    bytes.data[0] = 3;
    is_int(audit_reader_new(&reader, f, bytes.data, bytes.length), TAWAM_ENEWER,
           "a newer one is refused");
    bytes.data[0] = 1;
    audit_reader_new(&reader, f, bytes.data, bytes.length - 1);
    while ((code = audit_next(&got, reader)) > 0)
        continue;
    is_int(code, TAWAM_EDAMAGED, "a cut one is damaged");
    audit_reader_free(reader);
    audit_writer_free(w);
    buffer_free(&bytes);
    record_free(r);
    form_free(f);
    return done_testing();
}
