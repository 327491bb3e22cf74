/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a record of a form; what is taken in is written,
 * and that is known when it is read again. */
#include <stdlib.h>
#include "form/form.h"
#include "form/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char FORM[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' "
    "xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:entities='http://www.opendatakit.org/xforms/entities' "
    "xmlns:jr='http://openrosa.org/javarosa'>"
    "<h:head><h:title>T</h:title><model><instance>"
    "<data id='f' version='1'><a/><n/><d/><p/><w/><s/>"
    "<r jr:template=''><x/><q jr:template=''><y/></q></r>"
    "<meta><instanceID/><entity dataset='e' id='' create='1'><label/></entity>"
    "</meta></data></instance>"
    "<bind nodeset='/data/a' type='string' entities:saveto='a'/>"
    "<bind nodeset='/data/n' type='int' relevant=\"/data/a != 'b'\"/>"
    "<bind nodeset='/data/d' type='dateTime'/>"
    "<bind nodeset='/data/p' type='geopoint' entities:saveto='geometry'/>"
    "<bind nodeset='/data/w' type='geotrace'/>"
    "<bind nodeset='/data/s' type='geoshape'/>"
    "<bind nodeset='/data/r/x' type='decimal'/>"
    "<bind nodeset='/data/meta/entity/label' calculate='/data/a'/>"
    "</model></h:head><h:body><input ref='/data/a'><label>A</label></input>"
    "<group ref='/data/r'><repeat nodeset='/data/r'>"
    "<input ref='/data/r/x'><label>X</label></input>"
    "<group ref='/data/r/q'><repeat nodeset='/data/r/q'>"
    "<input ref='/data/r/q/y'><label>Y</label></input></repeat></group>"
    "</repeat></group></h:body></h:html>";

static void read_again(twin *t, const form *f, int64_t fid, arena *a)
{
    submission_report report;
    buffer xml = {0};
    int64_t again = 0;
    if (submission_write(&xml, t, f, fid) == TAWAM_OK &&
        (submission_read(&again, &report, t, f, (const char *)xml.data,
                         xml.length, a) != TAWAM_OK ||
         !report.was_there || again != fid))
        abort();
    buffer_free(&xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static twin *t;
    static form *f;
    submission_report report;
    int64_t fid = 0;
    arena *a = NULL;
    if (!t && (twin_open_scratch(&t) != TAWAM_OK ||
               form_read_xform(&f, FORM, sizeof FORM - 1) != TAWAM_OK))
        abort();
    if (arena_new(&a) != TAWAM_OK || twin_begin(t) != TAWAM_OK)
        abort();
    if (submission_read(&fid, &report, t, f, (const char *)data, size, a) ==
        TAWAM_OK)
        read_again(t, f, fid, a);
    twin_rollback(t);
    arena_free(a);
    return 0;
}
