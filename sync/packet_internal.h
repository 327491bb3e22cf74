/* SPDX-License-Identifier: MIT */
/* packet, private to remote: git's pkt-lines (gitprotocol-common(5)): four
 * hexadecimal digits of length, which count themselves, and the bytes. */
#ifndef TAWAM_PACKET_INTERNAL_H
#define TAWAM_PACKET_INTERNAL_H

#include "sync/ssh_internal.h"

#define PACKET_MOST 65520 /* bytes of a pkt-line with its length */

typedef enum packet_kind {
    PACKET_TEXT,      /* bytes, maybe none */
    PACKET_FLUSH,     /* 0000 */
    PACKET_DELIMITER, /* 0001, version 2 */
    PACKET_END        /* 0002, version 2 */
} packet_kind;

typedef struct packet {
    packet_kind kind;
    const uint8_t *bytes; /* until the next read; a NUL follows them */
    size_t length;
} packet;

typedef struct packet_reader {
    ssh_stream *stream; /* borrowed */
    const char *host;   /* for errors; borrowed */
    size_t begin, end;  /* of what is unread in block */
    uint8_t block[PACKET_MOST + 1];
    size_t left;   /* of a band's pkt-line, not handed over yet */
    uint8_t under; /* the byte that the NUL stands on */
    size_t nul;    /* where it stands; 0: nowhere */
} packet_reader;

void packet_reader_begin(packet_reader *r, ssh_stream *stream,
                         const char *host);
/* The next pkt-line. TAWAM_EREFUSED for what is none, and for "ERR words",
 * which is how a server says no. */
int packet_read(packet *out, packet_reader *r);
/* The same, a text, without its line end; anything else is EREFUSED. */
int packet_read_text(packet *out, packet_reader *r);
/* The first byte of the pkt-line that is to be read next, 0 if it has none.
 * What was read before it may end without its NUL. */
int packet_peek(uint8_t *first, packet_reader *r);
/* P's bytes as text, its line end taken off, to be changed at will. */
char *packet_text(packet *p, packet_reader *r);
/* "What HOST answers is not git's protocol", TAWAM_EREFUSED. */
int packet_strange(const packet_reader *r);
/* Of a side band: what has come of the next pkt-line, with its band, as soon
 * as anything has: of band 1 in pieces, of others whole. FLUSH at the end. */
int packet_read_band(packet *out, int *band, packet_reader *r);
/* 1 if P is a text that begins with WORD. */
int packet_begins(const packet *p, const char *word);

/* Append to OUT, of which the failure shows in buffer_check(). */
void packet_add(buffer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void packet_add_flush(buffer *out);
void packet_add_delimiter(buffer *out);

#endif
