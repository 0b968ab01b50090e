/* journal - sends what is logged to journald as fields, where systemd has connected our stderr to
 * it.
 *
 * The native protocol: a datagram of NAME=value lines to /run/systemd/journal/socket. Its page asks
 * for it to be spoken directly where libsystemd is not wanted; GLib's writer of it can be given no
 * other socket, which tests need.
 * Thread  any, after ts_journal_open, which main calls.
 * Full    nothing is waited for: what the journal does not take goes to stderr, which is it, too.
 * Source  systemd.exec(5), $JOURNAL_STREAM; "Native Journal Protocol".
 */
#ifndef TS_BASE_JOURNAL_H
#define TS_BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#define TS_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Is fd what $JOURNAL_STREAM (DEVICE:INODE) says? NULL: no. */
bool ts_journal_is(int fd, const char *journal_stream);
/* A socket, or -1. */
int ts_journal_open(const char *path);
bool ts_journal_send(int journal, const char *message, size_t len);

#endif
