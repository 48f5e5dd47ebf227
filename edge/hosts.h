/* hosts: a number for the host at the other end of a connection, so that what it takes can be counted. */
#ifndef MAILROOM_EDGE_HOSTS_H
#define MAILROOM_EDGE_HOSTS_H

#include <stdint.h>
#include <sys/types.h>

/* Of a numeric address ("10.0.0.7", "::ffff:10.0.0.7", "2001:db8::1"; NULL: not known). Who has one address
 * of IPv6 has all with the same first half, so these are one host. 0: it is not known. */
uint64_t hosts_of_address(const char *text);

/* Of a user of this machine, on a socket in the file system. */
uint64_t hosts_of_user(uid_t user);

/* Of the other end of a TCP connection, as the system says it. 0: it is none, or gone. */
uint64_t hosts_of_socket(int file);

#endif
