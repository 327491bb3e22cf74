/* SPDX-License-Identifier: MIT */
/* script: reads one step after the other from a file held in memory. */
#include <stdlib.h>
#include <string.h>
#include "ui/key.h"
#include "ui/script.h"

#define SCRIPT_LIMIT (1 << 20) /* bytes of a script */

struct script {
    buffer bytes;
    char *next; /* where the next line starts; NULL after the last */
    char *keys; /* what is left of a line of keys, or NULL */
    int typed;  /* 1: `keys` is text, not key names */
    int line;
};

int script_open(script **out, const char *path)
{
    script *s = memory_new(sizeof *s);
    if (!s)
        return TAWAM_EMEMORY;
    int error = file_read(&s->bytes, path, SCRIPT_LIMIT);
    if (error < 0) {
        script_close(s);
        return error;
    }
    s->next = (char *)s->bytes.data;
    *out = s;
    return TAWAM_OK;
}

void script_close(script *s)
{
    if (!s)
        return;
    buffer_free(&s->bytes);
    free(s);
}

int script_line(const script *s)
{
    return s->line;
}

/* Cut the next line off; NULL at the end. */
static char *take_line(script *s)
{
    if (!s->next || !*s->next)
        return NULL;
    char *line = s->next;
    size_t length = strcspn(line, "\n");
    s->next = line[length] ? line + length + 1 : NULL;
    line[length] = '\0';
    s->line++;
    return line;
}

/* The key at the start of *keys, which is moved past it. */
static int take_key(script *s)
{
    char *end = s->typed || s->keys[0] != '<' ? NULL : strchr(s->keys, '>');
    int key = UI_KEY_NONE;
    if (end && end > s->keys + 1) {
        *end = '\0';
        key = ui_key_parse(s->keys + 1);
        s->keys = end + 1;
    } else {
        uint32_t point = 0;
        s->keys += text_decode(&point, s->keys, strlen(s->keys));
        key = (int)point;
    }
    if (!*s->keys)
        s->keys = NULL;
    return key;
}

/* A line of keys is given one key after the other. */
int script_next(script_step *out, script *s)
{
    *out = (script_step){.kind = SCRIPT_END};
    while (!s->keys) {
        char *line = take_line(s);
        if (!line)
            return TAWAM_OK;
        if (*line == ':' && line[1]) {
            out->kind = SCRIPT_COMMAND;
            out->text = line + 1;
            return TAWAM_OK;
        }
        s->typed = strncmp(line, "type ", 5) == 0;
        if (s->typed)
            line += 5;
        else if (*line == '#')
            continue;
        s->keys = *line ? line : NULL;
    }
    out->kind = SCRIPT_KEY;
    out->key = take_key(s);
    if (out->key == UI_KEY_NONE)
        return error_set(TAWAM_EUSAGE, _("line %d of the script: no such key"),
                         s->line);
    return TAWAM_OK;
}
