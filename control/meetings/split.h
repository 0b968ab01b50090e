/* split - people over rooms, as evenly as goes; pure.
 *
 * Each next one goes to the room with the fewest, the first of several: rooms that have some
 * already are filled up last.
 */
#ifndef TS_CONTROL_MEETINGS_SPLIT_H
#define TS_CONTROL_MEETINGS_SPLIT_H

#include <stddef.h>

/* count[n_rooms]: how many are in each already, and then how many there are. to[n]: the room of
 * each. n_rooms: 1 at least. */
void ts_split_even(size_t *to, size_t n, size_t *count, size_t n_rooms);

#endif
