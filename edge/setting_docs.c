/* setting_docs: what each setting means, in words. Types, ranges and defaults are those of the programs'
 * tables. */
#include <string.h>

#include "edge/manual.h"

const struct setting_doc setting_docs[] = {
    {"port", "", "7472 for clients, 7473 for a boss", "The port to listen on; 0 takes a free one."},
    {"verbose", "", NULL, "How much the log says: 0 warnings and errors, 1 information too, 2 all."},
    {"bind", "", "127.0.0.1",
     "The address of this machine to listen on. One that others can reach needs keys, or insecure. Or ipc:///PATH: a socket in the file system, for this user alone."},
    {"allow-uid", "", "this program's own alone",
     "The users, as numbers with commas between them, whose processes are let in on a socket in the file system."},
    {"insecure", "", NULL, "Let everybody in who can reach the address, without keys."},
    {"port-file", "", NULL, "A file into which the ports are written once they are open."},
    {"keys/directory", "", NULL, "The folder of keys that mailroom keygen made."},
    {"keys/own", "", NULL, "The program's own secret certificate, instead of the one in the folder."},
    {"keys/broker", "", NULL, "The public certificate of the broker, or manager, that is dialled."},
    {"keys/manager", "", NULL, "The public certificate of the managers that are dialled."},
    {"keys/allowed", "", NULL,
     "The folder of the public certificates that are let in; SIGHUP reads it again."},
    {"lookup", "ms", NULL, "How often a manager's name is looked up again."},
    {"managers", "", NULL, "The managers to dial, separated by commas or blanks."},
    {"redial", "ms", NULL,
     "The longest pause between two attempts to connect; the first one is a tenth of it."},
    {"session/lease", "ms", NULL,
     "How long a session outlives its client's link; then its tasks are cancelled."},
    {"limits/found", "", NULL, "How many managers the names may stand for, all together."},
    {"limits/clients", "", NULL, "How many sessions there may be, absent clients' too."},
    {"limits/connections", "", NULL,
     "How many connections there may be at a time; the system's limit on open files may lower it."},
    {"limits/tasks", "", NULL, "How many unfinished tasks a session may have; above it submits are BUSY."},
    {"limits/session-bytes", "bytes", NULL,
     "How much a session's task bodies and kept results may take; above it submits are BUSY."},
    {"limits/attempts", "", NULL,
     "How often a task may be lost with a worker that it may have brought down, until it fails."},
    {"limits/losses", "", NULL, "How often a task may be lost in all, until it fails."},
    {"workers", "", "one for each processor",
     "How many workers to start, or with only-connect to wait for; 0 is one for each processor that this process may use."},
    {"worker-port", "", NULL, "With only-connect: the port for workers; 0 takes a free one."},
    {"only-connect", "", NULL, "Start no workers: wait for those that connect to the worker port."},
    {"accept-managers", "", NULL, "Serve managers that dial in, instead of workers."},
    {"broker", "", NULL, "The broker or manager to dial, instead of waiting to be dialled."},
    {"plain", "", NULL,
     "The command is any program: a task's body is its standard input, its standard output the result."},
    {"command", "", "the worker of the Python package", "The command of a worker, as a shell would read it."},
    {"prefetch", "", NULL,
     "How many tasks wait at the manager itself, beyond what its workers want. These want some ahead by themselves where tasks are short, so it is of use only far from the broker, or for workers of another make."},
    {"grace", "ms", NULL,
     "How long workers have to end by themselves when the manager does; then they are killed."},
    {"drain-grace", "ms", NULL,
     "How long tasks have to finish when the manager leaves; what is left goes elsewhere."},
    {"walltime", "", "without end",
     "After so long the manager takes nothing new, and leaves when all that runs has ended."},
    {"respawn/first", "ms", NULL,
     "The pause before a worker that died is replaced; it doubles each time that one dies young,"},
    {"respawn/most", "ms", NULL, "up to this."},
    {"respawn/young", "ms", NULL, "A worker that dies before this age died young."},
    {"respawn/silent", "ms", NULL,
     "How long a worker may take to connect until the log says that it has not."},
    {"limits/frame", "bytes", NULL, "The largest frame; who sends a larger one has his connection closed."},
    {"limits/header", "bytes", NULL, "The largest header of a message; a larger one is TOO_LARGE."},
    {"limits/breadcrumbs", "", NULL, "How deep tasks may be nested."},
    {"limits/ids", "", NULL, "How many worker ids one manager may have."},
    {"limits/kills", "", NULL,
     "How many workers a minute a client's tasks may end; above it they are given out at that rate."},
    {"limits/logs", "", NULL,
     "How many log records a second are passed on, to one client, or of one worker; the rest is dropped and counted."},
    {"/heartbeat", "ms", NULL,
     "After so long without a sign of life one is asked for; after three the connection is made anew. 0: never."},
    {"/expiry", "ms", NULL,
     "How long a link is kept without a connection; then the other side counts as gone."},
    {"/window", "bytes", NULL, "How much may be under way to this side unacknowledged."},
    {"/max-body", "bytes", NULL, "The largest body that is taken; a larger one is TOO_LARGE."},
    {"/max-queue", "bytes", NULL,
     "How much may wait for the other side; then logs are dropped, and submits are BUSY."},
    {"/max-unread", "bytes", NULL,
     "How much may wait for a side that reads nothing of it; then its link ends."},
    {NULL, NULL, NULL, NULL},
};

const struct setting_doc *setting_doc_find(const char *path)
{
    const char *end = strchr(path, '/');
    for (const struct setting_doc *doc = setting_docs; doc->path; doc++) {
        if (strcmp(doc->path, path) == 0 || (end && strcmp(doc->path, end) == 0))
            return doc;
    }
    return NULL;
}
