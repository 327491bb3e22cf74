/* SPDX-License-Identifier: MIT */
/* Damaged changesets: cut at every byte, bits flipped in the frame and in what
 * is inside it, allocations that fail. Each is refused with a reason, or reads
 * as something that can be written and read again; nothing crashes (run with
 * SANITIZE=1 this is a proof), nothing is lost on the way out. */
#include <malloc.h>
#include <zstd.h>
#include "tests/tap.h"
#include "tests/changeset_random.h"

#ifdef __SANITIZE_ADDRESS__
#define SEEDS 4 /* ten times slower */
#else
#define SEEDS 12
#endif

typedef struct tally {
    int refused, valid, wrong;
} tally;

/* Read BYTES: refused with words, or valid and stable. */
static void look(tally *t, const void *bytes, size_t length)
{
    changeset *c = NULL, *again = NULL;
    buffer written = {0}, printed = {0};
    int code = TAWAM_OK;

    error_clear();
    code = changeset_decode(&c, bytes, length, NULL);

    if (code != TAWAM_OK) {
        /* a flag may turn up that asks for a dictionary */
        if ((code == TAWAM_EDAMAGED || code == TAWAM_ENEWER ||
             code == TAWAM_ENOTFOUND) &&
            strlen(error_message()) > 10)
            t->refused++;
        else
            t->wrong++;
        return;
    }
    changeset_print(&printed, c);
    if (changeset_encode(&written, c) == TAWAM_OK &&
        changeset_decode(&again, written.data, written.length, NULL) ==
            TAWAM_OK &&
        same_changeset(c, again))
        t->valid++;
    else
        t->wrong++;
    buffer_free(&written);
    buffer_free(&printed);
    changeset_free(c);
    changeset_free(again);
}

static void cut_everywhere(tally *t, const buffer *bytes)
{
    for (size_t i = 0; i < bytes->length; i++)
        look(t, bytes->data, i);
}

/* Flip a bit of each byte, or of COUNT of them. */
static void flip(tally *t, uint8_t *bytes, size_t length, size_t count,
                 int inside)
{
    for (size_t i = 0; i < count && length; i++) {
        size_t at = count < length ? below(length) : i % length;
        uint8_t bit = (uint8_t)(1u << below(8));
        bytes[at] ^= bit;
        if (inside) {
            size_t room = ZSTD_compressBound(length);
            char *frame = malloc(room);
            size_t size = ZSTD_compress(frame, room, bytes, length, 1);
            look(t, frame, size);
            free(frame);
        } else {
            look(t, bytes, length);
        }
        bytes[at] ^= bit;
    }
}

/* What is inside the frame, for the caller to free. */
static uint8_t *unpack(const buffer *bytes, size_t *length)
{
    uint8_t *content = NULL;

    *length = (size_t)ZSTD_getFrameContentSize(bytes->data, bytes->length);
    content = malloc(*length + 1);
    ZSTD_decompress(content, *length, bytes->data, bytes->length);
    return content;
}

/* Cut the content at every byte, framed again. */
static void cut_inside(tally *t, const uint8_t *content, size_t length)
{
    char frame[65536];

    for (size_t i = 0; i < length && i < 4000; i++) {
        size_t size = ZSTD_compress(frame, sizeof frame, content, i, 1);
        look(t, frame, size);
    }
}

/* Fail the 1st, 2nd, 3rd ... allocation of WHAT until it gets through. */
static int survives_allocations(changeset *c, const buffer *bytes, int encode)
{
    for (long n = 1; n < 100000; n++) {
        buffer out = {0};
        changeset *back = NULL;
        int code = TAWAM_OK, same = 1;
        memory_fail_at(n);
        code = encode
                   ? changeset_encode(&out, c)
                   : changeset_decode(&back, bytes->data, bytes->length, NULL);
        memory_fail_at(0);
        if (code == TAWAM_OK)
            same =
                encode ? out.length == bytes->length : same_changeset(c, back);
        else
            same = code == TAWAM_EMEMORY && out.length == 0 && !back;
        buffer_free(&out);
        changeset_free(back);
        if (!same) {
            diag("allocation %ld: code %d: %s", n, code, error_message());
            return 0;
        }
        if (code == TAWAM_OK)
            return n > 5;
    }
    return 0;
}

/* Filling under failing allocations: a call fails, nothing leaks or breaks. */
static int fill_survives(void)
{
    for (long n = 1; n < 1000; n++) {
        changeset *c = NULL;
        changeset_layer *layer = NULL;
        uint32_t column = 0;
        twin_value value = text_value("text", 4);
        int failed = 0;
        memory_fail_at(n);
        failed = changeset_new(&c) < 0 ||
                 changeset_add_layer(&layer, c, "a", TWIN_POINT) < 0 ||
                 changeset_add_column(&column, c, layer, "b", TWIN_TEXT) < 0;
        for (int i = 1; i < 40 && !failed; i++)
            failed = changeset_add_row(c, layer, i, CHANGESET_INSERT) < 0 ||
                     changeset_add_cell(c, layer, column, &value) < 0;
        memory_fail_at(0);
        changeset_free(c);
        if (!failed)
            return n > 5;
    }
    return 0;
}

/* Cut in a list of a row's columns, it went on with places that it had not
 * read; memory that is new holds nonsense here. */
static void cut_in_a_list(tally *t)
{
    changeset *c = random_changeset(5032);
    buffer bytes = {0};
    size_t length = 0;
    uint8_t *content = NULL;

    mallopt(M_PERTURB, 85);
    changeset_encode(&bytes, c);
    content = unpack(&bytes, &length);
    cut_inside(t, content, length);
    mallopt(M_PERTURB, 0);
    free(content);
    buffer_free(&bytes);
    changeset_free(c);
}

int main(void)
{
    int seeds = getenv("TAWAM_FULL") ? 400 : SEEDS;
    tally cut = {0}, flipped = {0}, inside = {0}, cut_in = {0};
    int encode = 1, decode = 1;

    for (int seed = 1; seed <= seeds; seed++) {
        changeset *c = random_changeset((uint64_t)seed + 5000);
        buffer bytes = {0};
        size_t length = 0;
        uint8_t *content = NULL;
        changeset_encode(&bytes, c);
        content = unpack(&bytes, &length);
        if (bytes.length < 2500) {
            cut_everywhere(&cut, &bytes);
            cut_inside(&cut_in, content, length);
        }
        if (bytes.length < 1500 && seed <= 6) {
            encode = encode && survives_allocations(c, &bytes, 1);
            decode = decode && survives_allocations(c, &bytes, 0);
        }
        flip(&flipped, bytes.data, bytes.length, 150, 0);
        flip(&inside, content, length, 400, 1);
        free(content);
        buffer_free(&bytes);
        changeset_free(c);
    }
    cut_in_a_list(&cut_in);
    diag("cut %d; cut inside %d; flipped %d refused, %d valid; inside %d "
         "refused, %d valid",
         cut.refused, cut_in.refused, flipped.refused, flipped.valid,
         inside.refused, inside.valid);
    ok(cut.refused > 300 && cut.valid == 0 && cut.wrong == 0,
       "a file cut at any byte is refused with a reason");
    ok(cut_in.refused > 300 && cut_in.valid < cut_in.refused / 50 &&
           cut_in.wrong == 0,
       "content cut at any byte is refused (but for one in hundreds)");
    ok(flipped.refused > 40 * SEEDS && flipped.wrong == 0,
       "a flipped bit in the file is refused or reads as something valid");
    ok(inside.refused > 40 * SEEDS && inside.wrong == 0,
       "a flipped bit in the content likewise");
    ok(encode, "encoding survives each allocation failing");
    ok(decode, "decoding survives each allocation failing");
    ok(fill_survives(), "filling survives each allocation failing");
    return done_testing();
}
