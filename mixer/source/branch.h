/* branch - the packets of one m-line of a participant once more, as they came: for who keeps them
 * without decoding them.
 *
 *   net thread --push--> [ ring of 512, while open ] --pop--> a strand of who opened it
 *              <--------------- wants a keyframe --------------/
 *
 * What is handed on is a copy of it: who does not pop (a disk that hangs) keeps none of the packets
 * that the net thread receives into.
 * Thread  push, wants_keyframe: the net thread; open, close: control; pop, request_keyframe, leave:
 *         one strand, of who opened it. Until it has left nobody else can open it.
 * Life    counted.
 * Full    new packets are dropped and counted, where the ring is full, or all branches together
 *         hold TS_BRANCHES_BYTES; their numbers (ext_seq) are missing in what follows.
 */
#ifndef TS_MIXER_SOURCE_BRANCH_H
#define TS_MIXER_SOURCE_BRANCH_H

#include "base/packet.h"
#include <stdbool.h>

struct ts_branch;

enum { TS_BRANCHES_BYTES = 32 << 20 };

int ts_branch_create(struct ts_branch **out);
struct ts_branch *ts_branch_ref(struct ts_branch *branch);
void ts_branch_unref(struct ts_branch **branch); /* also of NULL */

/* TS_EEXIST: another one has it; it may be tried again later. */
int ts_branch_open(struct ts_branch *branch);
void ts_branch_close(struct ts_branch *branch); /* nothing comes any more; what is in it stays */
void ts_branch_leave(struct ts_branch *branch); /* after close, behind the last pop */

bool ts_branch_is_open(const struct ts_branch *branch);
/* Copies it, where it is open. */
void ts_branch_push(struct ts_branch *branch, const struct ts_packet *packet);
/* The layers (a set; 1 where there is but one) of which a keyframe is to be requested; at most once
 * a second. */
unsigned ts_branch_wants_keyframe(struct ts_branch *branch, int64_t now_ns);

/* [give] A copy, of its payload alone (data is payload); NULL: there is none. Some may be of before
 * it was opened. */
struct ts_packet *ts_branch_pop(struct ts_branch *branch);
void ts_branch_free(struct ts_packet **packet); /* that was popped; any thread */
void ts_branch_request_keyframe(struct ts_branch *branch, unsigned layers);

#endif
