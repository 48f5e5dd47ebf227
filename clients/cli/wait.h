/* wait: sleeping where no loop runs. Signals are blocked in this program, so that a sleep is what they end.
 */
#ifndef MAILROOM_CLI_WAIT_H
#define MAILROOM_CLI_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Sleeps; false: a signal that is to end this process came meanwhile. */
bool wait_ms(uint64_t time);

/* Waits until `file` can be read. Signals have their usual effect meanwhile: Ctrl-C ends the process. */
void wait_readable(int file);

#endif
