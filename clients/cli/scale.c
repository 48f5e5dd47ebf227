/* scale: keeps as many jobs of a batch system as the queue wants: the command and its options. */
#include "clients/cli/scale.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/state.h"
#include "common/base/mem.h"
#include "edge/log.h"
#include "edge/notify.h"

enum {
    OWN_MIN = COMMAND_OWN,
    OWN_MAX,
    OWN_MAX_PENDING,
    OWN_PER_JOB,
    OWN_IDLE,
    OWN_WITHIN,
    OWN_INTERVAL,
    OWN_NAME,
    OWN_DIAL,
    OWN_RUNTIME,
    OWN_SETUP,
    OWN_LOGS,
    OWN_SHIM,
    OWN_ONCE,
    OWN_SHOW,
    OWN_END_JOBS,
};

enum {
    INTERVAL = 5000,      /* ms */
    LEAST_INTERVAL = 100, /* ms */
    TOOL_TIMEOUT = 60000, /* ms for each of Slurm's programs: a busy slurmctld takes its time */
    MOST_JOBS = 1000000,
    PATH_BYTES = 4096,
};

#define OPTION(name, key, value, text, complete)          \
    {                                                     \
        {name, key, value, 0, text, 0}, complete, NULL, 0 \
    }

static const struct command_option options[] = {
    OPTION("min", OWN_MIN, "JOBS", "Keep at least so many jobs (0)", COMPLETE_NOTHING),
    OPTION("max", OWN_MAX, "JOBS", "Have at most so many jobs, with those that wait (10)", COMPLETE_NOTHING),
    OPTION("max-pending", OWN_MAX_PENDING, "JOBS",
           "Let at most so many jobs wait in the batch system's queue (10)", COMPLETE_NOTHING),
    OPTION("per-job", OWN_PER_JOB, "WORKERS",
           "Start so many workers in each job (one for each of its processors)", COMPLETE_NOTHING),
    OPTION("idle", OWN_IDLE, "SECONDS", "Let a job go when it has had nothing to do for so long (60)",
           COMPLETE_NOTHING),
    OPTION("within", OWN_WITHIN, "SECONDS",
           "Add no jobs for tasks that the workers there are will have done in so long (30)",
           COMPLETE_NOTHING),
    OPTION("interval", OWN_INTERVAL, "SECONDS", "Look again after so long (5)", COMPLETE_NOTHING),
    OPTION("name", OWN_NAME, "NAME",
           "What the jobs are called: by it they are known again (mailroom-HOST-PORT of the broker)",
           COMPLETE_NOTHING),
    OPTION("dial", OWN_DIAL, "HOST[:PORT]",
           "Where jobs find the broker, if not at --broker; of a broker on this machine, this host's name",
           COMPLETE_HOST),
    OPTION(
        "runtime", OWN_RUNTIME, "NAME",
        "Tasks of this runtime are for the jobs; may be given again (python and bqskit; with --plain, plain)",
        COMPLETE_NOTHING),
    OPTION("setup", OWN_SETUP, "LINE",
           "A line of shell for the job's script, before the manager; may be given again", COMPLETE_NOTHING),
    OPTION("logs", OWN_LOGS, "DIR",
           "A folder that all nodes see, for what jobs write ($XDG_STATE_HOME/mailroom/jobs)",
           COMPLETE_DIRECTORY),
    OPTION("shim", OWN_SHIM, "FILE", "The manager to run (mailroom-shim beside this program, or in PATH)",
           COMPLETE_FILE),
    OPTION("once", OWN_ONCE, NULL, "Look and act once, and end", COMPLETE_NOTHING),
    OPTION("show", OWN_SHOW, NULL, "Show what would be handed to sbatch, and end", COMPLETE_NOTHING),
    OPTION("end-jobs", OWN_END_JOBS, NULL, "Cancel all jobs of this name at the end; else they go on",
           COMPLETE_NOTHING),
    OPTION(NULL, 0, NULL, NULL, COMPLETE_NOTHING),
};

static uint64_t read_number(const char *option, const char *text, uint64_t low,
                            const struct argp_state *state)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < low || number > MOST_JOBS)
        argp_error(state, "%s %s: not a number from %llu to %d", option, text, (unsigned long long)low,
                   MOST_JOBS);
    return number;
}

static void add_word(struct scale_words *words, const char *option, char *text,
                     const struct argp_state *state)
{
    if (words->count == SCALE_MOST_WORDS)
        argp_error(state, "%s: at most %d of them", option, SCALE_MOST_WORDS);
    words->at[words->count++] = text;
}

/* Slurm takes commas for the end of a name, and has a meaning for some other characters. */
static void set_name(struct scale *scale, const char *text, const struct argp_state *state)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (*text == '\0' || strspn(text, allowed) != strlen(text))
        argp_error(state, "--name %s: a name has letters, digits, and . _ - only", text);
    scale->name = text;
}

static error_t parse_word(struct scale *scale, char *text, struct argp_state *state)
{
    if (state->quoted > 0 && state->next > state->quoted) {
        scale->options = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    }
    if (scale->system_given || strcmp(text, "slurm") != 0)
        argp_error(state, "%s: what is scaled is `slurm`; options for sbatch stand behind --", text);
    scale->system_given = true;
    return 0;
}

/* What would change what is submitted: one job, known by its name, that runs a manager. */
static const struct sbatch_option {
    char letter; /* 0: it has none */
    const char *name;
    size_t least; /* so many characters of its name are enough for getopt */
    const char *why;
} refused[] = {
    {'a', "array", 2, "each submission is one job; --min and --max say how many there are"},
    {'J', "job-name", 1, "jobs are known by the name that --name gives them, before the --"},
    {'\0', "wrap", 2, "jobs run mailroom-shim; --setup gives commands to run before it"},
    {'W', "wait", 4, "jobs outlive what submits them; nothing waits for their ends"},
    {'\0', "test-only", 2, "no job would be submitted; --show shows what would be"},
};

/* Whether this word is the option: as a letter, with its value behind it or not, or as a name. */
static bool is_option(const char *text, const struct sbatch_option *option)
{
    if (text[0] != '-' || text[1] != '-')
        return option->letter != '\0' && text[0] == '-' && text[1] == option->letter;
    size_t size = strcspn(text + 2, "=");
    return size >= option->least && strncmp(text + 2, option->name, size) == 0;
}

static void check_sbatch(const struct scale *scale, const struct argp_state *state)
{
    for (char **text = scale->options; text && *text && strcmp(*text, "--") != 0; text++) {
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
            if (is_option(*text, &refused[i]))
                argp_error(state, "-- %s: %s", *text, refused[i].why);
        }
    }
}

static void check(const struct scale *scale, const struct argp_state *state)
{
    if (!scale->system_given)
        argp_error(state, "what is to be scaled? `mailroom scale slurm`");
    check_sbatch(scale, state);
    if (scale->config.max < scale->config.min)
        argp_error(state, "--max is less than --min");
    if (scale->config.max_pending == 0)
        argp_error(state, "--max-pending 0: no job could ever begin");
}

static error_t parse_more(struct scale *scale, int key, char *text, struct argp_state *state)
{
    const char *wrong;
    switch (key) {
    case OWN_NAME: set_name(scale, text, state); return 0;
    case OWN_DIAL:
        wrong = address_parse(text, BROKER_PORT, &scale->dial);
        if (wrong)
            argp_error(state, "--dial %s: %s", text, wrong);
        scale->dial_given = true;
        return 0;
    case OWN_RUNTIME: add_word(&scale->runtimes, "--runtime", text, state); return 0;
    case OWN_SETUP: add_word(&scale->setup, "--setup", text, state); return 0;
    case OWN_LOGS: scale->logs = text; return 0;
    case OWN_SHIM: scale->shim = text; return 0;
    case OWN_ONCE: scale->once = true; return 0;
    case OWN_SHOW: scale->show = true; return 0;
    case OWN_END_JOBS: scale->end_jobs = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct scale *scale = invocation->own;
    struct scaler_config *config = &scale->config;
    switch (key) {
    case ARGP_KEY_INIT:
        scaler_config_default(config);
        scale->interval = INTERVAL;
        return 0;
    case ARGP_KEY_ARG: return parse_word(scale, text, state);
    case ARGP_KEY_END: check(scale, state); return 0;
    case OWN_MIN: config->min = read_number("--min", text, 0, state); return 0;
    case OWN_MAX: config->max = read_number("--max", text, 0, state); return 0;
    case OWN_MAX_PENDING: config->max_pending = read_number("--max-pending", text, 0, state); return 0;
    case OWN_PER_JOB: config->per_job = read_number("--per-job", text, 1, state); return 0;
    case OWN_IDLE: config->idle = invocation_seconds("--idle", text, state); return 0;
    case OWN_WITHIN:
        config->within = invocation_seconds("--within", text, state);
        if (config->within == 0)
            argp_error(state, "--within 0: not a number of seconds above 0");
        return 0;
    case OWN_INTERVAL:
        scale->interval = invocation_seconds("--interval", text, state);
        if (scale->interval < LEAST_INTERVAL)
            argp_error(state, "--interval %s: not a number of seconds from 0.1", text);
        return 0;
    default: return parse_more(scale, key, text, state);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Splits what stands behind -- at the next one: sbatch's options, then the manager's. */
static void split(struct scale *scale)
{
    size_t count = 0, at = 0;
    while (scale->options && scale->options[count])
        count++;
    while (at < count && strcmp(scale->options[at], "--") != 0)
        at++;
    scale->sbatch = mem_zalloc(at + 1, sizeof *scale->sbatch);
    scale->manager = mem_zalloc(count - at + 2, sizeof *scale->manager);
    if (at > 0)
        memcpy(scale->sbatch, scale->options, at * sizeof *scale->sbatch);
    for (size_t i = at + 1; i < count; i++)
        scale->manager[i - at] = scale->options[i];
}

/* mailroom-shim beside this program, or to be found in PATH. */
static char *find_shim(void)
{
    static const char name[] = "mailroom-shim";
    char path[PATH_BYTES];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && slash + 1 + sizeof name < path + sizeof path) {
        memcpy(slash + 1, name, sizeof name);
        if (access(path, X_OK) == 0)
            return mem_text(path, strlen(path));
    }
    return mem_text(name, strlen(name));
}

static void choose_runtimes(struct scale *scale)
{
    static char plain[] = "plain", python[] = "python", bqskit[] = "bqskit";
    if (scale->runtimes.count > 0)
        return;
    for (size_t i = 1; scale->manager[i] && strcmp(scale->manager[i], "--") != 0; i++) {
        if (strcmp(scale->manager[i], "--plain") == 0) {
            scale->runtimes.at[scale->runtimes.count++] = plain;
            return;
        }
    }
    scale->runtimes.at[scale->runtimes.count++] = python;
    scale->runtimes.at[scale->runtimes.count++] = bqskit;
}

/* Where jobs find the broker: not at "localhost", which is another host for each. */
static bool choose_broker(const struct invocation *invocation, struct scale *scale)
{
    struct host_port at = scale->dial_given ? scale->dial : invocation->broker;
    if (!scale->dial_given && address_is_ipc(at.host)) {
        log_plain(
            "mailroom scale: jobs do not reach %s: they find a broker that has keys (mailroom keygen), or was told "
            "--insecure, by TCP: --broker HOST or --dial HOST[:PORT]",
            at.host);
        return false;
    }
    if (!scale->dial_given && address_is_loopback(at.host)) {
        gethostname(at.host, sizeof at.host - 1);
        at.host[sizeof at.host - 1] = '\0';
    }
    scale->broker = mem_alloc(ADDRESS_SIZE);
    address_text(&at, scale->broker);
    return true;
}

/* Makes the folders of a path; that it failed is seen when something is written there. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

/* The file for what a job writes: Slurm makes no folders, and a job without its file fails without a word. */
static bool choose_output(struct scale *scale)
{
    char *folder = scale->logs ? strdup(scale->logs) : state_path("mailroom/jobs");
    char *absolute = NULL, *slashed = NULL;
    if (asprintf(&slashed, "%s/", folder) < 0)
        abort();
    make_folders(slashed);
    absolute = realpath(folder, NULL);
    if (!absolute)
        log_plain("mailroom scale: the folder for what jobs write, %s: %s (--logs names another)", folder,
                  strerror(errno));
    else if (strchr(absolute, '%') || strchr(absolute, '\\'))
        log_plain("mailroom scale: --logs %s: Slurm takes %% and \\ in a path for something else", absolute);
    else if (asprintf(&scale->output, "%s/%s-%%j.log", absolute, scale->name) < 0)
        abort();
    free(slashed);
    free(folder);
    free(absolute);
    return scale->output != NULL;
}

/* All that Slurm's programs are told, from the options. False: the reason was written. */
static bool prepare(const struct invocation *invocation, struct scale *scale)
{
    split(scale);
    scale->manager[0] = scale->shim ? mem_text(scale->shim, strlen(scale->shim)) : find_shim();
    choose_runtimes(scale);
    if (!choose_broker(invocation, scale))
        return false;
    if (!scale->name) {
        if (asprintf(&scale->own_name, "mailroom-%s", scale->broker) < 0)
            abort();
        for (char *at = scale->own_name; *at; at++)
            *at = strchr(":[]%/,", *at) ? '-' : *at;
        scale->name = scale->own_name;
    }
    char *keys = invocation->keys ? realpath(invocation->keys, NULL) : NULL;
    if (invocation->keys && !keys) {
        log_plain("mailroom scale: --keys %s: %s", invocation->keys, strerror(errno));
        return false;
    }
    scale->slurm = (struct slurm){
        .name = scale->name,
        .options = scale->sbatch,
        .shim = scale->manager,
        .setup = scale->setup.at,
        .broker = scale->broker,
        .keys = keys,
        .insecure = invocation->open && !keys && !invocation->key && !invocation->broker_key,
        .python = scale->shim ? NULL : getenv(SLURM_OWN_PYTHON), /* which knows its own */
        .workers = scale->config.per_job,
        .timeout = least(TOOL_TIMEOUT, notify_period()),
    };
    bool good = choose_output(scale);
    scale->slurm.output = scale->output;
    return good;
}

static int run(struct invocation *invocation)
{
    struct scale *scale = invocation->own;
    int code = CLI_USAGE;
    invocation->timeout = least(invocation->timeout, notify_period() / 2); /* to connect, and to answer */
    if (prepare(invocation, scale) && scale->show) {
        char *command = slurm_command(&scale->slurm), *script = slurm_script(&scale->slurm);
        printf("%s%s", command, script);
        free(command);
        free(script);
        code = CLI_FINE;
    } else if (scale->output) {
        code = scale_run(invocation, scale);
    }
    free((char *)(uintptr_t)scale->slurm.keys);
    free(scale->output);
    free(scale->own_name);
    mem_free(scale->broker);
    mem_free(scale->manager[0]);
    mem_free(scale->manager);
    mem_free(scale->sbatch);
    return code;
}

const struct command scale_command = {
    .name = "scale",
    .summary = "Keep as many jobs of Slurm as the queue wants",
    .arguments = "slurm [-- SBATCH-OPTION... [-- SHIM-OPTION...]]",
    .description =
        "Looks every few seconds how many tasks wait at the broker, and submits jobs with sbatch that run "
        "mailroom-shim, as many as there is work for. What stands behind -- is for sbatch (partition, account, "
        "time, processors), what stands behind the next -- for mailroom-shim.\n\n"
        "A job that has had nothing to do for --idle seconds is told to finish what it has and to leave; one that "
        "has not begun is cancelled when it was not wanted for as long. A job that works is never ended. Those that "
        "reach their time limit, are preempted or lose their node are replaced, while there is work. Where jobs die "
        "as they begin it waits, longer each time, and shows the end of what the last one wrote.\n\n"
        "It keeps no file: jobs are known by their name. So it may be ended, and started again, at any time; jobs go "
        "on meanwhile. Two for one broker need two names.",
    .examples =
        "  mailroom scale slurm --max 20 -- --partition main --time 4:00:00 --cpus-per-task 16\n"
        "  mailroom scale slurm --keys keys --dial login1 --setup '. ~/venv/bin/activate' -- -t 60 -c 8\n"
        "  mailroom scale slurm -- -t 60 -- --plain -- sh -s\n",
    .options = options,
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .complete = COMPLETE_CHOICE,
    .choices = "slurm",
    .exits = command_exits,
    .own_size = sizeof(struct scale),
    .parse = parse,
    .run = run,
};
