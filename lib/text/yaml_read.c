/*
 * The only file that knows libyaml. Runs its event parser over a file, puts its
 * faults into our words, and starts again at the next document after a fault, so
 * that the faults of later documents are told too.
 */
#include "text/read.h"

#include <yaml.h>

/* The longest run without an event, in units of the limit on strings: all escapes. */
enum { ESCAPE_LENGTH = 8, SLACK = 64 * 1024, PIECE = 16 * 1024 };

struct run {
    struct text_compose *compose;
    const char *data;
    struct text_cursor start; /* of this parser */
    size_t end;
    yaml_parser_t parser;
    yaml_event_t event;
    bool open; /* the parser exists */
    /* feeding */
    size_t fed, fed_at_event;
    bool starved; /* a run without events became too long */
    /* where we are */
    bool in_doc;
    uint32_t doc_line;            /* of the document that is or was open */
    struct text_mark doc, latest; /* latest: the end of the last event */
};

static int feed(void *data, unsigned char *buffer, size_t size, size_t *size_read)
{
    struct run *run = data;
    const size_t string = run->compose->reader->limits->string;
    size_t n = run->end - run->fed;

    if (run->fed - run->fed_at_event > SLACK &&
        (run->fed - run->fed_at_event - SLACK) / ESCAPE_LENGTH > string) {
        run->starved = true;
        return 0;
    }
    if (n > size)
        n = size;
    if (n > PIECE)
        n = PIECE;
    memcpy(buffer, run->data + run->fed, n);
    run->fed += n;
    *size_read = n;
    return 1;
}

static struct text_mark absolute(const struct run *run, yaml_mark_t mark)
{
    return (struct text_mark){run->start.line + (uint32_t)mark.line, (uint32_t)mark.column + 1};
}

/* ---- faults ---- */

/* What libyaml says, what we say, and where: at its context or at its problem. */
static const struct {
    const char *problem, *context; /* beginnings; NULL means any */
    enum diag_code code;
    bool at_context;
    const char *message, *hint;
} faults[] = {
    {"found unexpected end of stream", "while scanning a quoted", DIAG_TEXT_UNCLOSED, true,
     "the quoted text is not closed", "add the closing quote"},
    {"found unexpected document indicator", NULL, DIAG_TEXT_UNCLOSED, true,
     "the quoted text is not closed before the next document", "add the closing quote"},
    {"found a tab character", NULL, DIAG_TEXT_TAB, false, "a tab is used as indentation",
     "indent with spaces"},
    {"found unknown escape character", NULL, DIAG_TEXT_BAD_ESCAPE, false,
     "the backslash is followed by a letter that is no escape",
     "write two backslashes for one, or use single quotes"},
    {"found invalid Unicode character escape code", NULL, DIAG_TEXT_BAD_ESCAPE, false,
     "the escape stands for half of a surrogate pair or for no character",
     "write the character itself, or \\U with its eight digits"},
    {"did not find expected hexdecimal number", NULL, DIAG_TEXT_BAD_ESCAPE, false,
     "the escape has too few hexadecimal digits", "complete the escape"},
    {"mapping values are not allowed", NULL, DIAG_TEXT_SYNTAX, false,
     "a ':' does not fit here", "check the indentation, or put the text in quotes"},
    {"block sequence entries are not allowed", NULL, DIAG_TEXT_SYNTAX, false,
     "a '-' does not fit here", "check the indentation, or put the text in quotes"},
    {"could not find expected ':'", "while scanning a simple key", DIAG_TEXT_SYNTAX, true,
     "no ':' follows this key", "write 'key: value', or put the text in quotes"},
    {"did not find expected key", "while parsing a block mapping", DIAG_TEXT_SYNTAX, false,
     "this does not belong to the map above", "align it with the keys of the map"},
    {"did not find expected '-' indicator", NULL, DIAG_TEXT_SYNTAX, false,
     "this does not belong to the list above", "align it with the '-' of the list"},
    {"did not find expected <document start>", NULL, DIAG_TEXT_SYNTAX, false,
     "this does not belong to the document above",
     "check the indentation, or write '---' before it"},
    {"did not find expected node content", NULL, DIAG_TEXT_SYNTAX, false,
     "a value is missing here", "write a value, or \"\" for an empty text"},
};

/* The byte that a mark stands for. */
static size_t byte_at(const struct run *run, struct text_mark mark)
{
    struct text_cursor line = run->start;
    size_t at;

    while (line.line < mark.line && text_next_line(run->data, run->end, &line))
        ;
    at = line.byte;
    for (uint32_t column = 1; column < mark.column && at < run->end; column++)
        at += text_char_size(run->data + at, run->end - at);
    return at;
}

static bool is_cut_off(const struct run *run, struct text_mark mark)
{
    size_t at = byte_at(run, mark);

    return at >= run->end || (mark.column == 1 && text_is_fence(run->data, run->end, at));
}

/* "[" and "{" that nothing closes. */
static bool tell_unclosed(const struct run *run, struct text_mark problem)
{
    const struct text_reader *reader = run->compose->reader;
    const yaml_parser_t *parser = &run->parser;
    bool list;

    if (!parser->context || !base_str_starts(parser->context, "while parsing a flow") ||
        !is_cut_off(run, problem))
        return false;
    list = strstr(parser->context, "sequence") != NULL;
    diag_add(reader->diags, DIAG_TEXT_UNCLOSED,
             text_at(reader, absolute(run, parser->context_mark)), NULL, NULL,
             list ? "add the closing ']'" : "add the closing '}'", "the '%c' is not closed",
             list ? '[' : '{');
    return true;
}

/* A character that nothing can start with: tabs, and what YAML keeps for itself. */
static bool tell_bad_start(const struct run *run, struct text_mark problem)
{
    const struct text_reader *reader = run->compose->reader;
    size_t at = byte_at(run, problem);

    if (!base_str_starts(run->parser.problem, "found character that cannot start") ||
        at >= run->end)
        return false;
    if (run->data[at] == '\t')
        diag_add(reader->diags, DIAG_TEXT_TAB, text_at(reader, problem), NULL, NULL,
                 "indent with spaces", "a tab is used as indentation");
    else
        diag_add(reader->diags, DIAG_TEXT_SYNTAX, text_at(reader, problem), NULL, NULL,
                 "put the text in quotes", "a value cannot start with '%s'",
                 text_quote(reader, run->data + at,
                            text_char_size(run->data + at, run->end - at)));
    return true;
}

static void tell_fault(const struct run *run)
{
    const struct text_reader *reader = run->compose->reader;
    const yaml_parser_t *parser = &run->parser;
    struct text_mark problem = absolute(run, parser->problem_mark);

    if (tell_unclosed(run, problem) || tell_bad_start(run, problem))
        return;
    for (size_t i = 0; i < BASE_COUNT(faults); i++) {
        if (!base_str_starts(parser->problem, faults[i].problem) ||
            (faults[i].context &&
             !(parser->context && base_str_starts(parser->context, faults[i].context))))
            continue;
        if (faults[i].at_context)
            problem = absolute(run, parser->context_mark);
        diag_add(reader->diags, faults[i].code, text_at(reader, problem), NULL, NULL,
                 faults[i].hint, "%s", faults[i].message);
        return;
    }
    diag_add(reader->diags, DIAG_TEXT_SYNTAX, text_at(reader, problem), NULL, NULL,
             "check the YAML syntax of this line", "%s%s%s", parser->context ? parser->context : "",
             parser->context ? ": " : "", parser->problem);
}

/* ---- events ---- */

static void take_scalar(struct run *run, struct text_mark mark)
{
    const yaml_event_t *event = &run->event;
    struct text_scalar scalar = {
        .text = (const char *)event->data.scalar.value,
        .len = event->data.scalar.length,
        .tag = (const char *)event->data.scalar.tag,
        .anchor = (const char *)event->data.scalar.anchor,
        .mark = mark,
    };

    switch (event->data.scalar.style) {
    case YAML_PLAIN_SCALAR_STYLE: scalar.style = TEXT_PLAIN; break;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE: scalar.style = TEXT_BLOCK; break;
    default: scalar.style = TEXT_QUOTED; break;
    }
    scalar.escapes = event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    text_compose_scalar(run->compose, &scalar);
}

static void take_event(struct run *run)
{
    struct text_compose *compose = run->compose;
    const yaml_event_t *event = &run->event;
    struct text_mark mark = absolute(run, event->start_mark);

    run->latest = absolute(run, event->end_mark);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        run->in_doc = true;
        run->doc_line = run->latest.line;
        run->doc = mark;
        text_compose_start(compose);
        break;
    case YAML_DOCUMENT_END_EVENT:
        run->in_doc = false;
        text_compose_end(compose, run->doc, /* usable= */ true);
        break;
    case YAML_SCALAR_EVENT: take_scalar(run, mark); break;
    case YAML_ALIAS_EVENT:
        text_compose_alias(compose, (const char *)event->data.alias.anchor, mark);
        break;
    case YAML_SEQUENCE_START_EVENT:
        text_compose_open(compose, false, (const char *)event->data.sequence_start.tag,
                          (const char *)event->data.sequence_start.anchor, mark);
        break;
    case YAML_MAPPING_START_EVENT:
        text_compose_open(compose, true, (const char *)event->data.mapping_start.tag,
                          (const char *)event->data.mapping_start.anchor, mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: text_compose_close(compose); break;
    default: break;
    }
}

/* Returns false when libyaml or a limit stops the document. */
static bool next_event(struct run *run)
{
    if (!yaml_parser_parse(&run->parser, &run->event)) {
        if (run->parser.error == YAML_MEMORY_ERROR)
            base_raise(&run->compose->reader->arena->mem->fail, RCTL_E_NOMEM);
        if (run->starved)
            text_tell_too_long(run->compose->reader, run->latest);
        else
            tell_fault(run);
        return false;
    }
    run->fed_at_event = run->fed;
    take_event(run);
    return run->compose->state == TEXT_GO;
}

/* ---- runs ---- */

static void parse(void *arg)
{
    struct run *run = arg;
    bool more = true;

    if (!yaml_parser_initialize(&run->parser))
        base_raise(&run->compose->reader->arena->mem->fail, RCTL_E_NOMEM);
    run->open = true;
    yaml_parser_set_input(&run->parser, feed, run);
    while (more && next_event(run)) {
        more = run->event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&run->event);
    }
    if (more)
        text_compose_end(run->compose, run->in_doc ? run->doc : run->latest, /* usable= */ false);
    else
        run->start.byte = run->end;
}

/* Where the parser stopped, in lines of the file. */
static uint32_t stop_line(const struct run *run)
{
    if (run->compose->state != TEXT_GO || run->starved)
        return run->latest.line;
    return absolute(run, run->parser.problem_mark).line;
}

/* The next fence that does not belong to what was broken. */
static void skip_broken(struct run *run)
{
    uint32_t stop = stop_line(run);

    while (text_next_line(run->data, run->end, &run->start))
        if (run->start.line >= stop && run->start.line > run->doc_line &&
            text_is_fence(run->data, run->end, run->start.byte))
            return;
    run->start.byte = run->end;
}

void text_read_yaml(struct text_compose *compose, const char *data, struct text_cursor start,
                    size_t end)
{
    struct base_fail *fail = &compose->reader->arena->mem->fail;
    struct run run = {.compose = compose, .data = data, .start = start, .end = end};

    while (run.start.byte < end && compose->state != TEXT_SKIP_FILE) {
        bool finished;
        int code;

        run.fed = run.fed_at_event = run.start.byte;
        run.doc_line = run.start.line;
        run.latest = (struct text_mark){run.start.line, 1};
        run.in_doc = run.starved = run.open = false;
        memset(&run.event, 0, sizeof(run.event));
        compose->state = TEXT_GO;
        code = base_try(fail, parse, &run);
        finished = code == RCTL_OK && run.start.byte == end;
        if (code == RCTL_OK && !finished)
            skip_broken(&run);
        yaml_event_delete(&run.event);
        if (run.open)
            yaml_parser_delete(&run.parser);
        if (code != RCTL_OK)
            base_raise(fail, code);
    }
}
