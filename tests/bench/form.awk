# SPDX-License-Identifier: MIT
# An XForm for the measurements, on stdout:
#   awk -v kind=large -f tests/bench/form.awk    550 questions, 420 rules of
#       relevance, 60 calculations, three languages, 1.5 MB: the size and the
#       shape of WHO's verbal autopsy, in which an age decides on most questions
#   awk -v kind=repeat …                         a repeat of 30 fields
#   awk -v kind=lists …                          selects that cascade through
#       region, province and commune to a list of douars.csv
#   awk -v kind=douars -v rows=100000 …          that list, as CSV
#   awk -v kind=answers …, kind=members …        steps for form bench
function words(n, language, seed,    i, text) {
    text = ""
    for (i = 0; i < n; i++) {
        seed = (seed * 7919 + 104729) % 1000003
        text = text (i ? " " : "") word[language, seed % 24]
    }
    return text
}

function head(title) {
    print "<?xml version=\"1.0\"?>"
    print "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" xmlns:odk=\"http://www.opendatakit.org/xforms\">"
    print "<h:head><h:title>" title "</h:title><model odk:xforms-version=\"1.0.0\">"
}

function path(q) {
    return "/data/g" int((q - 1) / 25 + 1) "/q" q
}

function large(    l, q, g, r, p) {
    head("Verbal autopsy, for size")
    print "<itext>"
    for (l = 0; l < 3; l++) {
        print "<translation lang=\"" name[l] "\"" (l ? "" : " default=\"true()\"") ">"
        for (q = 1; q <= 550; q++) {
            print "<text id=\"" path(q) ":label\"><value>" q ". " words(46, l, q) (q % 5 ? "" : " <output value=\" /data/g1/q1 \"/> ?") "</value></text>"
            print "<text id=\"" path(q) ":hint\"><value>" words(48, l, q + 7) "</value></text>"
            if (q % 6 == 0)
                print "<text id=\"" path(q) ":jr:constraintMsg\"><value>" words(12, l, q + 11) "</value></text>"
        }
        for (q = 0; q < 4; q++)
            print "<text id=\"yesno-" q "\"><value>" words(1, l, q) "</value></text>"
        for (q = 0; q < 250; q++)
            print "<text id=\"place-" q "\"><value>" words(2, l, q) "</value></text>"
        print "</translation>"
    }
    print "</itext><instance><data id=\"large\" version=\"1\">"
    for (q = 1; q <= 550; q++) {
        if (q % 25 == 1) print "<g" int((q - 1) / 25 + 1) ">"
        print "<q" q "/>"
        if (q % 25 == 0 || q == 550) print "</g" int((q - 1) / 25 + 1) ">"
    }
    for (q = 1; q <= 60; q++) print "<c" q "/>"
    print "<meta><instanceID/></meta></data></instance>"
    print "<instance id=\"yesno\"><root>"
    for (q = 0; q < 4; q++)
        print "<item><itextId>yesno-" q "</itextId><name>" answer[q] "</name></item>"
    print "</root></instance><instance id=\"place\"><root>"
    for (q = 0; q < 250; q++)
        print "<item><itextId>place-" q "</itextId><name>p" q "</name><region>r" q % 12 "</region></item>"
    print "</root></instance>"
    for (q = 1; q <= 550; q++) {
        r = ""
        if (q > 25 && q <= 445) { # most depend on the age, many on an answer
            p = q % 3 == 0 ? "c1" : q % 3 == 1 ? "c2" : "c3"
            r = " /data/" p " = '1'"
            if (q % 25 > 5)
                r = "(" r ") and (selected( " path(int((q - 1) / 25) * 25 + 1 + q % 5) " , 'yes') or  " path(2 + q % 20) "  &gt; 3)"
        }
        t = q % 11 == 2 || q <= 24 && q > 2 ? "int" : q % 50 == 3 ? "date" : q == 1 || q % 40 == 7 ? "string" : "string"
        print "<bind nodeset=\"" path(q) "\" type=\"" t "\"" (r ? " relevant=\"" r "\"" : "") (q % 6 ? "" : " constraint=\". != 'x' and string-length(.) &lt; 200\" jr:constraintMsg=\"jr:itext('" path(q) ":jr:constraintMsg')\"") (q % 4 ? "" : " required=\"true()\"") "/>"
    }
    for (q = 1; q <= 60; q++) {
        r = q == 1 ? "if( /data/g1/q3  &lt; 1, '1', '0')" : q == 2 ? "if( /data/g1/q3  &gt;= 1 and  /data/g1/q3  &lt; 12, '1', '0')" : q == 3 ? "if( /data/g1/q3  &gt;= 12, '1', '0')" : "concat( " path(q * 9) " , '-',  /data/c" (q % 3 + 1) " , coalesce( " path(q * 9 - 4) " , 0))"
        print "<bind nodeset=\"/data/c" q "\" type=\"string\" calculate=\"" r "\"/>"
    }
    print "<bind nodeset=\"/data/meta/instanceID\" type=\"string\" jr:preload=\"uid\"/>"
    print "</model></h:head><h:body>"
    for (q = 1; q <= 550; q++) {
        if (q % 25 == 1) print "<group ref=\"/data/g" int((q - 1) / 25 + 1) "\">"
        l = "<label ref=\"jr:itext('" path(q) ":label')\"/><hint ref=\"jr:itext('" path(q) ":hint')\"/>"
        if (q % 11 == 2 || q % 50 == 3 || q == 1 || q % 40 == 7 || q <= 24 && q > 2)
            print "<input ref=\"" path(q) "\">" l "</input>"
        else if (q % 60 == 30)
            print "<select1 ref=\"" path(q) "\">" l "<itemset nodeset=\"instance('place')/root/item[region = 'r3' or region = 'r7']\"><value ref=\"name\"/><label ref=\"jr:itext(itextId)\"/></itemset></select1>"
        else
            print "<select1 ref=\"" path(q) "\">" l "<itemset nodeset=\"instance('yesno')/root/item\"><value ref=\"name\"/><label ref=\"jr:itext(itextId)\"/></itemset></select1>"
        if (q % 25 == 0 || q == 550) print "</group>"
    }
    print "</h:body></h:html>"
}

function repeats(    i) {
    head("Thirty fields, again and again")
    print "<instance><data id=\"repeat\"><total/><member jr:template=\"\">"
    for (i = 1; i <= 30; i++) print "<f" i "/>"
    print "</member><meta><instanceID/></meta></data></instance>"
    print "<bind nodeset=\"/data/total\" type=\"int\" calculate=\"count( /data/member )\"/>"
    for (i = 1; i <= 30; i++) {
        if (i % 5 == 0)
            r = " calculate=\"concat( ../f1 , '-', position(..))\""
        else if (i % 3 == 0)
            r = " relevant=\" ../f2  &gt; " i "\""
        else
            r = i % 7 ? "" : " constraint=\". &lt; 200\""
        print "<bind nodeset=\"/data/member/f" i "\" type=\"" (i % 5 && i != 1 ? "int" : "string") "\"" r "/>"
    }
    print "<bind nodeset=\"/data/meta/instanceID\" type=\"string\" jr:preload=\"uid\"/>"
    print "</model></h:head><h:body><group ref=\"/data/member\"><repeat nodeset=\"/data/member\">"
    for (i = 1; i <= 30; i++)
        if (i % 5) print "<input ref=\"/data/member/f" i "\"><label>Field " i "</label></input>"
    print "</repeat></group></h:body></h:html>"
}

function cascade(    i) {
    head("Region, province, commune, douar")
    print "<instance><data id=\"cascade\"><region/><province/><commune/><douar/><least/><many/><meta><instanceID/></meta></data></instance>"
    print "<instance id=\"douars\" src=\"jr://file-csv/douars.csv\"/>"
    print "<bind nodeset=\"/data/least\" type=\"int\"/>"
    print "</model></h:head><h:body>"
    print "<input ref=\"/data/region\"/><input ref=\"/data/province\"/><input ref=\"/data/commune\"/><input ref=\"/data/least\"/>"
    print "<select1 ref=\"/data/douar\"><itemset nodeset=\"instance('douars')/root/item[region =  /data/region  and province =  /data/province  and commune =  /data/commune ]\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>"
    print "<select1 ref=\"/data/many\"><itemset nodeset=\"instance('douars')/root/item[region =  /data/region  and population &gt;=  /data/least  and starts-with(label, 'Ait')][position() &lt;= 50]\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>"
    print "</h:body></h:html>"
}

function douars(    i) {
    print "name,label,region,province,commune,population"
    for (i = 0; i < rows; i++)
        printf "d%d,%s %d,r%d,p%d,c%d,%d\n", i, i % 3 ? "Ait Ali" : "Oulad", i, i % 12, i % 144, i % 1440, i * 7919 % 2000
}

# Most questions answered, the age at the end again and again.
function answers(    q, text) {
    print "{\"steps\":[{\"op\":\"answer\",\"ref\":\"" path(1) "\",\"value\":\"Fatima\"},"
    for (q = 3; q <= 24; q++)
        print "{\"op\":\"answer\",\"ref\":\"" path(q) "\",\"value\":\"" (q == 3 ? 40 : 5) "\"},"
    for (q = 26; q <= 540; q++) {
        if (q % 50 == 3) continue
        print "{\"op\":\"answer\",\"ref\":\"" path(q) "\",\"value\":\"" (q % 11 == 2 ? "3" : "yes") "\"},"
        if (q % 60 == 30 && q % 11 != 2)
            print "{\"op\":\"choices\",\"ref\":\"" path(q) "\"},"
    }
    for (q = 0; q < 3; q++)
        print "{\"op\":\"answer\",\"ref\":\"" path(3) "\",\"value\":\"" q * 20 "\"}" (q < 2 ? "," : "]}")
}

function members(    i) {
    print "{\"steps\":["
    for (i = 1; i <= 500; i++) {
        print "{\"op\":\"newRepeat\",\"ref\":\"/data/member\"},"
        print "{\"op\":\"answer\",\"ref\":\"/data/member[" i "]/f1\",\"value\":\"A" i "\"},"
        print "{\"op\":\"answer\",\"ref\":\"/data/member[" i "]/f2\",\"value\":\"17\"},"
    }
    for (i = 500; i > 450; i--)
        print "{\"op\":\"removeRepeat\",\"ref\":\"/data/member[" i "]\"}" (i > 451 ? "," : "]}")
}

BEGIN {
    name[0] = "French (fr)"; name[1] = "Arabic (ar)"; name[2] = "English (en)"
    split("le la une eau maison personne enfant mois avant maladie jour quel combien village route avez vous eu fois encore depuis pendant soin fin", w0, " ")
    split("ماء بيت شخص طفل شهر قبل مرض يوم كم قرية طريق هل كان مرة منذ خلال علاج نهاية أين متى كيف لماذا عند بعد", w1, " ")
    split("the a water house person child month before illness day which how village road did you have times again since during care end any", w2, " ")
    for (i = 0; i < 24; i++) {
        word[0, i] = w0[i + 1]; word[1, i] = w1[i + 1]; word[2, i] = w2[i + 1]
    }
    split("yes no dk ref", a, " ")
    for (i = 0; i < 4; i++) answer[i] = a[i + 1]
    if (kind == "repeat") repeats()
    else if (kind == "lists") cascade()
    else if (kind == "douars") douars()
    else if (kind == "answers") answers()
    else if (kind == "members") members()
    else large()
}
