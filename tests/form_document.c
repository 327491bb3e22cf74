/* SPDX-License-Identifier: MIT */
/* XML read into nodes: what is kept, what is refused, changing it. */
#include "tests/tap.h"
#include "form/form.h"

static form_names *names;

/* "ok" or the error. */
static const char *outcome(const char *xml, size_t length)
{
    form_document *d = NULL;
    if (form_document_read(&d, names, xml, length) != TAWAM_OK)
        return error_message();
    form_document_free(d);
    return "ok";
}

static void refused(const char *xml, const char *words)
{
    const char *got = outcome(xml, strlen(xml));
    ok(strstr(got, words), "refused: %.50s", xml) || (diag("got %s", got), 0);
}

static void test_reading(void)
{
    static const char xml[] =
        "<?xml version='1.0'?><!-- a record -->\n"
        "<data xmlns='urn:x' xmlns:o='urn:o' id='f' o:version='2'>\n"
        "  <name> Amina &amp; Ali </name><note><![CDATA[a < b]]></note>\n"
        "  <o:meta><o:id/></o:meta>\n"
        "</data>";
    form_document *d = NULL;
    form_node *root, *node;
    buffer text = {0};
    if (form_document_read(&d, names, xml, sizeof xml - 1))
        bail("%s", error_message());
    root = form_document_root(d);
    is_str(root->name, "data", "the root");
    is_str(root->space, "urn:x", "its namespace");
    is_str(root->value, "", "blanks between elements are no text");
    is_str(form_attribute(root, "id")->value, "f", "an attribute");
    is_str(form_attribute(root, "version")->space, "urn:o",
           "the namespace of an attribute");
    ok(!form_attribute(root, "xmlns") && !form_attribute(root, "o"),
       "declarations of namespaces are no attributes");
    node = root->first;
    is_str(node->value, " Amina & Ali ", "text as it stands");
    ok(node->name == form_name(names, "name", 4), "names are interned");
    is_str(node->next->value, "a < b", "CDATA");
    is_str(root->last->first->name, "id", "an empty element");
    form_node_text(&text, root);
    is_str((char *)text.data, " Amina & Ali a < b", "text of all below");
    is_int(form_node_order(node, root->last->first), -1, "order of nodes");
    is_int(form_node_order(root->last->first, node), 1, "and back");
    is_int(form_node_order(root, node), -1, "an ancestor comes before");
    is_int(form_node_order(root->attributes, node), -1,
           "an attribute before the elements");
    is_int(form_node_order(node, node), 0, "a node and itself");
    buffer_free(&text);
    form_document_free(d);
}

static void test_changing(void)
{
    form_document *d = NULL;
    form_node *root = NULL, *node = NULL;
    if (form_document_new(&d, names) ||
        form_node_add(&root, d, form_document_top(d), "data", ""))
        bail("%s", error_message());
    ok(form_document_root(d) == root, "the first node is the root");
    ok(!form_node_add(&node, d, root, "a", "") &&
           !form_node_set(d, node, "1") &&
           !form_attribute_set(d, node, "k", "", "v") &&
           !form_attribute_set(d, node, "k", "", "w"),
       "nodes, values, attributes");
    is_str(form_attribute(node, "k")->value, "w", "the last value counts");
    ok(!node->attributes->next, "and it is one attribute");
    form_document_free(d);
}

static void test_refusals(void)
{
    buffer deep = {0};
    refused("", "is empty");
    refused("plain words", "not XML");
    refused("<a>", "not XML");
    refused("<a></b>", "line 1");
    refused("<a/><b/>", "not XML");
    refused("<a b='1' b='2'/>", "not XML");
    refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "DOCTYPE");
    refused("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "DOCTYPE");
    refused("<a>&nothing;</a>", "not XML");
    refused("<a>\xff</a>", "not XML");
    for (int i = 0; i < 2 * FORM_DEPTH_MOST; i++)
        buffer_text(&deep, "<a>");
    ok(strstr(outcome((char *)deep.data, deep.length), "deep"),
       "1,000 elements within each other are refused");
    buffer_free(&deep);
    ok(strstr(outcome("<a/>", FORM_XML_MOST + 1), "more than"),
       "too many bytes are refused unread");
}

/* Each allocation fails once. libxml2 has its own, which don't. */
static void test_memory(void)
{
    static const char xml[] = "<data a='1'><b c='2'>text</b><d/></data>";
    int failed = 0, done = 0;
    for (long nth = 1; !done && nth < 100; nth++) {
        form_names *own = NULL;
        form_document *d = NULL;
        memory_fail_at(nth);
        done = !form_names_new(&own) &&
               !form_document_read(&d, own, xml, sizeof xml - 1);
        memory_fail_at(0);
        form_document_free(d);
        form_names_free(own);
        failed += !done;
    }
    ok(done && failed > 3, "each of %d allocations failing is an error",
       failed);
}

static void test_names(void)
{
    form_names *many = NULL;
    char text[16];
    int same = 1;
    const char *first;
    if (form_names_new(&many))
        bail("%s", error_message());
    first = form_name(many, "n0", 2);
    for (int i = 0; i < 10000; i++) {
        int length = snprintf(text, sizeof text, "n%d", i);
        same &= form_name(many, text, (size_t)length) ==
                form_name(many, text, (size_t)length);
    }
    ok(same && first == form_name(many, "n0 and more", 2),
       "10,000 names, each with one address that stays");
    form_names_free(many);
}

int main(void)
{
    if (form_names_new(&names))
        bail("%s", error_message());
    test_reading();
    test_changing();
    test_refusals();
    test_memory();
    test_names();
    form_names_free(names);
    return done_testing();
}
