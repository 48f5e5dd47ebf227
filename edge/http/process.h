/* process: what the system says of this process, for whoever watches it. */
#ifndef MAILROOM_EDGE_HTTP_PROCESS_H
#define MAILROOM_EDGE_HTTP_PROCESS_H

#include <stdint.h>

struct process {
    double cpu;                 /* s, in all */
    uint64_t resident, virtual; /* bytes; 0: not known */
    uint64_t files, most_files; /* open; files is 0 where there are too many to be counted in passing */
};

void process_look(struct process *process);

#endif
