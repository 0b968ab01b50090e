/* metrics - families of /metrics beside the tables of base/: what is told of single rooms,
 * participants and pools. One table, for metrics.c and for docs/METRICS.md.
 *
 *   X(id, family, type, unit, [labels,] help, what to do about it)
 *
 * Thread  none; constant.
 */
#ifndef TS_CONTROL_API_METRICS_H
#define TS_CONTROL_API_METRICS_H

/* with labels of their own; all are in the sums */
enum { TS_METRICS_ROOMS_MAX = 100, TS_METRICS_PEOPLE_MAX = 500 };

/* clang-format off */
/* id: the function that has the number. Labels: room, participant */
#define TS_METRICS_OF_PARTICIPANTS(X) \
	X(sum_bytes_in, "tessera_participant_received_bytes_total", "counter", "bytes", \
	  "Media bytes received from a participant", \
	  "Stands still: their network is gone, or they send nothing.") \
	X(sum_bytes_out, "tessera_participant_sent_bytes_total", "counter", "bytes", \
	  "Media bytes sent to a participant", \
	  "Stands still: they receive nothing; by SIP they may have to send RTCP.") \
	X(sum_lost, "tessera_participant_lost_packets_total", "counter", "packets", \
	  "Packets of a participant that never came", \
	  "Over 2 % of theirs: their network, or the way to it. The same for all: ours.") \
	X(jitter, "tessera_participant_jitter_seconds", "gauge", "seconds", \
	  "Interarrival jitter of what a participant sends", \
	  "Over 0.03: their sound is delayed to be whole. WLAN is the usual reason.") \
	X(round_trip, "tessera_participant_round_trip_seconds", "gauge", "seconds", \
	  "Round trip to a participant; 0: not known yet", \
	  "Over 0.3: people talk into each other. A TURN server far away, or a satellite.")

#define TS_METRICS_OF_ROOMS(X) \
	X(participants, "tessera_room_participants", "gauge", "participants", "`room`, `kind`", \
	  "Participants of a room, by kind", \
	  "Near room.max_participants or room.max_watchers further ones are refused.") \
	X(unnamed, "tessera_participants_unnamed", "gauge", "participants", "", \
	  "Participants without rows of their own: too many, or in too many rooms", \
	  "Nothing to do; sums have them.") \
	X(queues, "tessera_queue_depth", "gauge", "tasks", "`pool`: video, tick, audio", \
	  "Pieces of work that wait for a thread, by pool", \
	  "Above the number of cores for long: the machine cannot keep up.")
/* clang-format on */

#endif
