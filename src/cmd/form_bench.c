/* SPDX-License-Identifier: MIT */
/* tawam form bench: what a form costs, in processor time of this process, which
 * a busy machine changes little. */
#include "cmd/form_steps.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct samples {
    double *times; /* ms */
    size_t count, capacity;
    const char *worst; /* reference of the step that took longest; borrowed */
    double most;
} samples;

enum { PARSE, LOAD, ANSWER, CHOICES, ADD, REMOVE, KINDS };

static const struct {
    const char *key, *op; /* op NULL: no step */
    const char *label;
} KIND[KINDS] = {{"parse", NULL, N_("parse")},
                 {"load", NULL, N_("load")},
                 {"answer", "answer", N_("answer")},
                 {"choices", "choices", N_("choices")},
                 {"newRepeat", "newRepeat", N_("add a repeat")},
                 {"removeRepeat", "removeRepeat", N_("remove a repeat")}};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int note(samples *s, double since, const char *reference)
{
    double time = now() - since;
    int code = memory_reserve((void **)&s->times, &s->capacity, s->count + 1,
                              sizeof *s->times);
    if (code != TAWAM_OK)
        return code;
    s->times[s->count++] = time;
    if (time > s->most || s->count == 1) {
        s->most = time;
        s->worst = reference;
    }
    return TAWAM_OK;
}

/* ---- measuring ---- */

static int measure_step(samples *all, form_session *s, json_t *step)
{
    buffer line = {0};
    const char *op = json_string_value(json_object_get(step, "op"));
    const char *reference = json_string_value(json_object_get(step, "ref"));
    double since = now();
    int code;
    s->w = (json_writer){.out = &line};
    json_write_object(&s->w);
    code = form_step(s, step);
    for (int k = 0; code == TAWAM_OK && op && k < KINDS; k++)
        if (KIND[k].op && strcmp(KIND[k].op, op) == 0)
            code = note(&all[k], since, reference ? reference : "");
    buffer_free(&line);
    return code;
}

static int measure_once(samples *all, form_session *s, json_t *steps)
{
    double since;
    int code;
    record_free(s->r); /* one form in memory at a time */
    form_free(s->f);
    s->r = NULL;
    s->f = NULL;
    since = now();
    code = form_read_file(&s->f, verb_word(s->a, 1));
    if (code == TAWAM_OK)
        code = note(&all[PARSE], since, "");
    since = now();
    if (code == TAWAM_OK)
        code = form_session_begin(s);
    if (code == TAWAM_OK)
        code = note(&all[LOAD], since, "");
    for (size_t i = 0; code == TAWAM_OK && i < json_array_size(steps); i++)
        code = measure_step(all, s, json_array_get(steps, i));
    return code;
}

/* ---- saying ---- */

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The time that SHARE of all do not exceed (nearest rank). */
static double quantile(const samples *s, double share)
{
    size_t rank = (size_t)(share * (double)s->count + 0.999999);
    return s->times[rank ? rank - 1 : 0];
}

/* Bytes that the process held at most. */
static int64_t most_memory(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? used.ru_maxrss * 1024 : 0;
}

static void write_json(buffer *out, const samples *all, int64_t times)
{
    json_writer w = {.out = out};
    json_write_object(&w);
    json_write_pair_integer(&w, "n", times);
    for (int k = 0; k < KINDS; k++) {
        if (!all[k].count)
            continue;
        json_write_key(&w, KIND[k].key);
        json_write_object(&w);
        json_write_pair_integer(&w, "count", (int64_t)all[k].count);
        json_write_key(&w, "p50_ms");
        json_write_decimal(&w, quantile(&all[k], 0.5));
        json_write_key(&w, "p99_ms");
        json_write_decimal(&w, quantile(&all[k], 0.99));
        json_write_key(&w, "max_ms");
        json_write_decimal(&w, quantile(&all[k], 1));
        if (KIND[k].op)
            json_write_pair(&w, "worst", all[k].worst);
        json_write_end(&w);
    }
    json_write_pair_integer(&w, "peak_memory_bytes", most_memory());
    json_write_end(&w);
}

static void write_text(buffer *out, const samples *all)
{
    char memory[32];
    for (int k = 0; k < KINDS; k++) {
        char *safe;
        if (!all[k].count)
            continue;
        buffer_format(out, "%-16s p50 %9.3f ms  p99 %9.3f ms  max %9.3f ms",
                      _(KIND[k].label), quantile(&all[k], 0.5),
                      quantile(&all[k], 0.99), quantile(&all[k], 1));
        safe = text_safe(all[k].worst, strlen(all[k].worst), 0);
        if (KIND[k].op && safe)
            buffer_format(out, "  (%zu; %.60s)", all[k].count, safe);
        free(safe);
        buffer_byte(out, '\n');
    }
    text_from_bytes(memory, (uint64_t)most_memory());
    buffer_format(out, "%-16s %s\n", _("peak memory"), memory);
}

int form_bench(const verb_arguments *a)
{
    samples all[KINDS] = {0};
    form_session s;
    json_t *steps = NULL;
    buffer out = {0};
    int64_t times = 20;
    int code = form_session_open(&s, &steps, a);
    if (code == TAWAM_OK)
        code = verb_number(&times, a, "times", 20, 1);
    for (int64_t i = 0; code == TAWAM_OK && i < times; i++)
        code = measure_once(all, &s, json_object_get(steps, "steps"));
    if (code == TAWAM_OK) {
        for (int k = 0; k < KINDS; k++)
            if (all[k].count)
                qsort(all[k].times, all[k].count, sizeof *all[k].times,
                      by_time);
        if (cmd_json(a))
            write_json(&out, all, times);
        else
            write_text(&out, all);
        code = cmd_json(a) ? cmd_flush_json(&out) : cmd_flush(&out);
    }
    for (int k = 0; k < KINDS; k++)
        free(all[k].times);
    buffer_free(&out);
    form_session_close(&s, steps);
    return code;
}
