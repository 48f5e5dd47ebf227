/* slurm: see slurm.h. */
#include "clients/cli/slurm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/c/core/quote.h"
#include "clients/cli/core/squeue.h"
#include "common/base/mem.h"
#include "common/base/shown.h"
#include "edge/notify.h"

enum { WORDS = 12 /* that stand around a user's own */, WORD = 128, OUTPUT_END = 2048, PATH = 4096 };

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* This process's environment without what Slurm has put there for a job that it may run in, systemd for a
 * service, and a user for submissions that are not one job or wait for its end: sbatch, and the shim in the
 * new job, would take it for theirs. The caller frees it (mem_free), not its texts. */
static char **clean_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **clean = mem_zalloc(count + 1, sizeof *clean);
    for (size_t i = 0; i < count; i++) {
        const char *entry = environ[i];
        bool of_a_job = begins(entry, "SLURM_") && !begins(entry, "SLURM_CONF=");
        bool of_a_service = begins(entry, "NOTIFY_SOCKET=") || begins(entry, "WATCHDOG_USEC=") ||
                            begins(entry, "WATCHDOG_PID=");
        bool of_a_user = begins(entry, "SBATCH_ARRAY_INX=") || begins(entry, "SBATCH_WAIT=");
        if (!of_a_job && !of_a_service && !of_a_user && !begins(entry, SLURM_OWN_PYTHON "="))
            clean[kept++] = environ[i];
    }
    return clean;
}

static bool run(const struct slurm *slurm, char *const *command, const char *input, char **said, char *why)
{
    char **environment = clean_environment();
    struct tool tool = {
        .command = command, .environment = environment, .input = input, .timeout = slurm->timeout};
    notify_alive();
    bool good = tool_run(&tool, said, why);
    mem_free(environment);
    return good;
}

bool slurm_jobs(const struct slurm *slurm, struct scaler_job **jobs, size_t *count, char why[TOOL_WHY])
{
    char program[] = "squeue", header[] = "--noheader", array[] = "--array", states[] = "--states=all";
    char format[] = "--format=" SQUEUE_FORMAT, user[WORD], *name, *said;
    snprintf(user, sizeof user, "--user=%u", (unsigned)geteuid());
    if (asprintf(&name, "--name=%s", slurm->name) < 0)
        abort();
    char *command[] = {program, header, array, states, user, name, format, NULL};
    bool good = run(slurm, command, NULL, &said, why);
    if (good)
        good = squeue_read(said, jobs, count, why, TOOL_WHY);
    mem_free(said);
    free(name);
    return good;
}

/* sbatch's words; the caller frees the list (mem_free) and its first two options (free). What the user gave
 * stands behind ours, so that it is what counts. */
static char **sbatch_words(const struct slurm *slurm, char *name_and_output[2])
{
    static char program[] = "sbatch", parsable[] = "--parsable", nodes[] = "--nodes=1";
    size_t given = 0, count = 0;
    while (slurm->options[given])
        given++;
    if (asprintf(&name_and_output[0], "--job-name=%s", slurm->name) < 0 ||
        asprintf(&name_and_output[1], "--output=%s", slurm->output) < 0)
        abort();
    char **words = mem_zalloc(given + WORDS, sizeof *words);
    words[count++] = program;
    words[count++] = parsable;
    words[count++] = name_and_output[1];
    words[count++] = nodes;
    for (size_t i = 0; i < given; i++)
        words[count++] = slurm->options[i];
    words[count++] = name_and_output[0]; /* last: by it they are known */
    return words;
}

char *slurm_command(const struct slurm *slurm)
{
    char *own[2], **words = sbatch_words(slurm, own), *text = NULL;
    struct slice line = quote_command(words);
    text = strndup((const char *)slice_data(&line), line.size);
    slice_drop(&line);
    mem_free(words);
    free(own[0]);
    free(own[1]);
    return text;
}

bool slurm_submit(const struct slurm *slurm, uint64_t *id, char why[TOOL_WHY])
{
    char *own[2], **words = sbatch_words(slurm, own), *script = slurm_script(slurm), *said;
    bool good = run(slurm, words, script, &said, why);
    *id = good ? squeue_submitted(said) : 0;
    if (good && *id == 0)
        snprintf(why, TOOL_WHY, "sbatch does not say the number of the job");
    mem_free(said);
    mem_free(words);
    free(script);
    free(own[0]);
    free(own[1]);
    return *id != 0;
}

bool slurm_cancel_pending(const struct slurm *slurm, const uint64_t *ids, size_t count, char why[TOOL_WHY])
{
    char program[] = "scancel", state[] = "--state=PENDING", *said;
    char **words = mem_zalloc(count + 3, sizeof *words);
    words[0] = program;
    words[1] = state; /* one that has begun meanwhile stays */
    for (size_t i = 0; i < count; i++) {
        if (asprintf(&words[2 + i], "%" PRIu64, ids[i]) < 0)
            abort();
    }
    bool good = run(slurm, words, NULL, &said, why);
    mem_free(said);
    for (size_t i = 0; i < count; i++)
        free(words[2 + i]);
    mem_free(words);
    return good;
}

bool slurm_cancel_all(const struct slurm *slurm, char why[TOOL_WHY])
{
    char program[] = "scancel", user[WORD], *name, *said;
    snprintf(user, sizeof user, "--user=%u", (unsigned)geteuid());
    if (asprintf(&name, "--name=%s", slurm->name) < 0)
        abort();
    char *words[] = {program, user, name, NULL};
    bool good = run(slurm, words, NULL, &said, why);
    mem_free(said);
    free(name);
    return good;
}

/* The file that a job's standard output goes to, by scontrol's "StdOut=". False: that is not to be had. */
static bool find_output(const struct slurm *slurm, uint64_t id, char path[PATH])
{
    char program[] = "scontrol", show[] = "show", job[] = "job", number[WORD], why[TOOL_WHY], *said;
    snprintf(number, sizeof number, "%" PRIu64, id);
    char *words[] = {program, show, job, number, NULL};
    path[0] = '\0';
    if (!run(slurm, words, NULL, &said, why))
        return false;
    const char *found = strstr(said, "StdOut=");
    if (found)
        snprintf(path, PATH, "%.*s", (int)strcspn(found + 7, "\n"), found + 7);
    mem_free(said);
    return path[0] == '/';
}

void slurm_last_words(const struct slurm *slurm, uint64_t id, char *text, size_t size)
{
    char path[PATH], end[OUTPUT_END];
    text[0] = '\0';
    FILE *file = find_output(slurm, id, path) ? fopen(path, "rbe") : NULL;
    if (!file)
        return;
    size_t most = size - 1 < sizeof end ? size - 1 : sizeof end;
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) > (long)most)
        fseek(file, -(long)most, SEEK_END);
    else
        rewind(file);
    size_t count = fread(end, 1, most, file);
    fclose(file);
    while (count > 0 && end[count - 1] == '\n')
        count--;
    for (size_t i = 0; i < count; i++)
        end[i] = end[i] == '\n' ? ' ' : end[i];
    shown_clean(end, count);
    memcpy(text, end, count);
    text[count] = '\0';
}

/* What is left of the job's time, less a tenth or a minute in which what runs may end: Slurm 22.05 does not
 * set SLURM_JOB_END_TIME, squeue has it. "UNLIMITED" is no number. */
static const char walltime[] =
    "if [ -n \"$SLURM_JOB_END_TIME\" ]; then\n"
    "    left=$((SLURM_JOB_END_TIME - $(date +%s)))\n"
    "else\n"
    "    left=$(squeue --noheader --jobs=\"$SLURM_JOB_ID\" --format=%L | awk '/^[0-9][-:0-9]*$/ {\n"
    "        n = split($0, part, /[-:]/)\n"
    "        print part[n] + 60 * part[n - 1] + 3600 * part[n - 2] + 86400 * part[n - 3] }')\n"
    "fi\n"
    "walltime=\n"
    "if [ \"${left:-0}\" -gt 10 ]; then\n"
    "    margin=$((left / 10))\n"
    "    [ \"$margin\" -gt 60 ] && margin=60\n"
    "    walltime=--walltime=0:$((left - margin))\n"
    "fi\n";

static void write_words(FILE *file, char *const *words)
{
    if (!words[0])
        return;
    struct slice line = quote_command(words);
    fprintf(file, " %.*s", (int)line.size - 1, (const char *)slice_data(&line));
    slice_drop(&line);
}

/* The user's own lines. Where python3 is another one behind them, or MAILROOM_PYTHON is set, that was meant;
 * else the workers have the Python that this program came with, since PATH's may be without mailroom. */
static void write_setup(FILE *file, const struct slurm *slurm)
{
    if (slurm->python)
        fputs("python3=$(command -v python3)\n", file);
    for (size_t i = 0; slurm->setup[i]; i++)
        fprintf(file, "%s\n", slurm->setup[i]);
    if (!slurm->python)
        return;
    char *python;
    if (asprintf(&python, "MAILROOM_PYTHON=%s", slurm->python) < 0)
        abort();
    fputs(
        "if [ -z \"${MAILROOM_PYTHON-}\" ] && [ \"$(command -v python3)\" = \"$python3\" ]; then\n    export",
        file);
    write_words(file, (char *[]){python, NULL});
    fputs("\nfi\n", file);
    free(python);
}

char *slurm_script(const struct slurm *slurm)
{
    char *text = NULL, program[] = "exec", broker[] = "--broker", keys[] = "--keys";
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fprintf(file, "#!/bin/sh\n# a job of `mailroom scale slurm`\n");
    write_setup(file, slurm);
    fputs(walltime, file);
    char *first[] = {program, slurm->shim[0], broker, (char *)(uintptr_t)slurm->broker, NULL};
    struct slice line = quote_command(first);
    fprintf(file, "%.*s", (int)line.size - 1, (const char *)slice_data(&line));
    slice_drop(&line);
    if (slurm->keys) {
        char *more[] = {keys, (char *)(uintptr_t)slurm->keys, NULL};
        write_words(file, more);
    }
    if (slurm->insecure)
        fputs(" --insecure", file);
    if (slurm->workers)
        fprintf(file, " -n %" PRIu64, slurm->workers);
    fputs(" --name \"${SLURMD_NODENAME:-$(hostname)}/$SLURM_JOB_ID\" $walltime", file);
    write_words(file, slurm->shim + 1);
    fputc('\n', file);
    fclose(file);
    return text;
}
