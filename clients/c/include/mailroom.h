/* mailroom.h: libmailroom, for programs that submit tasks (mailroom/client.h) and programs that run them
 * (mailroom/worker.h). These headers are the manual: each function says what it takes and gives, who owns it
 * then, how it fails, and which threads may call it. What holds for all of them stands here.
 *
 *     #include <mailroom.h>                  // cc program.c $(pkg-config --cflags --libs mailroom)
 *
 *     struct mailroom_client *client;
 *     if (mailroom_client_new(NULL, &client) != MAILROOM_OK)             // a broker on this host, no keys
 *         errx(1, "%s", mailroom_why());
 *     struct mailroom_body body = {.data = "hello", .size = 5};           // copied
 *     mailroom_client_submit(client, NULL, &body, NULL);
 *     while (mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, -1) == MAILROOM_OK) {
 *         struct mailroom_batch *batch = mailroom_client_take(client);    // all that has arrived
 *         ...
 *         mailroom_batch_free(batch);
 *     }
 *     mailroom_client_destroy(&client);
 *
 * ERRORS. A function that can fail returns MAILROOM_OK (0) or a negative `enum mailroom_error`, and then
 * mailroom_why() says in words what was wrong and what to do. Bad input never ends the process. A pointer
 * that must not be NULL and is, is a bug of the caller's, and is asserted. MAILROOM_ENOMEM: there is no
 * memory for what this call itself takes in, and nothing has changed. (The little that the line needs for its
 * own book-keeping is not asked for in vain as long as the system has any; where it has none the process ends
 * with a text.)
 *
 * OWNERSHIP. Texts and structs that go in are borrowed for the call and copied, bodies as `struct
 * mailroom_body` says. What comes out belongs to a batch (`struct mailroom_batch`) and lives as long as that.
 *
 * THE PROCESS. The library leaves alone what is not its own: no signal mask or handler, no locale, no output,
 * no exit(), no environment but MAILROOM_KEYS, MAILROOM_KEY and MAILROOM_BROKER_KEY or MAILROOM_MANAGER_KEY,
 * and those only where it is told to look. It has no state but its clients and workers; any number of them,
 * also of two copies of the library, go by in one process without meeting.
 *
 * FORK. A client or worker belongs to the process that made it. In a child each function returns
 * MAILROOM_EFORK, and destroying frees what it can and says nothing to the peer. Make a new one there.
 *
 * THREE WAYS TO DRIVE a client (or worker). Something has to read and write the socket, answer heartbeats,
 * dial again. The same core does it however it is driven:
 *
 *   1. Threads of the library's and of the caller's: `..._start` gives it a thread of its own that keeps the
 *      line alive whatever the callers do. Whoever waits (`..._wait`) drives the socket meanwhile in his own
 *      thread, and the library's own sleeps: an answer that is waited for costs no switch of threads. See
 *      THREADS. Without `..._start` the line lives only while somebody waits: right for a short program.
 *   2. An event loop of the caller's: `..._fd` is one descriptor to poll for reading, `..._step` does what
 *      there is to do without blocking. The descriptor is readable too when time has come for something, so
 * no timer is needed.
 *   3. No I/O at all: `..._frames` gives what the caller is to do with a ZeroMQ socket of his own (pyzmq, an
 *      event loop of another language), and he tells what came of it.
 *
 * THREADS. Functions of one client may be called from any thread at any time, but for `..._new` and
 * `..._destroy` and where it says otherwise. None blocks but those that take a timeout. At any moment at most
 * one thread drives the socket: the leader. A thread that waits becomes the leader if there is none or if
 * only the library's own thread is; the others that wait sleep until there is something for them, and one of
 * them takes over when the leader leaves. What callers put in (submits ...) is queued in memory, and the
 * leader is woken once for a burst. Where callers wait often (each right after its submit) the library's own
 * thread stays asleep in between, for a millisecond where something is to be sent and for some more where
 * nothing is, then takes over. So a caller that stops waiting, or is held up by what it does, costs nothing
 * but that millisecond; and a heartbeat never waits for it.
 *
 * C99 and C++11 can include this. */
#ifndef MAILROOM_H
#define MAILROOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MAILROOM_API __attribute__((visibility("default")))
#else
#define MAILROOM_API
#endif

enum { MAILROOM_UUID_SIZE = 16 /* bytes of a task's uuid, and of a session's token */ };

/* What functions return. MAILROOM_ELOST and those after it say why a client or worker is over. */
enum mailroom_error {
    MAILROOM_OK = 0,
    MAILROOM_EINVAL = -1,    /* an argument is not what it must be: an address, a name, a number, a file */
    MAILROOM_ENOMEM = -2,    /* no memory for what the call takes in; nothing has changed */
    MAILROOM_ESYSTEM = -3,   /* the system refuses a socket, a descriptor, a thread */
    MAILROOM_EFORK = -4,     /* it is another process's, before a fork */
    MAILROOM_ESTATE = -5,    /* not in this state, or not from this thread: the text says which */
    MAILROOM_ETIMEDOUT = -6, /* what was waited for did not come in time */
    MAILROOM_EINTR = -7,     /* the wait was ended early, by a signal or by `..._interrupt` */
    MAILROOM_EAGAIN = -8,    /* there is no room now: wait for some (MAILROOM_WAIT_ROOM), or insist */
    MAILROOM_ETOOLARGE = -9, /* a body or a list above a limit */

    MAILROOM_ELOST = -20,     /* the connection was lost, and is not tried for any more */
    MAILROOM_ECLOSED = -21,   /* this side has left */
    MAILROOM_EKEYS = -22,     /* the keys do not fit, or one side has none; at `new`: a key file is bad */
    MAILROOM_EVERSION = -23,  /* the other side speaks another version of the protocol */
    MAILROOM_EREFUSED = -24,  /* the other side refuses this one */
    MAILROOM_ENOTOWNER = -25, /* the session is one of another key */
    MAILROOM_ETAKEN = -26,    /* another process has taken the session over */
    MAILROOM_EPROTOCOL = -27, /* one side could make nothing of what the other said */
    MAILROOM_ESESSION = -28,  /* of a task: the session that had it is gone, and it was another process's */
};

/* Codes of the broker's errors: of a task that failed, and of a question that it refuses. Positive, and as on
 * the wire (PROTOCOL.md section 6). */
enum mailroom_code {
    MAILROOM_BUSY = 1,
    MAILROOM_UNKNOWN_TASK = 2,
    MAILROOM_NOT_OWNER = 3,
    MAILROOM_BAD_VERSION = 4,
    MAILROOM_TOO_LARGE = 5,
    MAILROOM_MALFORMED = 6,
    MAILROOM_TASK_FAILED = 7,
    MAILROOM_MANAGER_LOST = 8,
    MAILROOM_TOO_MANY_ATTEMPTS = 9,
    MAILROOM_CANCELLED = 10,
    MAILROOM_NO_HANDSHAKE = 11,
    MAILROOM_SHUTTING_DOWN = 12,
    MAILROOM_UNEXPECTED = 13,
    MAILROOM_WORKER_EXITED = 14,
    MAILROOM_REFUSED = 15,
    MAILROOM_TAKEN = 16,
};

/* "0.1.0": of the library that runs, which need not be that of this header. */
MAILROOM_API const char *mailroom_version(void);

/* "MAILROOM_EAGAIN", "TASK_FAILED": the name of an error or of a broker's code; "?" for others. */
MAILROOM_API const char *mailroom_name(int code);

/* Why the last function of the library that failed in this thread did. Never NULL; it stays until the next
 * one fails in this thread. */
MAILROOM_API const char *mailroom_why(void);

/* Bytes that go in: a task's body, a result. With `release` NULL they are copied, before the function
 * returns. Else they are the library's from the moment the function is called: it reads them for as long as
 * it needs, and then calls release(data, hint) once, in any thread, also when the function fails. Better than
 * a copy from some 10 KiB on. Empty: size 0, then `data` may be NULL. */
struct mailroom_body {
    const void *data;
    size_t size;
    void (*release)(void *data, void *hint);
    void *hint;
};

/* Some of the bytes of a larger whole, or a text (which is also closed by a zero where it comes out). */
struct mailroom_span {
    const void *data;
    size_t size;
};

/* A body that is kept beyond its batch: a reference of the caller's own. */
struct mailroom_kept;
MAILROOM_API const void *mailroom_kept_data(const struct mailroom_kept *kept);
MAILROOM_API size_t mailroom_kept_size(const struct mailroom_kept *kept);
MAILROOM_API void mailroom_kept_free(struct mailroom_kept *kept); /* from any thread; NULL is ignored */

#ifdef __cplusplus
}
#endif

#include <mailroom/client.h>
#include <mailroom/worker.h>

#endif
