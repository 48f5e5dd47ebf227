/* late: preloaded (LD_PRELOAD), lets system calls, waits and new threads of all programs be late at random,
 * as on a machine that has much else to do. See README.md of tests/.
 *
 * strace's injection can delay calls as well, but each n-th of them, and every call of a traced program takes
 * a hundred times as long. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NS_OF_MS = 1000000, MS_OF_S = 1000 };

/* Of how many calls, and by how many ms at most. */
static struct lateness {
    double share;
    double most;
} often = {0.002, 60}, rarely = {0.00005, 1500}, of_threads = {0.3, 60};

static __thread uint64_t seed;

static double number_of(const char *name, double otherwise)
{
    const char *text = getenv(name);
    return text ? strtod(text, NULL) : otherwise;
}

__attribute__((constructor)) static void read_environment(void)
{
    often = (struct lateness){number_of("LATE_OFTEN", often.share), number_of("LATE_OFTEN_MS", often.most)};
    rarely =
        (struct lateness){number_of("LATE_RARELY", rarely.share), number_of("LATE_RARELY_MS", rarely.most)};
}

/* 0 to 1, from the thread's own sequence: xorshift64. */
static double draw(void)
{
    if (seed == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)syscall(SYS_gettid) ^ 1;
    }
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / (double)(1ULL << 53);
}

static void sleep_up_to(double most)
{
    double ms = draw() * most;
    time_t seconds = (time_t)(ms / MS_OF_S);
    struct timespec time = {seconds, (long)((ms - (double)seconds * MS_OF_S) * NS_OF_MS)};
    int before = errno;
    syscall(SYS_nanosleep, &time, NULL);
    errno = before;
}

static void be_late(void)
{
    double drawn = draw();
    if (drawn < rarely.share)
        sleep_up_to(rarely.most);
    else if (drawn < rarely.share + often.share)
        sleep_up_to(often.most);
}

/* A function of libc's that is late before its call, and after it. */
#define LATE(result, name, parameters, arguments)        \
    result name parameters                               \
    {                                                    \
        static __typeof__(name) *next;                   \
        if (!next)                                       \
            *(void **)(&next) = dlsym(RTLD_NEXT, #name); \
        be_late();                                       \
        result answer = next arguments;                  \
        be_late();                                       \
        return answer;                                   \
    }

LATE(int, poll, (struct pollfd * files, nfds_t count, int timeout), (files, count, timeout))
LATE(int, epoll_wait, (int file, struct epoll_event *events, int most, int timeout),
     (file, events, most, timeout))
LATE(ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size))
LATE(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size))
LATE(ssize_t, send, (int file, const void *bytes, size_t size, int flags), (file, bytes, size, flags))
LATE(ssize_t, recv, (int file, void *bytes, size_t size, int flags), (file, bytes, size, flags))
LATE(ssize_t, sendmsg, (int file, const struct msghdr *message, int flags), (file, message, flags))
LATE(ssize_t, recvmsg, (int file, struct msghdr *message, int flags), (file, message, flags))
LATE(int, connect, (int file, const struct sockaddr *address, socklen_t size), (file, address, size))
LATE(int, accept4, (int file, struct sockaddr *address, socklen_t *size, int flags),
     (file, address, size, flags))
LATE(int, sem_wait, (sem_t * semaphore), (semaphore))
LATE(int, sem_clockwait, (sem_t * semaphore, clockid_t clock, const struct timespec *end),
     (semaphore, clock, end))

struct beginning {
    void *(*run)(void *);
    void *of;
};

static void *begin_late(void *own)
{
    struct beginning beginning = *(struct beginning *)own;
    free(own);
    if (draw() < of_threads.share)
        sleep_up_to(of_threads.most);
    return beginning.run(beginning.of);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *of)
{
    static __typeof__(pthread_create) *next;
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!next)
        *(void **)(&next) = dlsym(RTLD_NEXT, "pthread_create");
    if (!beginning)
        return EAGAIN;
    *beginning = (struct beginning){run, of};
    int code = next(thread, attributes, begin_late, beginning);
    if (code != 0)
        free(beginning);
    return code;
}
