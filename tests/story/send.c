/* send: from a story's line to a message on the wire: names and defaults filled in, through the peer's link
 * or past it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/story/world.h"
#include "tests/support/message_parse.h"

/* A message that is being made. */
struct draft {
    struct message message;
    struct message_scratch scratch;
    struct builder entries, lengths; /* of a batch */
    uint8_t *body;                   /* owned */
    size_t size;
};

static void draft_free(struct draft *draft)
{
    message_scratch_free(&draft->scratch);
    builder_free(&draft->entries);
    builder_free(&draft->lengths);
    mem_free(draft->body);
}

/* Words of a line that are not fields of a message. */
static bool is_own(const char *word)
{
    static const char *const own[] = {
        "body=", "bodies=", "return_addresses=", "cut=", "version=", "kind=", "frames="};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strncmp(word, own[i], strlen(own[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a name that was never used may stand for 16 bytes here. */
static bool is_token(const char *word)
{
    static const char *const tokens[] = {
        "uuid=", "session=", "boot=", "link=", "peer_boot=", "cluster=", "after=", "slots="};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        if (strncmp(word, tokens[i], strlen(tokens[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* `text` (freed) with " word" behind it, its variables resolved. */
static char *add_word(struct world *world, char *text, const char *word)
{
    bool unbound = false;
    char *resolved = text_resolve(&world->variables, word, is_token(word), &unbound);
    if (unbound) {
        world_fail(world, "%s names something that was never seen", word);
    }
    char *longer = text_format("%s %s", text, resolved);
    mem_free(resolved);
    mem_free(text);
    return longer;
}

static char *add_default(struct world *world, char *text, const struct words *words, const char *key,
                         const char *value)
{
    if (words_value(words, 3, key) != NULL) {
        return text;
    }
    char *word = text_format("%s=%s", key, value);
    text = add_word(world, text, word);
    mem_free(word);
    return text;
}

/* What a HELLO or WELCOME says unless the story says otherwise: a new link, no heartbeats. */
static char *add_handshake(struct world *world, char *text, const struct words *words, struct peer *peer)
{
    if (strcmp(words->items[2], "HELLO") == 0 && words_value(words, 3, "peer_boot") == NULL) {
        peer_draw(world, peer->link_name);
    }
    char *boot = text_hex(peer->boot, UUID_SIZE), *link = text_hex(peer->link_name, UUID_SIZE);
    char *name = text_format("\"%s\"", peer->name);
    text = add_default(world, text, words, "boot", boot);
    text = add_default(world, text, words, "link", link);
    text = add_default(world, text, words, "expiry", "3600000");
    text = add_default(world, text, words, "window", "8388608");
    text = add_default(world, text, words, "max_body", "1073741824");
    text = add_default(world, text, words, "software", "story");
    text = add_default(world, text, words, "name", name);
    text = add_default(world, text, words, "features", "32"); /* SAFE: all programs of today have it */
    mem_free(name);
    mem_free(link);
    mem_free(boot);
    return text;
}

/* The line that message_parse reads. The caller frees it. */
static char *line_of(struct world *world, const struct words *words, struct peer *peer)
{
    const char *kind = words->items[2];
    bool submits = strcmp(kind, "SUBMIT_BATCH") == 0, results = strcmp(kind, "RESULT_BATCH") == 0;
    char *text = text_format("%s", submits ? "SUBMIT" : results ? "RESULT" : kind);
    for (size_t i = 3; i < words->count; i++) {
        text = is_own(words->items[i]) ? text : add_word(world, text, words->items[i]);
    }
    if (strcmp(kind, "WAITING") == 0) {
        char *receipt = text_format("%llu", (unsigned long long)peer->last_submit);
        text = add_default(world, text, words, "receipt", receipt);
        mem_free(receipt);
    } else if (strcmp(kind, "HELLO") == 0 || strcmp(kind, "WELCOME") == 0) {
        text = add_handshake(world, text, words, peer);
    }
    return text;
}

/* Adds one entry to a batch, with the body that `quoted` says. */
static void add_entry(struct draft *draft, bool submits, const char *quoted)
{
    size_t size = 0;
    uint8_t *bytes = text_to_bytes(quoted, &size);
    draft->body = mem_resize(draft->body, draft->size + size + 1, 1);
    memcpy(draft->body + draft->size, bytes != NULL ? bytes : (const uint8_t *)"", size);
    draft->size += size;
    mem_free(bytes);
    builder_number(&draft->lengths, size);
    if (submits) {
        builder_task(&draft->entries, &draft->message.submit);
        draft->message.submit.return_address.slot++;
        draft->message.submit.uuid = NULL;
    } else {
        builder_result(&draft->entries, &draft->message.result);
    }
}

/* "[a,b]" cut at its commas. */
static struct words elements_of(const char *list)
{
    char *spaced = mem_text(list + 1, strlen(list) > 2 ? strlen(list) - 2 : 0);
    int depth = 0;
    bool quoted = false;
    for (char *at = spaced; *at != '\0'; at++) {
        quoted ^= *at == '"';
        depth += quoted ? 0 : (*at == '(') - (*at == ')');
        *at = *at == ',' && depth == 0 && !quoted ? ' ' : *at;
    }
    struct words elements = words_split(spaced);
    mem_free(spaced);
    return elements;
}

static bool read_address(struct world *world, const char *text, struct address *address)
{
    struct message_scratch scratch = {0};
    struct message message;
    char *word = text_format("return_address=%s", text);
    char *line = add_word(world, mem_text("RESULT", 6), word);
    bool good = message_parse_text(line, &message, &scratch);
    *address = message.result.return_address;
    message_scratch_free(&scratch);
    mem_free(line);
    mem_free(word);
    return good;
}

/* bodies=["a","b"]: tasks in slots one after the other, or results for return_addresses=[...]. */
static void make_batch(struct world *world, struct draft *draft, const struct words *words)
{
    bool submits = strcmp(words->items[2], "SUBMIT_BATCH") == 0;
    const char *bodies = words_value(words, 3, "bodies"),
               *addresses = words_value(words, 3, "return_addresses");
    if (bodies == NULL || submits == (addresses != NULL)) {
        world_fail(world, "a batch needs bodies=[...], and one of results return_addresses=[...]");
        return;
    }
    struct words texts = elements_of(bodies), places = elements_of(addresses != NULL ? addresses : "[]");
    for (size_t i = 0; i < texts.count && !world->failed; i++) {
        bool placed = submits || (i < places.count && read_address(world, places.items[i],
                                                                   &draft->message.result.return_address));
        if (!placed) {
            world_fail(world, "an entry of the batch has no return address");
        }
        add_entry(draft, submits, texts.items[i]);
    }
    words_free(&texts);
    words_free(&places);
    draft->message.kind = submits ? KIND_SUBMIT_BATCH : KIND_RESULT_BATCH;
    draft->message.batch.tasks = builder_list(&draft->entries);
    draft->message.batch.lengths = builder_list(&draft->lengths);
}

static void make_draft(struct world *world, struct draft *draft, const struct words *words, struct peer *peer)
{
    char *line = line_of(world, words, peer);
    const char *body = words_value(words, 3, "body"), *kind = words->items[2];
    if (!world->failed && !message_parse_text(line, &draft->message, &draft->scratch)) {
        world_fail(world, "cannot make sense of \"%s\" in %s", draft->scratch.fault, line);
    }
    mem_free(line);
    if (!world->failed && strstr(kind, "_BATCH") != NULL) {
        make_batch(world, draft, words);
    }
    if (body != NULL) {
        mem_free(draft->body);
        draft->body = text_to_bytes(body, &draft->size);
        if (draft->body == NULL) {
            world_fail(world, "a body is a text in quotes: %s", body);
        }
    }
}

/* A header broken as the story wants it: version=, kind=, cut= (bytes at its end). Returns its size. */
static size_t break_header(uint8_t *header, size_t size, const struct words *words)
{
    const char *cut = words_value(words, 3, "cut"), *version = words_value(words, 3, "version");
    const char *kind = words_value(words, 3, "kind");
    uint8_t *at = header + (header[0] == 0xdc ? 3 : 1); /* behind the array's tag */
    at[0] = version != NULL ? (uint8_t)strtoul(version, NULL, 10) : at[0];
    at[1] = kind != NULL ? (uint8_t)strtoul(kind, NULL, 10) : at[1];
    return size - (cut != NULL ? strtoul(cut, NULL, 10) : 0);
}

/* Past the link: whatever the story wants. */
static void mail_draft(struct world *world, struct draft *draft, const struct words *words, struct peer *peer)
{
    const char *frames = words_value(words, 3, "frames");
    bool numbered = draft->message.kind < KIND_HELLO || draft->message.kind > KIND_ACK;
    if (numbered && words_value(words, 3, "seq") == NULL) {
        draft->message.seq = peer->link.next_seq;
    }
    if (words_value(words, 3, "ack") == NULL) {
        draft->message.ack = peer->link.received;
    }
    size_t size = message_bound(&draft->message);
    uint8_t *header = mem_alloc(size);
    size = message_encode(&draft->message, header, size);
    size = break_header(header, size, words);
    unsigned count = frames != NULL ? (unsigned)strtoul(frames, NULL, 10) : draft->size > 0 ? 2 : 1;
    peer_mail(world, peer, header, size, draft->body, draft->size, count);
    mem_free(header);
}

/* A HELLO or WELCOME. With a WELCOME the peer's link is up. */
static void mail_handshake(struct world *world, struct draft *draft, const struct words *words,
                           struct peer *peer)
{
    const struct hello *hello = &draft->message.hello;
    bool goes_on = hello->peer_boot != NULL;
    peer->role = hello->role;
    memcpy(peer->boot, hello->boot, UUID_SIZE);
    memcpy(peer->link_name, hello->link, UUID_SIZE);
    if (draft->message.kind == KIND_WELCOME) {
        peer_linked(world, peer, goes_on);
    }
    mail_draft(world, draft, words, peer);
}

void send_message(struct world *world, struct peer *peer, const struct words *words, bool past_link)
{
    if (words->count < 3) {
        world_fail(world, "which kind of message?");
        return;
    }
    struct draft draft = {0};
    make_draft(world, &draft, words, peer);
    unsigned kind = draft.message.kind;
    if (world->failed) {
        /* nothing to send */
    } else if (kind == KIND_HELLO || kind == KIND_WELCOME) {
        mail_handshake(world, &draft, words, peer);
    } else if (past_link) {
        mail_draft(world, &draft, words, peer);
    } else {
        struct blob *blob = draft.size > 0 ? blob_copy(draft.body, draft.size) : NULL;
        struct slice body = blob != NULL ? slice_of(blob, 0, draft.size) : SLICE_NONE;
        blob_unref(blob);
        struct letter *letter = letter_new(&draft.message, body);
        letter->header_size = (uint32_t)break_header(letter->header, letter->header_size, words);
        link_send(&peer->link, letter);
        (void)peer_pump(world, peer);
    }
    draft_free(&draft);
}
