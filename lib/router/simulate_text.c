/*
 * The text that a router looks at in what is posted. Each takes the same messages
 * apart in a way of its own, and a prefix is a prefix only in that text.
 */
#include "router/simulate_parts.h"

size_t sim_space(const char *at)
{
    /* What Unicode calls White_Space, as UTF-8. */
    static const char *const wide[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    const unsigned char *byte = (const unsigned char *)at;

    if (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        return 1;
    if (byte[0] == 0xe2 && byte[1] == 0x80 && byte[2] >= 0x80 && byte[2] <= 0x8a)
        return 3;
    for (size_t i = 0; i < BASE_COUNT(wide); i++)
        if (strncmp(at, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

size_t sim_char_size(const char *text)
{
    unsigned char c = (unsigned char)*text;

    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

size_t sim_count_chars(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

static const char *finish(struct base_buf *out, size_t *ret_len)
{
    base_buf_puts(out, "");
    *ret_len = out->len;
    return out->data;
}

/* A prompt that is a list of strings, joined with blanks; false when it is no such list. */
static bool join_strings(struct base_buf *out, const struct text_node *list)
{
    for (uint32_t i = 0; i < list->len; i++) {
        if (list->u.items[i].type != TEXT_STR)
            return false;
        if (i)
            base_buf_putc(out, ' ');
        base_buf_add(out, list->u.items[i].u.str, list->u.items[i].len);
    }
    return true;
}

static bool is_text_part(const struct text_node *part)
{
    return base_str_eq(text_get_str(part, "type"), "text") && text_get_str(part, "text");
}

/* ---- production-stack ---- */

/* Text parts joined with blanks, messages with newlines; content null leaves no trace. */
static void add_ps_message(struct base_buf *out, const struct text_node *content, bool *any)
{
    bool first = true;

    if (content && content->type == TEXT_NULL)
        return;
    if (*any)
        base_buf_putc(out, '\n');
    *any = true;
    if (!content)
        return;
    if (content->type == TEXT_STR)
        base_buf_add(out, content->u.str, content->len);
    for (uint32_t i = 0; content->type == TEXT_LIST && i < content->len; i++) {
        const struct text_node *part = &content->u.items[i];

        if (!base_str_eq(text_get_str(part, "type"), "text"))
            continue;
        if (!first)
            base_buf_putc(out, ' ');
        first = false;
        if (text_get_str(part, "text"))
            base_buf_puts(out, text_get_str(part, "text"));
    }
}

const char *sim_text_production_stack(struct base_arena *arena, const struct text_node *body,
                                      size_t *ret_len)
{
    const struct text_node *messages = text_get(body, "messages");
    const struct text_node *prompt = text_get(body, "prompt");
    struct base_buf out;
    bool any = false;

    base_buf_init(&out, arena, NULL);
    if (messages && messages->type == TEXT_LIST) {
        for (uint32_t i = 0; i < messages->len; i++)
            add_ps_message(&out, text_get(&messages->u.items[i], "content"), &any);
    } else if (messages) {
        if (messages->type != TEXT_NULL) /* which counts as no messages */
            return NULL;
    } else {
        if (!prompt || prompt->type != TEXT_STR)
            return NULL;
        base_buf_add(&out, prompt->u.str, prompt->len);
    }
    return finish(&out, ret_len);
}

/* ---- smg ---- */

static void add_word(struct base_buf *out, const char *text, size_t len)
{
    if (len == 0)
        return;
    if (out->len)
        base_buf_putc(out, ' ');
    base_buf_add(out, text, len);
}

/* All texts that are not empty, joined with blanks. */
static void add_smg_message(struct base_buf *out, const struct text_node *message)
{
    const struct text_node *content = text_get(message, "content");
    const char *reasoning = text_get_str(message, "reasoning_content");

    if (content && content->type == TEXT_STR)
        add_word(out, content->u.str, content->len);
    for (uint32_t i = 0; content && content->type == TEXT_LIST && i < content->len; i++)
        if (is_text_part(&content->u.items[i]))
            add_word(out, text_get_str(&content->u.items[i], "text"),
                     strlen(text_get_str(&content->u.items[i], "text")));
    if (reasoning && base_str_eq(text_get_str(message, "role"), "assistant"))
        add_word(out, reasoning, strlen(reasoning));
}

const char *sim_text_smg(struct base_arena *arena, const struct text_node *body, size_t *ret_len)
{
    const struct text_node *messages = text_get(body, "messages");
    const struct text_node *prompt = text_get(body, "prompt");
    struct base_buf out;

    base_buf_init(&out, arena, NULL);
    if (messages && messages->type == TEXT_LIST) {
        for (uint32_t i = 0; i < messages->len; i++)
            add_smg_message(&out, &messages->u.items[i]);
    } else if (messages || !prompt) {
        return NULL;
    } else if (prompt->type == TEXT_STR) {
        base_buf_add(&out, prompt->u.str, prompt->len);
    } else if (prompt->type != TEXT_LIST || !join_strings(&out, prompt)) {
        return NULL;
    }
    return finish(&out, ret_len);
}

/* ---- vllm-router ---- */

/* A chat counts by its session alone; a prompt of token numbers by how many there are. */
static const char *vr_session(const struct text_node *body)
{
    const char *session = text_get_str(text_get(body, "session_params"), "session_id");
    const char *at = session;

    for (size_t n; at && (n = sim_space(at)) > 0;)
        at += n;
    return at && *at ? session : "";
}

static bool add_token_count(struct base_buf *out, const struct text_node *prompt)
{
    size_t total = 0;

    if (prompt->len == 0)
        return false;
    if (prompt->u.items[0].type == TEXT_INT) {
        base_buf_format(out, "token_ids:%u", (unsigned)prompt->len);
        return true;
    }
    for (uint32_t i = 0; i < prompt->len; i++) {
        if (prompt->u.items[i].type != TEXT_LIST)
            return false;
        total += prompt->u.items[i].len;
    }
    base_buf_format(out, "token_ids_batch:%u:%zu", (unsigned)prompt->len, total);
    return true;
}

const char *sim_text_vllm_router(struct base_arena *arena, const struct text_node *body,
                                 size_t *ret_len)
{
    const struct text_node *prompt = text_get(body, "prompt");
    struct base_buf out;

    base_buf_init(&out, arena, NULL);
    if (text_get(body, "messages")) {
        base_buf_puts(&out, vr_session(body));
    } else if (!prompt) {
        return NULL;
    } else if (prompt->type == TEXT_STR) {
        base_buf_add(&out, prompt->u.str, prompt->len);
    } else if (prompt->type != TEXT_LIST || prompt->len == 0) {
        return NULL;
    } else if (prompt->u.items[0].type == TEXT_STR ? !join_strings(&out, prompt)
                                                   : !add_token_count(&out, prompt)) {
        return NULL;
    }
    return finish(&out, ret_len);
}
