/* loop: czmq, for those parts of the edge that use its zloop or zconfig. It brings syslog's macros along,
 * whose names are those of our log levels. */
#ifndef MAILROOM_EDGE_LOOP_H
#define MAILROOM_EDGE_LOOP_H

#include <czmq.h>

#undef LOG_WARNING
#undef LOG_INFO
#undef LOG_DEBUG

#endif
