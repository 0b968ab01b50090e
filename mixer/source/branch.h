/* branch - the packets of one m-line of a participant once more, as they came: for who keeps them
 * without decoding them.
 *
 *   net thread --push--> [ ring of 512, while open ] --pop--> a strand of who opened it
 *              <--------------- wants a keyframe --------------/
 *
 * Thread  push, wants_keyframe: the net thread; pop, request_keyframe: one strand; open, close:
 *         control, which opens it for another one when the one before pops no more.
 * Life    counted.
 * Full    new packets are dropped and counted; their numbers (ext_seq) are missing in what follows.
 */
#ifndef TS_MIXER_SOURCE_BRANCH_H
#define TS_MIXER_SOURCE_BRANCH_H

#include "base/packet.h"
#include <stdbool.h>

struct ts_branch;

int ts_branch_create(struct ts_branch **out);
struct ts_branch *ts_branch_ref(struct ts_branch *branch);
void ts_branch_unref(struct ts_branch **branch); /* also of NULL */

void ts_branch_open(struct ts_branch *branch);
void ts_branch_close(struct ts_branch *branch);

bool ts_branch_is_open(const struct ts_branch *branch);
/* Takes a reference of its own, where it is open. */
void ts_branch_push(struct ts_branch *branch, struct ts_packet *packet);
/* The layers (a set; 1 where there is but one) of which a keyframe is to be requested; at most once
 * a second. */
unsigned ts_branch_wants_keyframe(struct ts_branch *branch, int64_t now_ns);

/* [give]; NULL: there is none. Some may be of before it was opened. */
struct ts_packet *ts_branch_pop(struct ts_branch *branch);
void ts_branch_request_keyframe(struct ts_branch *branch, unsigned layers);

#endif
