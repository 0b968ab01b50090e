/* probing - clusters of packets that are sent faster than the target, to see whether they pass.
 *
 *   wanted > target, nothing stands against it --> cluster --sent by the pacer--> feedback
 *       passed: next one at once, twice as fast     failed: again after 5 s, later 10 s
 *
 * A probe lasts 20 ms, on a way with jitter up to 100. It shows the lesser of the rates at which
 * it left and came; the latter by the line through the times of arrival over those of sending,
 * which jitter hardly moves. Where it came slower than 0.9 of how it left it filled the way, and
 * 0.95 of what came is taken. A first probe is read in the way's favour: its line is less steep by
 * half the standard error that jitter leaves. At least 0.8 of its bytes have to come, in four
 * packets or more, and it may not come twice as fast as it left: then something held it back and
 * let it go at once.
 * The first probe is three times the start; where nothing is known it is all that is wanted. One is
 * under way at a time; one without result for a second and a half has failed.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 * Source  the published behaviour of libwebrtc (probe controller, probe bitrate estimator).
 */
#ifndef TS_TRANSPORT_RTP_PROBING_H
#define TS_TRANSPORT_RTP_PROBING_H

#include <stdbool.h>
#include <stdint.h>

/* Send so many bytes at that rate, by RTX padding where there is nothing else. */
struct ts_probe {
	uint8_t cluster; /* 1 to 255 */
	uint32_t bps;
	uint32_t bytes; /* at most TS_PROBE_BYTES_MAX */
};
enum { TS_PROBE_BYTES_MAX = 128 * 1024 };

struct ts_probing {
	struct ts_probe probe; /* the last one */
	bool flying;           /* asked for, no result yet */
	unsigned n_probes, n_failed; /* in all; one after the other */
	bool filled;                 /* the last one that had a result */
	int64_t asked_ns, due_ns;    /* the next one, at the earliest */
	/* what is known of the one that flies */
	unsigned told, packets; /* also lost; arrived */
	uint64_t told_bytes, bytes;
	int64_t first_sent_ns, last_sent_ns, first_arrived_ns;
	uint32_t last_sent_bytes;
	/* sums for the line through arrivals */
	double sent_ms, sent_squared, arrived_ms, arrived_squared, product;
	bool first; /* nothing was known when it was asked for */
};

struct ts_probing_input {
	double target_bps; /* 0: nothing is known yet */
	double wanted_bps;
	int64_t jitter_ns; /* the more of it, the longer a probe has to last */
};

/* False: none is due. */
bool ts_probing_next(struct ts_probing *probing, struct ts_probe *out,
	const struct ts_probing_input *in, int64_t now_ns);
/* The peer told of one of its packets, as arrived or as lost: each once. */
void ts_probing_told(
	struct ts_probing *probing, uint8_t cluster, int64_t sent_ns, uint32_t bytes);
/* One has arrived, maybe after it was told as lost. */
void ts_probing_arrived(struct ts_probing *probing, uint8_t cluster, int64_t sent_ns,
	int64_t arrived_ns, uint32_t bytes);
/* After the packets of a feedback: what a probe has shown to pass, bit/s; 0: nothing new. */
double ts_probing_result(struct ts_probing *probing, int64_t now_ns);
/* Has the last one that had a result filled the way? */
bool ts_probing_filled(const struct ts_probing *probing);
/* No probe before then. */
void ts_probing_defer(struct ts_probing *probing, int64_t until_ns);

#endif
