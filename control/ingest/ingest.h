/* ingest - publishers who push into rooms by RTMP and SRT: the way in for programs and phones that
 * know nothing else. Each that is admitted is an input (control/inputs), and a participant.
 *
 *   OBS --RTMP--> rtmp_server (thread "rtmp") --\                     /--> input: demuxer ...
 *                                                > push --admission ---<
 *   ffmpeg --SRT--> srt_server (thread "srt") --/       (control)     \--> refused
 *
 * Thread  control; a server has one of its own.
 * Full    ingest.max_connections, ingest.max_per_address; as inputs: ingest.max_pushes,
 *         inputs.max_per_room; of an address limits.joins_per_second.
 */
#ifndef TS_CONTROL_INGEST_INGEST_H
#define TS_CONTROL_INGEST_INGEST_H

struct ts_config;
struct ts_guesses;
struct ts_ingest;
struct ts_inputs;
struct ts_loop;
struct ts_registry;
struct ts_throttle;

struct ts_ingest_config {
	struct ts_loop *control;
	struct ts_registry *registry;
	struct ts_inputs *inputs;
	struct ts_guesses *guesses;
	struct ts_throttle *joins; /* of each address; NULL: no limit */
	struct ts_stats *stats;    /* refusals are counted there; NULL: nowhere */
	const struct ts_config *config;
};

/* Listens where [ingest] says; all that is passed in must stay. TS_EINVAL: that address cannot be
 * listened on (logged); TS_EIO, TS_ENOMEM. */
int ts_ingest_create(struct ts_ingest **out, const struct ts_ingest_config *config);
/* The certificate of RTMPS is read again, for those who come from now on; one that is not good is
 * not taken (logged). */
void ts_ingest_reload(struct ts_ingest *ingest);
/* When the rooms are gone and control does not run any more; also of NULL. */
void ts_ingest_destroy(struct ts_ingest **ingest);

#endif
