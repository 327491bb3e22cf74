/* SPDX-License-Identifier: MIT */
/* verb: completion for bash and zsh, from the table. Layers are asked of the
 * program itself (`tawam layers -q`), in the replica that -C names. */
#include <string.h>
#include "work/verb.h"

/* ---- bash ---------------------------------------------------------------- */

static void bash_options(buffer *out, const verb_option *list)
{
    for (const verb_option *o = list; o && o->name; o++)
        buffer_format(out, " --%s", o->name);
}

/* The shell words that complete one KIND into COMPREPLY. */
static void bash_kind(buffer *out, verb_kind kind, const char *value)
{
    switch (kind) {
    case VERB_FILE:
        buffer_text(out, "COMPREPLY=($(compgen -f -- \"$cur\"))");
        break;
    case VERB_FOLDER:
        buffer_text(out, "COMPREPLY=($(compgen -d -- \"$cur\"))");
        break;
    case VERB_LAYER:
        buffer_text(out, "COMPREPLY=($(compgen -W \"$(_tawam_layers)\" -- "
                         "\"$cur\"))");
        break;
    case VERB_VERB:
        buffer_text(out, "COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))");
        break;
    case VERB_FORMAT:
        buffer_text(out, "COMPREPLY=($(compgen -W '");
        for (; value && *value; value++)
            buffer_byte(out, *value == '|' ? ' ' : (uint8_t)*value);
        buffer_text(out, "' -- \"$cur\"))");
        break;
    default:
        buffer_text(out, "COMPREPLY=()");
    }
}

/* case "$verb:$previous" arms for the options that take a value. */
static void bash_values(buffer *out, const char *name, const verb_option *list)
{
    for (const verb_option *o = list; o && o->name; o++) {
        if (o->value == NULL)
            continue;
        buffer_format(out, "    %s:--%s", name, o->name);
        if (o->letter != 0)
            buffer_format(out, "|%s:-%c", name, o->letter);
        buffer_text(out, ") ");
        bash_kind(out, o->kind, o->value);
        buffer_text(out, "; return ;;\n");
    }
}

/* case "$verb:$word" arms: what completes the verb's own words. */
static void bash_words(buffer *out, const verb *v)
{
    for (size_t i = 0; i < 4; i++) {
        if (v->words[i] == VERB_TEXT)
            continue;
        buffer_format(out, "    %s:%zu) ", v->name, i);
        bash_kind(out, v->words[i], "");
        buffer_text(out, " ;;\n");
    }
}

void verb_complete_bash(buffer *out, const verb_table *verbs)
{
    buffer_text(
        out, "# bash completion for tawam; made by: tawam help --bash\n"
             "_tawam_layers() {\n"
             "  tawam ${_tawam_directory:+-C \"$_tawam_directory\"} layers -q "
             "2>/dev/null\n}\n"
             "_tawam() {\n"
             "  local cur=${COMP_WORDS[COMP_CWORD]} verb= i word=0\n"
             "  local previous=${COMP_WORDS[COMP_CWORD-1]} _tawam_directory=\n"
             "  local verbs='");
    for (size_t i = 0; i < verbs->count; i++)
        buffer_format(out, "%s%s", i ? " " : "", verbs->verbs[i]->name);
    buffer_text(out, "'\n"
                     "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                     "    case ${COMP_WORDS[i]} in\n"
                     "    -C) _tawam_directory=${COMP_WORDS[++i]} ;;\n"
                     "    -*) ;;\n"
                     "    *) if [ -z \"$verb\" ]; then verb=${COMP_WORDS[i]}; "
                     "else word=$((word + 1)); fi ;;\n"
                     "    esac\n  done\n"
                     "  case $verb:$previous in\n");
    bash_values(out, "*", VERB_GLOBALS);
    for (size_t i = 0; i < verbs->count; i++)
        bash_values(out, verbs->verbs[i]->name, verbs->verbs[i]->options);
    buffer_text(out, "  esac\n  if [[ $cur == -* ]]; then\n"
                     "    local options='");
    bash_options(out, VERB_GLOBALS);
    buffer_text(out, "'\n    case $verb in\n");
    for (size_t i = 0; i < verbs->count; i++) {
        buffer_format(out, "    %s) options+='", verbs->verbs[i]->name);
        bash_options(out, verbs->verbs[i]->options);
        buffer_text(out, "' ;;\n");
    }
    buffer_text(out, "    esac\n"
                     "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
                     "    return\n  fi\n  case $verb:$word in\n"
                     "    :*) COMPREPLY=($(compgen -W \"$verbs\" -- "
                     "\"$cur\")) ;;\n");
    for (size_t i = 0; i < verbs->count; i++)
        bash_words(out, verbs->verbs[i]);
    buffer_text(out, "  esac\n}\ncomplete -o filenames -F _tawam tawam\n");
}

/* ---- zsh ---- */

/* TEXT inside a single-quoted '…[TEXT]' specification. */
static void zsh_text(buffer *out, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '\'')
            buffer_text(out, "'\\''");
        else if (strchr("[]:\\", *text) != NULL)
            buffer_format(out, "\\%c", *text);
        else
            buffer_byte(out, (uint8_t)*text);
    }
}

static void zsh_kind(buffer *out, verb_kind kind, const char *value)
{
    switch (kind) {
    case VERB_FILE:
        buffer_text(out, ":_files");
        break;
    case VERB_FOLDER:
        buffer_text(out, ":_files -/");
        break;
    case VERB_LAYER:
        buffer_text(out, ":_tawam_layers");
        break;
    case VERB_VERB:
        buffer_text(out, ":_tawam_verbs");
        break;
    case VERB_FORMAT:
        buffer_text(out, ":(");
        for (; value && *value; value++)
            buffer_byte(out, *value == '|' ? ' ' : (uint8_t)*value);
        buffer_byte(out, ')');
        break;
    default:
        buffer_text(out, ": ");
    }
}

/* An _arguments specification for each spelling of each option. */
static void zsh_options(buffer *out, const verb_option *list)
{
    for (const verb_option *o = list; o && o->name; o++) {
        for (int letter = 0; letter < (o->letter ? 2 : 1); letter++) {
            buffer_text(out, " \\\n      '");
            if (letter)
                buffer_format(out, "-%c", o->letter);
            else
                buffer_format(out, "--%s", o->name);
            buffer_byte(out, '[');
            zsh_text(out, _(o->help));
            buffer_byte(out, ']');
            if (o->value != NULL) {
                buffer_byte(out, ':');
                zsh_text(out, o->value);
                zsh_kind(out, o->kind, o->value);
            }
            buffer_byte(out, '\'');
        }
    }
}

static void zsh_verb(buffer *out, const verb *v)
{
    buffer_format(out, "    %s)\n      _arguments -S", v->name);
    zsh_options(out, VERB_GLOBALS);
    zsh_options(out, v->options);
    for (size_t i = 0; i < 4 && (v->most < 0 || (int)i < v->most); i++) {
        buffer_format(out, " \\\n      '%zu:", i + 1);
        zsh_text(out, _("word"));
        zsh_kind(out, v->words[i], "");
        buffer_byte(out, '\'');
    }
    buffer_text(out, " ;;\n");
}

void verb_complete_zsh(buffer *out, const verb_table *verbs)
{
    buffer_text(out, "#compdef tawam\n"
                     "# zsh completion for tawam; made by: tawam help --zsh\n"
                     "_tawam_layers() {\n"
                     "  local -a layers\n"
                     "  layers=(${(f)\"$(tawam ${opt_args[-C]:+-C "
                     "${opt_args[-C]}} layers -q 2>/dev/null)\"})\n"
                     "  compadd -a layers\n}\n"
                     "_tawam_verbs() {\n  local -a verbs\n  verbs=(\n");
    for (size_t i = 0; i < verbs->count; i++) {
        buffer_format(out, "    '%s:", verbs->verbs[i]->name);
        zsh_text(out, _(verbs->verbs[i]->summary));
        buffer_text(out, "'\n");
    }
    buffer_text(out, "  )\n  _describe verb verbs\n}\n"
                     "_tawam() {\n  local context state line\n"
                     "  typeset -A opt_args\n  _arguments -C -S");
    zsh_options(out, VERB_GLOBALS);
    buffer_text(out, " \\\n      '1:verb:_tawam_verbs' \\\n"
                     "      '*::argument:->arguments'\n"
                     "  [[ $state == arguments ]] || return\n"
                     "  case $words[1] in\n");
    for (size_t i = 0; i < verbs->count; i++)
        zsh_verb(out, verbs->verbs[i]);
    buffer_text(out, "  esac\n}\n_tawam \"$@\"\n");
}
