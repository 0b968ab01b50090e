/* stats - the sums (sums.h) of the server and of its rooms, kept from what the registry, the doors
 * and the calls tell.
 *
 *   registry: connected, left, moved --+--> the server's
 *   doors: refused; calls --------------+--> the room's, of those that are there or were lately
 *   a look each 10 s --> how pictures are: each participant's mean counts when they leave
 *
 * Somebody counts from when they are connected; who waits for a host, or is asked for a PIN, does
 * not yet. Who is moved stays where the server is concerned, and comes anew nowhere.
 * Thread  control.
 * Full    TS_STATS_ROOMS rooms: the one that nothing happened in for longest is forgotten, with
 *         nobody in it first. Nothing is kept over a restart. A refusal makes no room known.
 */
#ifndef TS_CONTROL_STATS_STATS_H
#define TS_CONTROL_STATS_STATS_H

#include "base/loop.h"
#include "control/rooms/registry.h"
#include "control/stats/sums.h"

enum { TS_STATS_ROOMS = 128 };

struct ts_stats;

void ts_stats_create(struct ts_stats **out, struct ts_loop *loop, struct ts_registry *registry);
void ts_stats_destroy(struct ts_stats **stats); /* also of NULL */

/* Of one who was not let in: the type of the problem, or a word of TS_REFUSALS. stats may be
 * NULL, in tests. */
void ts_stats_refused(struct ts_stats *stats, const char *room_id, const char *why);
/* A call is over. */
void ts_stats_call(struct ts_stats *stats, const char *room_id, bool out, bool answered);
/* Somebody is in that room, where nobody was. */
void ts_stats_meeting(struct ts_stats *stats, const char *room_id);
/* How the pictures of that member were is put into `media`. */
void ts_stats_pictures(const struct ts_member *member, struct ts_summary *media);

/* As of now. */
const struct ts_tally *ts_stats_node(struct ts_stats *stats);
/* NULL: nothing is known of it. */
const struct ts_tally *ts_stats_room(struct ts_stats *stats, const char *room_id);
/* Ids, the one that something happened in last first; NULL: no more. *at: NULL for the first. */
const char *ts_stats_next_room(struct ts_stats *stats, const void **at);

#endif
