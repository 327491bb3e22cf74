/* SPDX-License-Identifier: MIT */
/* Functions on bytes: digests, base64, ids, signatures. */
#include <mbedtls/base64.h>
#include <mbedtls/md.h>
#include <sodium.h>
#include "form/xpath_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- base64 ---- */

static int set_base64(xpath_value *out, evaluation *e, const uint8_t *bytes,
                      size_t length)
{
    size_t size = length * 4 / 3 + 5, written = 0;
    unsigned char *text = arena_alloc(e->memory, size);
    if (!text)
        return TAWAM_EMEMORY;
    mbedtls_base64_encode(text, size, &written, bytes, length);
    set_text(out, (char *)text);
    return TAWAM_OK;
}

/* The bytes of TEXT; TAWAM_EUSAGE names NAME(). Blanks don't count, and the =
 * at the end may be missing: mbedtls would leave the last letters out. */
static int read_base64(uint8_t **out, size_t *length, evaluation *e,
                       const char *name, const char *text)
{
    size_t size = strlen(text) + 4, count = 0;
    uint8_t *whole = arena_alloc(e->memory, size);
    *out = arena_alloc(e->memory, size);
    if (!*out || !whole)
        return TAWAM_EMEMORY;
    for (; *text; text++)
        if (!strchr(" \t\r\n", *text))
            whole[count++] = (uint8_t)*text;
    if (count % 4 == 1)
        return function_error(name, _("this is no base64"));
    while (count % 4)
        whole[count++] = '=';
    if (mbedtls_base64_decode(*out, size, length, whole, count) != 0)
        return function_error(name, _("this is no base64"));
    return TAWAM_OK;
}

/* Text of LENGTH bytes from outside; what is no UTF-8 is refused. */
static int set_foreign(xpath_value *out, const char *name, const uint8_t *bytes,
                       size_t length)
{
    if (!text_valid((const char *)bytes, length) || memchr(bytes, '\0', length))
        return function_error(name, _("what is in it is no text"));
    set_text(out, (const char *)bytes);
    return TAWAM_OK;
}

static int call_base64_decode(xpath_value *out, evaluation *e,
                              const xpath_value *arguments, size_t count)
{
    const char *text = "";
    uint8_t *bytes = NULL;
    size_t length = 0;
    int code = value_text(&text, e, &arguments[0]);
    (void)count;
    if (code == TAWAM_OK)
        code = read_base64(&bytes, &length, e, "base64-decode", text);
    return code == TAWAM_OK ? set_foreign(out, "base64-decode", bytes, length)
                            : code;
}

/* ---- digests ---- */

static int set_hex(xpath_value *out, evaluation *e, const uint8_t *bytes,
                   size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(e->memory, length * 2 + 1);
    if (!text)
        return TAWAM_EMEMORY;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    set_text(out, text);
    return TAWAM_OK;
}

static int find_digest(const mbedtls_md_info_t **out, const char *name)
{
    static const struct {
        const char *name;
        mbedtls_md_type_t type;
    } known[] = {{"MD5", MBEDTLS_MD_MD5},
                 {"SHA-1", MBEDTLS_MD_SHA1},
                 {"SHA-256", MBEDTLS_MD_SHA256},
                 {"SHA-384", MBEDTLS_MD_SHA384},
                 {"SHA-512", MBEDTLS_MD_SHA512}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal_nocase(known[i].name, name)) {
            *out = mbedtls_md_info_from_type(known[i].type);
            return *out ? TAWAM_OK
                        : function_error("digest",
                                         _("this computer's "
                                           "library has no %s"),
                                         name);
        }
    return function_error("digest", _("the algorithm is one of MD5, SHA-1, "
                                      "SHA-256, SHA-384, SHA-512"));
}

static int call_digest(xpath_value *out, evaluation *e,
                       const xpath_value *arguments, size_t count)
{
    const char *text = "", *name = "", *form = "base64";
    const mbedtls_md_info_t *info = NULL;
    uint8_t sum[MBEDTLS_MD_MAX_SIZE];
    int code = value_text(&text, e, &arguments[0]);
    if (code == TAWAM_OK)
        code = value_text(&name, e, &arguments[1]);
    if (code == TAWAM_OK && count > 2)
        code = value_text(&form, e, &arguments[2]);
    if (code == TAWAM_OK)
        code = find_digest(&info, name);
    if (code != TAWAM_OK)
        return code;
    if (mbedtls_md(info, (const uint8_t *)text, strlen(text), sum) != 0)
        return error_memory();
    if (text_equal_nocase(form, "hex"))
        return set_hex(out, e, sum, mbedtls_md_get_size(info));
    if (text_equal_nocase(form, "base64"))
        return set_base64(out, e, sum, mbedtls_md_get_size(info));
    return function_error("digest", _("the encoding is base64 or hex"));
}

/* ---- ids ---- */

/* A UUID (RFC 9562): that of the record's surroundings or a random one of
 * version 4. With a length so many letters and digits. */
static int call_uuid(xpath_value *out, evaluation *e,
                     const xpath_value *arguments, size_t count)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    double length = count ? value_number(e, &arguments[0]) : 16;
    size_t size = length >= 1 && length <= 10000 ? (size_t)length : 0;
    uint8_t *b = arena_alloc(e->memory, size + 1);
    char given[37];
    int code = b ? random_bytes(b, size) : TAWAM_EMEMORY;
    if (code == TAWAM_OK && !count && e->c->uuid) {
        code = e->c->uuid(given, e->c->caller);
        return code == TAWAM_OK ? set_format(out, e, "%s", given) : code;
    }
    if (code == TAWAM_OK && !size)
        return function_error("uuid", _("the length is 1 to 10,000"));
    if (code != TAWAM_OK)
        return code;
    if (count) {
        /* 256 is no multiple of 62: a bias of half a percent in an id that
         * nobody has to guess. */
        for (size_t i = 0; i < size; i++)
            b[i] = (uint8_t)letters[b[i] % 62];
        set_text(out, (char *)b);
        return TAWAM_OK;
    }
    b[6] = (uint8_t)((b[6] & 15) | 64);
    b[8] = (uint8_t)((b[8] & 63) | 128);
    return set_format(out, e,
                      "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                      "%02x%02x%02x%02x%02x%02x",
                      b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8],
                      b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* ---- signatures ---- */

/* extract-signed(content, key): what follows a signature of 64 bytes by
 * Ed25519 (RFC 8032), or "" if it is not the key's. Both in base64. */
static int call_extract_signed(xpath_value *out, evaluation *e,
                               const xpath_value *arguments, size_t count)
{
    const char *content = "", *key = "";
    uint8_t *bytes = NULL, *public = NULL;
    size_t length = 0, size = 0;
    int code = value_text(&content, e, &arguments[0]);
    (void)count;
    if (code == TAWAM_OK)
        code = value_text(&key, e, &arguments[1]);
    if (code == TAWAM_OK)
        code = read_base64(&bytes, &length, e, "extract-signed", content);
    if (code == TAWAM_OK)
        code = read_base64(&public, &size, e, "extract-signed", key);
    if (code != TAWAM_OK)
        return code;
    set_text(out, "");
    if (size != crypto_sign_PUBLICKEYBYTES || length < crypto_sign_BYTES)
        return TAWAM_OK;
    if (crypto_sign_verify_detached(bytes, bytes + crypto_sign_BYTES,
                                    length - crypto_sign_BYTES, public) != 0)
        return TAWAM_OK;
    return set_foreign(out, "extract-signed", bytes + crypto_sign_BYTES,
                       length - crypto_sign_BYTES);
}

const function FUNCTIONS_CODE[] = {
    {"digest", 2, 3, call_digest, NULL},
    {"base64-decode", 1, 1, call_base64_decode, NULL},
    {"uuid", 0, 1, call_uuid, NULL},
    {"extract-signed", 2, 2, call_extract_signed, NULL},
    {NULL, 0, 0, NULL, NULL}};
