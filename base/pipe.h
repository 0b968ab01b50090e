/* pipe - bytes from a thread that must not wait to one that may: what a publisher sends, on its way
 * to the input that takes it apart.
 *
 *   network thread --write (never waits)--> [ at most cap bytes ] --read (waits)--> input's thread
 *
 * Ended: what is in it is still read, then read returns 0. Closed: nothing is read any more.
 * Thread  any: one that writes, one that reads.
 * Life    counted; one for each side.
 * Full    write takes nothing: TS_EFULL. Memory grows with what waits, up to cap.
 */
#ifndef TS_BASE_PIPE_H
#define TS_BASE_PIPE_H

#include <stddef.h>
#include <stdint.h>

struct ts_pipe;

int ts_pipe_create(struct ts_pipe **out, size_t cap); /* TS_ENOMEM */
struct ts_pipe *ts_pipe_ref(struct ts_pipe *pipe);
void ts_pipe_unref(struct ts_pipe **pipe); /* also of NULL */

/* All of them or none. TS_EFULL; TS_ECLOSED: it was ended or closed; TS_ENOMEM. */
int ts_pipe_write(struct ts_pipe *pipe, const void *bytes, size_t n);
void ts_pipe_end(struct ts_pipe *pipe);
void ts_pipe_close(struct ts_pipe *pipe);
/* How many were read, at least one, at most cap. 0: it has ended, or was closed; TS_EAGAIN: none
 * came until then (of ts_now_ns). */
int ts_pipe_read(struct ts_pipe *pipe, void *out, size_t cap, int64_t until_ns);

#endif
