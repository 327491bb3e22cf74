/* SPDX-License-Identifier: MIT */
/* Question types of XLSForm: what each becomes. Names are compared without
 * regard to case; "_" is a blank. */
#include "form/xlsform_internal.h"
#include <ctype.h>
#include <string.h>

#define META(NAME, PRELOAD, TYPE, PARAMETERS)                                  \
    {                                                                          \
        NAME, TYPE, NULL, NULL, PRELOAD, PARAMETERS, NULL, NULL, NULL, NULL    \
    }
#define ASKED(NAME, TYPE)                                                      \
    {                                                                          \
        NAME, TYPE, "input", NULL, NULL, NULL, NULL, NULL, NULL, NULL          \
    }
#define UPLOAD(NAME, MEDIA)                                                    \
    {                                                                          \
        NAME, "binary", "upload", MEDIA, NULL, NULL, NULL, NULL, NULL, NULL    \
    }

#define PLAIN(NAME, TYPE, CONTROL)                                             \
    {                                                                          \
        .name = NAME, .bind = TYPE, .control = CONTROL                         \
    }
#define NOTE(NAME)                                                             \
    {                                                                          \
        .name = NAME, .bind = "string", .control = "input",                    \
        .readonly = "true()"                                                   \
    }
#define COUNTED(NAME, CONSTRAINT, HINT)                                        \
    {                                                                          \
        .name = NAME, .bind = "int", .control = "input",                       \
        .constraint = CONSTRAINT, .hint = HINT                                 \
    }

static const question_type TYPES[] = {
    ASKED("text", "string"),
    ASKED("string", "string"),
    ASKED("q string", "string"),
    ASKED("add text prompt", "string"),
    ASKED("integer", "int"),
    ASKED("int", "int"),
    ASKED("q int", "int"),
    ASKED("add integer prompt", "int"),
    ASKED("decimal", "decimal"),
    ASKED("q decimal", "decimal"),
    ASKED("add decimal prompt", "decimal"),
    ASKED("date", "date"),
    ASKED("q date", "date"),
    ASKED("add date prompt", "date"),
    ASKED("time", "time"),
    ASKED("datetime", "dateTime"),
    ASKED("date time", "dateTime"),
    ASKED("q datetime", "dateTime"),
    ASKED("q date time", "dateTime"),
    ASKED("add datetime prompt", "dateTime"),
    ASKED("add date time prompt", "dateTime"),
    NOTE("note"),
    NOTE("q note"),
    NOTE("add note prompt"),
    PLAIN("calculate", "string", NULL),
    PLAIN("q calculate", "string", NULL),
    PLAIN("add calculate prompt", "string", NULL),
    PLAIN("hidden", "string", NULL),
    PLAIN("acknowledge", "string", "trigger"),
    PLAIN("q acknowledge", "string", "trigger"),
    PLAIN("add acknowledge prompt", "string", "trigger"),
    {.name = "trigger", .control = "trigger"},
    PLAIN("select one", "string", "select1"),
    PLAIN("select multiple", "string", "select"),
    PLAIN("rank", "odk:rank", "odk:rank"),
    PLAIN("range", "int", "range"),
    ASKED("geopoint", "geopoint"),
    ASKED("q geopoint", "geopoint"),
    ASKED("gps", "geopoint"),
    ASKED("location", "geopoint"),
    ASKED("q location", "geopoint"),
    ASKED("add location prompt", "geopoint"),
    ASKED("geotrace", "geotrace"),
    ASKED("q geotrace", "geotrace"),
    ASKED("geoshape", "geoshape"),
    ASKED("q geoshape", "geoshape"),
    UPLOAD("image", "image/*"),
    UPLOAD("photo", "image/*"),
    UPLOAD("q picture", "image/*"),
    UPLOAD("q image", "image/*"),
    UPLOAD("add image prompt", "image/*"),
    UPLOAD("add photo prompt", "image/*"),
    UPLOAD("audio", "audio/*"),
    UPLOAD("q audio", "audio/*"),
    UPLOAD("add audio prompt", "audio/*"),
    UPLOAD("video", "video/*"),
    UPLOAD("q video", "video/*"),
    UPLOAD("add video prompt", "video/*"),
    UPLOAD("file", "application/*"),
    UPLOAD("add file prompt", "application/*"),
    UPLOAD("osm", "osm/*"),
    ASKED("barcode", "barcode"),
    ASKED("q barcode", "barcode"),
    ASKED("add barcode prompt", "barcode"),
    COUNTED("percentage", "0 <= . and . <= 100", NULL),
    COUNTED("number of days in last month", "0 <= . and . <= 31",
            "Enter a number 0-31."),
    COUNTED("number of days in last six months", "0 <= . and . <= 183",
            "Enter a number 0-183."),
    COUNTED("number of days in last year", "0 <= . and . <= 365",
            "Enter a number 0-365."),
    {.name = "phone number",
     .bind = "string",
     .control = "input",
     .constraint = "regex(., '^\\d*$')",
     .hint = "Enter numbers only."},
    META("start", "timestamp", "dateTime", "start"),
    META("start time", "timestamp", "dateTime", "start"),
    META("get start time", "timestamp", "dateTime", "start"),
    META("end", "timestamp", "dateTime", "end"),
    META("end time", "timestamp", "dateTime", "end"),
    META("get end time", "timestamp", "dateTime", "end"),
    META("today", "date", "date", "today"),
    META("get today", "date", "date", "today"),
    META("deviceid", "property", "string", "deviceid"),
    META("device id", "property", "string", "deviceid"),
    META("get device id", "property", "string", "deviceid"),
    META("imei", "property", "string", "deviceid"),
    META("username", "property", "string", "username"),
    META("phonenumber", "property", "string", "phonenumber"),
    META("get phone number", "property", "string", "phonenumber"),
    META("email", "property", "string", "email"),
    META("subscriberid", "property", "string", "subscriberid"),
    META("subscriber id", "property", "string", "subscriberid"),
    META("get subscriber id", "property", "string", "subscriberid"),
    META("simserial", "property", "string", "simserial"),
    META("sim id", "property", "string", "simserial"),
    META("get sim id", "property", "string", "simserial"),
    META("uri:subscriberid", "property", "string", "uri:subscriberid"),
    META("uri:phonenumber", "property", "string", "uri:phonenumber"),
    META("uri:simserial", "property", "string", "uri:simserial"),
    META("uri:deviceid", "property", "string", "uri:deviceid"),
    META("uri:username", "property", "string", "uri:username"),
    META("uri:email", "property", "string", "uri:email"),
    PLAIN("audit", "binary", NULL),
    {.name = "start-geopoint", .bind = "geopoint", .action = "odk:setgeopoint"},
    {.name = "background-geopoint",
     .bind = "geopoint",
     .action = "odk:setgeopoint"},
    {.name = "background-audio", .bind = "binary", .action = "odk:recordaudio"},
};
#define TYPE_COUNT (sizeof TYPES / sizeof *TYPES)

/* A and B are one name: case does not count, "_" is a blank. */
static int same_type(const char *a, const char *b)
{
    for (; *a || *b; a++, b++)
        if (tolower((unsigned char)(*a == '_' ? ' ' : *a)) !=
            tolower((unsigned char)(*b == '_' ? ' ' : *b)))
            return 0;
    return 1;
}

const question_type *question_type_find(const char *name)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (same_type(TYPES[i].name, name))
            return &TYPES[i];
    return NULL;
}

const char *question_type_name(size_t at)
{
    return at < TYPE_COUNT ? TYPES[at].name : NULL;
}

const char *question_type_nearest(const char *name)
{
    const char *names[TYPE_COUNT];
    for (size_t i = 0; i < TYPE_COUNT; i++)
        names[i] = TYPES[i].name;
    return text_nearest(name, names, TYPE_COUNT);
}
