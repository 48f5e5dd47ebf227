/* drive: see drive.h. How the lead goes from hand to hand:
 *
 * - A thread that waits leads where nobody does, until what it waits for is so. Then it wakes another that
 *   waits, or leaves the lead to nobody.
 * - The own thread leads where nobody else wants to. Who begins to wait has it yield.
 * - After it has yielded it looks every TICK whether somebody leads; when nobody does, it leads again at once
 *   where something was handed in or waits are to end, else after IDLE_TICKS. So a caller that waits again
 * and again finds the lead free. When somebody leads for long it sleeps until it is told that he has left. */
#include "clients/c/edge/drive.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "clients/c/edge/nap.h"
#include "common/base/mem.h"
#include "common/link/link.h"
#include "edge/line/clock.h"

enum {
    TICK = 1,        /* ms */
    IDLE_TICKS = 20, /* until the own thread leads though nothing was handed in */
    BUSY_TICKS = 50, /* until it sleeps for good, for somebody else leads */
};

enum leader { NOBODY, OWN_THREAD, WAITER, CALLERS_LOOP };

/* A thread that waits and does not lead. */
struct follower {
    struct follower *next;
    struct nap nap;
    unsigned what;
    bool spare, told, interrupted;
};

struct drive {
    pthread_mutex_t lock; /* of all below but for `interrupted`, and of what the owner says */
    struct drive_config config;
    struct loop *loop;
    enum leader leader;
    unsigned leads_for;       /* WAITER: what he waits for */
    bool asleep;              /* the leader waits, or is about to: who hands something in wakes him */
    bool handed_in;           /* and not taken */
    bool yield;               /* the own thread is to give up the lead */
    bool started, stop, deep; /* the own thread: there is one, it is to end, it sleeps without ticks */
    pthread_t thread;
    struct nap nap; /* of the own thread */
    struct follower *followers;
    atomic_bool interrupted;
};

struct drive *drive_new(const struct drive_config *config)
{
    struct loop *loop = loop_new(&config->loop);
    if (!loop)
        return NULL;
    struct drive *drive = mem_zalloc(1, sizeof *drive);
    drive->config = *config;
    drive->loop = loop;
    pthread_mutex_init(&drive->lock, NULL);
    nap_init(&drive->nap);
    return drive;
}

void drive_free(struct drive *drive, bool forked, int linger)
{
    if (drive->started && !forked) {
        drive_lock(drive);
        drive->stop = true;
        nap_end(&drive->nap);
        drive_hand_in(drive);
        pthread_join(drive->thread, NULL);
    }
    loop_free(drive->loop, forked, linger);
    nap_free(&drive->nap);
    if (!forked) /* another thread of the parent's may have had it */
        pthread_mutex_destroy(&drive->lock);
    mem_free(drive);
}

struct loop *drive_loop(const struct drive *drive)
{
    return drive->loop;
}

void drive_lock(struct drive *drive)
{
    pthread_mutex_lock(&drive->lock);
}

void drive_unlock(struct drive *drive)
{
    pthread_mutex_unlock(&drive->lock);
}

void drive_hand_in(struct drive *drive)
{
    bool wake = drive->asleep;
    drive->handed_in = true;
    drive->asleep = false;
    drive_unlock(drive);
    if (wake)
        loop_wake(drive->loop);
}

void drive_taken(struct drive *drive)
{
    drive->handed_in = false;
}

static bool somebody_waits(const struct drive *drive)
{
    return drive->leader == WAITER || drive->followers;
}

static bool may_sleep(void *self)
{
    struct drive *drive = self;
    drive_lock(drive);
    bool own = drive->leader == OWN_THREAD;
    drive->asleep = !drive->handed_in && !(own && (drive->yield || drive->stop)) &&
                    !(somebody_waits(drive) && atomic_load(&drive->interrupted));
    bool may = drive->asleep;
    drive_unlock(drive);
    return may;
}

static void woke(void *self)
{
    struct drive *drive = self;
    drive_lock(drive);
    drive->asleep = false;
    drive_unlock(drive);
}

/* Whether somebody who is no spare waits for a part of `what`. */
static bool is_waited_for(const struct drive *drive, unsigned what)
{
    if (drive->leader == WAITER && (drive->leads_for & what))
        return true;
    for (const struct follower *follower = drive->followers; follower; follower = follower->next) {
        if (!follower->spare && (follower->what & what))
            return true;
    }
    return false;
}

static bool is_ready(const struct drive *drive, unsigned what, bool spare)
{
    return drive->config.ready(drive->config.loop.core.state, what) && !(spare && is_waited_for(drive, what));
}

static void tell(struct follower *follower)
{
    if (!follower->told)
        nap_end(&follower->nap);
    follower->told = true;
}

/* Wakes those for whom there is something. Says whether the leader, if he waits, is to end as interrupted. */
static bool tell_followers(struct drive *drive)
{
    bool interrupted = somebody_waits(drive) && atomic_exchange(&drive->interrupted, false);
    for (struct follower *follower = drive->followers; follower; follower = follower->next) {
        follower->interrupted = follower->interrupted || interrupted;
        if (follower->interrupted || is_ready(drive, follower->what, follower->spare))
            tell(follower);
    }
    return interrupted;
}

/* Nobody leads: one of those who wait is to, else the own thread looks after it. Unless somebody leaves with
 * what he waited for, what is there is for the spares now. */
static void pass_on(struct drive *drive, bool satisfied)
{
    if (drive->leader != NOBODY)
        return;
    struct follower *heir = drive->followers;
    while (heir && heir->spare)
        heir = heir->next;
    if (heir)
        tell(heir);
    else if (drive->deep)
        nap_end(&drive->nap);
    if (!satisfied)
        tell_followers(drive);
}

/* One turn, by the leader. */
static bool turn(struct drive *drive, int timeout)
{
    struct loop_sleep sleeps = {drive, may_sleep, woke};
    drive_unlock(drive);
    bool quiet = loop_turn(drive->loop, timeout, &sleeps);
    drive_lock(drive);
    return quiet;
}

static int left_of(uint64_t end)
{
    uint64_t now = clock_ms();
    if (end == NEVER)
        return -1;
    return end <= now ? 0 : end - now < INT32_MAX ? (int)(end - now) : INT32_MAX;
}

/* Leads until `what` is so. */
static enum drive_end lead(struct drive *drive, unsigned what, uint64_t end)
{
    enum drive_end how = DRIVE_TIMED_OUT;
    drive->leader = WAITER;
    drive->leads_for = what;
    for (;;) {
        int left = left_of(end);
        bool quiet = turn(drive, left);
        bool interrupted = tell_followers(drive);
        if (is_ready(drive, what, false)) {
            how = DRIVE_READY;
            break;
        }
        if (interrupted || !quiet) {
            how = DRIVE_INTERRUPTED;
            break;
        }
        if (left == 0)
            break;
    }
    drive->leader = NOBODY;
    return how;
}

/* Sleeps until there is something for this thread, or it may lead. True: it was interrupted. */
static bool follow(struct drive *drive, unsigned what, bool spare, int left)
{
    struct follower follower = {.next = drive->followers, .what = what, .spare = spare};
    nap_init(&follower.nap);
    drive->followers = &follower;
    if (drive->leader == OWN_THREAD && !spare) {
        drive->yield = true;
        drive_hand_in(drive);
    } else {
        drive_unlock(drive);
    }
    bool quiet = nap_take(&follower.nap, left);
    drive_lock(drive);
    struct follower **at = &drive->followers;
    while (*at != &follower)
        at = &(*at)->next;
    *at = follower.next;
    nap_free(&follower.nap);
    return !quiet || follower.interrupted;
}

static enum drive_end wait_locked(struct drive *drive, unsigned what, bool spare, uint64_t end)
{
    for (bool looked = false;; looked = true) {
        if (is_ready(drive, what, spare))
            return DRIVE_READY;
        if (drive->leader == CALLERS_LOOP)
            return DRIVE_BY_LOOP;
        if (drive->leader == NOBODY && !spare && !(looked && left_of(end) == 0))
            return lead(drive, what, end);
        if (atomic_exchange(&drive->interrupted, false))
            return DRIVE_INTERRUPTED;
        int left = left_of(end);
        if (left == 0)
            return DRIVE_TIMED_OUT;
        if (follow(drive, what, spare, left))
            return DRIVE_INTERRUPTED;
    }
}

enum drive_end drive_wait(struct drive *drive, unsigned what, bool spare, int timeout)
{
    uint64_t end = timeout < 0 ? NEVER : clock_ms() + (uint64_t)timeout;
    drive_lock(drive);
    enum drive_end how = DRIVE_BY_LOOP;
    if (!drive->started || !pthread_equal(drive->thread, pthread_self()))
        how = wait_locked(drive, what, spare, end);
    pass_on(drive, how == DRIVE_READY);
    drive_unlock(drive);
    return how;
}

void drive_interrupt(struct drive *drive)
{
    atomic_store(&drive->interrupted, true);
    loop_wake(drive->loop);
    nap_end(&drive->nap); /* where nobody leads */
}

/* The own thread leads until somebody wants to, or it is to end. */
static void lead_alone(struct drive *drive)
{
    drive->leader = OWN_THREAD;
    drive->yield = false;
    while (!drive->stop && !drive->yield) {
        turn(drive, -1);
        tell_followers(drive);
    }
    drive->leader = NOBODY;
    pass_on(drive, false);
}

static void *run(void *self)
{
    struct drive *drive = self;
    unsigned idle = IDLE_TICKS, busy = 0;
    drive_lock(drive);
    while (!drive->stop) {
        bool wanted = drive->handed_in || atomic_load(&drive->interrupted);
        if (drive->leader == NOBODY && (wanted || idle >= IDLE_TICKS)) {
            lead_alone(drive);
            idle = busy = 0;
            continue;
        }
        drive->deep = busy >= BUSY_TICKS;
        int pause = drive->deep ? -1 : TICK;
        drive_unlock(drive);
        nap_take(&drive->nap, pause);
        drive_lock(drive);
        drive->deep = false;
        busy = drive->leader == NOBODY ? 0 : pause < 0 ? 0 : busy + 1;
        idle = drive->leader == NOBODY ? idle + 1 : 0;
    }
    drive_unlock(drive);
    return NULL;
}

bool drive_start(struct drive *drive)
{
    sigset_t all, old;
    drive_lock(drive);
    int error = drive->leader == CALLERS_LOOP ? EBUSY : 0;
    if (error == 0 && !drive->started) {
        sigfillset(&all); /* no handler of the program's runs in it */
        pthread_sigmask(SIG_SETMASK, &all, &old);
        error = pthread_create(&drive->thread, NULL, run, drive);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        drive->started = error == 0;
    }
    drive_unlock(drive);
    errno = error;
    return error == 0;
}

int drive_file(struct drive *drive)
{
    drive_lock(drive);
    int file = -1;
    errno = EBUSY;
    if (!drive->started && drive->leader != WAITER) {
        file = loop_file(drive->loop);
        if (file >= 0)
            drive->leader = CALLERS_LOOP;
    }
    drive_unlock(drive);
    return file;
}

bool drive_step(struct drive *drive)
{
    if (drive_file(drive) < 0)
        return false;
    drive_lock(drive);
    turn(drive, 0);
    tell_followers(drive);
    drive->asleep = true;
    bool again = drive->handed_in;
    drive_unlock(drive);
    if (again)
        loop_wake(drive->loop);
    return true;
}
