/* world: what a story plays in: one core, its time, the peers around it, and what came out of it that the
 * story has not spoken of yet. */
#ifndef STORY_WORLD_H
#define STORY_WORLD_H

#include "broker/core/broker.h"
#include "tests/story/text.h"
#include "tests/support/shelf.h"
#include "worker-shim/core/shim.h"

enum { MAX_PEERS = 64, MAX_SLOTS = 16 }; /* of peers; of lines and of workers */

/* A process at the other end of a connection. Its link is kept by the same module as the core's own. */
struct peer {
    char name[VARIABLE_SIZE];
    bool open;      /* has the connection `conn` */
    bool far;       /* not on this host */
    uint64_t host;  /* its number */
    struct key key; /* that its connections are made with; no role: none */
    bool silent;    /* neither answers PING nor acknowledges by itself */
    bool deaf;      /* what is sent to it on this connection is lost */
    bool unheard;   /* what it sends on this connection is lost */
    bool owes_pong;
    unsigned role;
    uint32_t conn;
    enum door door; /* to which it came */
    struct link link;
    uint64_t last_submit; /* number of the last SUBMIT or SUBMIT_BATCH read, for WAITING's receipt */
    uint8_t boot[UUID_SIZE], link_name[UUID_SIZE];      /* its own process, its link */
    uint8_t core_boot[UUID_SIZE];                       /* of the core, as its last handshake said */
    uint64_t core_window, core_max_body, core_received; /* of a HELLO that waits for its WELCOME */
    uint64_t core_safe;
    bool core_journals;
};

/* Lines of text, the oldest first. */
struct lines {
    char **items; /* owned */
    size_t count;
};

struct world {
    const char *file; /* of the story, and the line in it that is being played */
    unsigned line;
    bool failed;
    uint64_t now;                /* ms */
    bool turn_due;               /* something happened since the last EVENT_TURN */
    bool waited;                 /* the story has looked at what came out since then */
    struct broker *broker;       /* one of them is there once the story has said which */
    struct broker_config config; /* and how it is set, */
    size_t lines;                /* with so many lines */
    struct shim *shim;
    struct outbox outbox;
    struct peer *peers[MAX_PEERS]; /* owned */
    size_t peer_count;
    struct shelf *shelf; /* the broker's journal; NULL: it has none */
    unsigned draws;      /* of random 16 bytes so far */
    struct lines came;   /* what came out and was not expected yet, as an expect line says it */
    struct lines logs;   /* the log since the last mail */
    struct variables variables;
    uint64_t hidden;                             /* kinds that the story does not want to see, a bit each */
    bool whole_batches;                          /* show a batch as one letter too */
    bool dialled[MAX_SLOTS], spawned[MAX_SLOTS]; /* orders that were not answered yet */
    char slot_names[MAX_SLOTS][64];              /* of the workers that were spawned */
};

void world_init(struct world *world, const char *file);
void world_free(struct world *world);

/* The story has failed in its present line; says why, on standard output, once. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* core.c: makes the core that `words` asks for: "broker" or "shim", then its settings as key=value. */
void world_make_core(struct world *world, const struct words *words);

/* Its process is gone, with what was not safe in its journal; another one goes on with that. */
void world_restart(struct world *world);

/* Gives one event to the core (`now` is filled in) and carries out its orders. */
void world_step(struct world *world, struct event event);

/* EVENT_TURN, if something has happened since the last one, and all that the peers answer by themselves. */
void world_turn(struct world *world);

/* Whether the core has more to do at once. */
bool world_has_more(const struct world *world);

/* Time goes by, with everything that becomes due on the way. */
void world_wait(struct world *world, uint64_t ms);

/* Something came out of the core. Takes over `line`. */
void world_came(struct world *world, char *line);

/* Removes the first line that came and equals `line`; false: there is none. */
bool world_take(struct world *world, const char *line);

/* An order to dial or to spawn ("line" 0 "is dialled") is answered now; fails when it was not given. */
void world_answer(struct world *world, bool *orders, const char *what, uint32_t number, const char *order);

void lines_add(struct lines *lines, char *line); /* takes over `line` */
void lines_remove(struct lines *lines, size_t index);
void lines_clear(struct lines *lines);

/* peer.c */
struct peer *peer_find(struct world *world, const char *name); /* NULL: there is none */
struct peer *peer_add(struct world *world, const char *name); /* finds it, or makes it without a connection */
struct peer *peer_of_conn(struct world *world, uint32_t conn); /* NULL: that connection is not open */
void peer_open(struct world *world, struct peer *peer);        /* a new connection, told to nobody */
void peer_lose(struct world *world, struct peer *peer);        /* its connection is gone, told to nobody */
void peer_free(struct peer *peer);

/* Random 16 bytes, the same in each run. */
void peer_draw(struct world *world, uint8_t bytes[UUID_SIZE]);

/* A letter of the core for this peer. */
void peer_receive(struct world *world, struct peer *peer, const struct letter *letter);

/* What its link has to send now goes to the core. Returns whether there was anything. */
bool peer_pump(struct world *world, struct peer *peer);

/* What is due at this time by its link: an ACK, a PING. */
void peer_due(struct world *world, struct peer *peer);

/* One message as mail to the core, past the link. `frames`: how many frames there are; `size` bytes of the
 * body. */
void peer_mail(struct world *world, struct peer *peer, const uint8_t *header, size_t header_size,
               const uint8_t *body, size_t size, unsigned frames);

/* The peer has shaken hands: its link goes on, or a new one begins. */
void peer_linked(struct world *world, struct peer *peer, bool goes_on);

/* send.c: "NAME > KIND key=value ...", through the link; with ">>" past it. */
void send_message(struct world *world, struct peer *peer, const struct words *words, bool past_link);

/* script.c: plays one line. `told`: the story's own, not one that stands for another. */
void script_line(struct world *world, const char *text, bool told);

/* expect.c */
void expect_line(struct world *world, const struct words *words);

/* Fails when something came that the story has not spoken of. An order to dial or to spawn needs no mention.
 */
void expect_no_letters(struct world *world);

#endif
