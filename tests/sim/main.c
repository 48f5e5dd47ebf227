/* main: runs seeds. tests/sim/run starts several of these side by side. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

enum { SETTLE = 120000 /* ms after the end, in which mail settles */ };

struct options {
    struct plan plan;
    uint64_t from, seeds, steps;
    bool digest, verbose, first_failure;
    long clients, roots, faults;
};

static const char usage[] =
    "usage: mailroom_sim [--from SEED] [--seeds N] [--steps N] [--clients N] [--roots N] [--faults N]\n"
    "                    [--kinds MASK] [--trace] [--digest] [--verbose] [--first-failure]\n"
    "Runs simulated clusters, one for each seed; see tests/sim/README.md.\n";

static bool read_number(const char *name, const char *value, struct options *options)
{
    uint64_t number = strtoull(value, NULL, 0);
    if (strcmp(name, "--from") == 0)
        options->from = number;
    else if (strcmp(name, "--seeds") == 0)
        options->seeds = number;
    else if (strcmp(name, "--steps") == 0)
        options->steps = number;
    else if (strcmp(name, "--clients") == 0)
        options->clients = (long)number;
    else if (strcmp(name, "--roots") == 0)
        options->roots = (long)number;
    else if (strcmp(name, "--faults") == 0)
        options->faults = (long)number;
    else if (strcmp(name, "--kinds") == 0)
        options->plan.kinds = (uint32_t)number;
    else
        return false;
    return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    *options = (struct options){.seeds = 1, .clients = -1, .roots = -1, .faults = -1};
    options->plan.kinds = (1u << FAULT_LIMIT) - 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0)
            options->plan.trace = true;
        else if (strcmp(argv[i], "--digest") == 0)
            options->digest = true;
        else if (strcmp(argv[i], "--verbose") == 0)
            options->verbose = true;
        else if (strcmp(argv[i], "--first-failure") == 0)
            options->first_failure = true;
        else if (i + 1 == argc || !read_number(argv[i], argv[i + 1], options))
            return false;
        else
            i++;
    }
    return true;
}

/* What the seed says, where the command line says nothing else. */
static struct plan plan_of(const struct options *options, uint64_t seed)
{
    struct plan plan = options->plan;
    struct rng rng = rng_of(seed, 1);
    plan.seed = seed;
    plan.clients = rng_between(&rng, 1, 6);
    plan.roots = rng_between(&rng, 1, 40);
    plan.faults = rng_chance(&rng, 1, 5) ? 0 : 30;
    if (options->clients >= 0)
        plan.clients = (unsigned)options->clients;
    if (options->roots >= 0)
        plan.roots = (unsigned)options->roots;
    if (options->faults >= 0)
        plan.faults = (unsigned)options->faults;
    return plan;
}

/* One seed; false: it failed. */
static bool run(const struct options *options, uint64_t seed, uint64_t *steps)
{
    struct world world;
    struct plan plan = plan_of(options, seed);
    world_init(&world, &plan);
    while (!world.done && world_step(&world))
        continue;
    for (uint64_t end = world.now + SETTLE; world.now < end && world_step(&world);)
        continue;
    if (!world.failed)
        check_end(&world);
    *steps += world.tally.steps;
    if (options->verbose)
        printf("seed %" PRIu64 ": %u processes, %" PRIu64 " roots, %" PRIu64 " tasks, %" PRIu64
               " steps, %" PRIu64 " mails, %" PRIu64 " s, %" PRIu64 " kills, %" PRIu64 " errors\n",
               seed, world.process_count, world.tally.roots, world.tally.tasks, world.tally.steps,
               world.tally.mails, (world.now - WORLD_START) / 1000, world.tally.kills, world.tally.errors);
    if (options->digest)
        printf("%016" PRIx64 "\n", world.digest);
    bool good = !world.failed;
    world_free(&world);
    return good;
}

int main(int argc, char **argv)
{
    struct options options;
    uint64_t failed = 0, steps = 0, seeds = 0;
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    for (; seeds < options.seeds || steps < options.steps; seeds++) {
        printf("> %" PRIu64 "\n", options.from + seeds); /* so that a crash names its seed */
        fflush(stdout);
        failed += !run(&options, options.from + seeds, &steps);
        if (failed > 0 && options.first_failure)
            break;
    }
    printf("= %" PRIu64 " seeds, %" PRIu64 " steps, %" PRIu64 " failed\n", seeds, steps, failed);
    return failed > 0;
}
