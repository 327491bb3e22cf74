/* SPDX-License-Identifier: MIT */
/* Question types of XLSForm: what each becomes. Names are compared without
 * regard to case; "_" is a blank. */
#include "form/xlsform_internal.h"
#include <ctype.h>
#include <string.h>

#define META(NAME, PRELOAD, TYPE, PARAMETERS)                                  \
    {                                                                          \
        NAME, TYPE, NULL, NULL, PRELOAD, PARAMETERS, NULL, NULL, NULL          \
    }
#define ASKED(NAME, TYPE)                                                      \
    {                                                                          \
        NAME, TYPE, "input", NULL, NULL, NULL, NULL, NULL, NULL                \
    }
#define UPLOAD(NAME, MEDIA)                                                    \
    {                                                                          \
        NAME, "binary", "upload", MEDIA, NULL, NULL, NULL, NULL, NULL          \
    }

static const question_type TYPES[] = {
    ASKED("text", "string"),
    ASKED("string", "string"),
    ASKED("add text prompt", "string"),
    ASKED("integer", "int"),
    ASKED("int", "int"),
    ASKED("add integer prompt", "int"),
    ASKED("decimal", "decimal"),
    ASKED("add decimal prompt", "decimal"),
    ASKED("date", "date"),
    ASKED("add date prompt", "date"),
    ASKED("time", "time"),
    ASKED("datetime", "dateTime"),
    ASKED("date time", "dateTime"),
    ASKED("add date time prompt", "dateTime"),
    {"note", "string", "input", NULL, NULL, NULL, "true()", NULL, NULL},
    {"add note prompt", "string", "input", NULL, NULL, NULL, "true()", NULL,
     NULL},
    {"calculate", "string", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {"hidden", "string", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {"acknowledge", "string", "trigger", NULL, NULL, NULL, NULL, NULL, NULL},
    {"trigger", "string", "trigger", NULL, NULL, NULL, NULL, NULL, NULL},
    {"select one", "string", "select1", NULL, NULL, NULL, NULL, NULL, NULL},
    {"select multiple", "string", "select", NULL, NULL, NULL, NULL, NULL, NULL},
    {"rank", "odk:rank", "odk:rank", NULL, NULL, NULL, NULL, NULL, NULL},
    {"range", "int", "range", NULL, NULL, NULL, NULL, NULL, NULL},
    ASKED("geopoint", "geopoint"),
    ASKED("gps", "geopoint"),
    ASKED("location", "geopoint"),
    ASKED("add location prompt", "geopoint"),
    ASKED("geotrace", "geotrace"),
    ASKED("geoshape", "geoshape"),
    UPLOAD("image", "image/*"),
    UPLOAD("photo", "image/*"),
    UPLOAD("add image prompt", "image/*"),
    UPLOAD("add photo prompt", "image/*"),
    UPLOAD("audio", "audio/*"),
    UPLOAD("add audio prompt", "audio/*"),
    UPLOAD("video", "video/*"),
    UPLOAD("add video prompt", "video/*"),
    UPLOAD("file", "application/*"),
    UPLOAD("osm", "osm/*"),
    ASKED("barcode", "barcode"),
    ASKED("add barcode prompt", "barcode"),
    {"percentage", "int", "input", NULL, NULL, NULL, NULL,
     "0 <= . and . <= 100", NULL},
    {"phone number", "string", "input", NULL, NULL, NULL, NULL,
     "regex(., '^\\d*$')", NULL},
    META("start", "timestamp", "dateTime", "start"),
    META("end", "timestamp", "dateTime", "end"),
    META("start time", "timestamp", "dateTime", "start"),
    META("end time", "timestamp", "dateTime", "end"),
    META("today", "date", "date", "today"),
    META("deviceid", "property", "string", "deviceid"),
    META("device id", "property", "string", "deviceid"),
    META("username", "property", "string", "username"),
    META("phonenumber", "property", "string", "phonenumber"),
    META("email", "property", "string", "email"),
    META("subscriberid", "property", "string", "subscriberid"),
    META("simserial", "property", "string", "simserial"),
    {"audit", "binary", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {"start-geopoint", "geopoint", NULL, NULL, NULL, NULL, NULL, NULL,
     "odk:setgeopoint"},
    {"background-geopoint", "geopoint", NULL, NULL, NULL, NULL, NULL, NULL,
     "odk:setgeopoint"},
    {"background-audio", "binary", NULL, NULL, NULL, NULL, NULL, NULL,
     "odk:recordaudio"},
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

const char *question_type_nearest(const char *name)
{
    const char *names[TYPE_COUNT];
    for (size_t i = 0; i < TYPE_COUNT; i++)
        names[i] = TYPES[i].name;
    return text_nearest(name, names, TYPE_COUNT);
}
