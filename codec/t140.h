/* t140 - real-time text in RTP: each packet has what was typed since the last one, and again what
 * the packets before it had (RED), so that no text is lost by a lost packet.
 *
 *   text --write--> [ buffer ] --every 300 ms--> | RED headers | block n-2 | block n-1 | block n |
 *
 *   packets --in order again, gaps filled by later packets--> text, U+FFFD for what is missing
 *
 * While nothing is typed nothing is sent, but the packets that repeat the last text. The first
 * packet after that has the marker.
 * Thread  the owner's; pure, time is a parameter.
 * Source  RFC 4103, 2198 (RED), ITU-T T.140.
 * Full    TS_T140_BUFFER bytes wait to be sent: more is refused. TS_T140_HELD packets wait for one
 *         before them, a second at most: then what is missing is told.
 */
#ifndef TS_CODEC_T140_H
#define TS_CODEC_T140_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_T140_GENERATIONS = 3, /* that a packet repeats, at most */
	TS_T140_BLOCK = 256,     /* bytes that we send in one */
	TS_T140_PACKET_MAX = 12 + 4 * TS_T140_GENERATIONS + 1 +
		(TS_T140_GENERATIONS + 1) * TS_T140_BLOCK,
	TS_T140_BUFFER = 8192,
	TS_T140_HELD = 8,
	TS_T140_TAKEN_MAX = 1200, /* bytes of a packet that is read */
	TS_T140_CPS = 30,        /* letters a second, where nothing else is said (RFC 4103 6) */
	TS_T140_CPS_MAX = 150,
};

/* What both ends agreed on. */
struct ts_t140_format {
	uint8_t pt, red_pt;      /* red_pt 0: no RED */
	uint8_t generations;     /* that we repeat; 0 without RED */
	uint16_t cps;            /* that they take */
};

/* ---- what comes */

struct ts_t140_held {
	bool used;
	uint16_t seq;
	int64_t at_ns;
	size_t len;
	uint8_t payload[TS_T140_TAKEN_MAX];
	bool red;
};

/* Begins zeroed. */
struct ts_t140_in {
	bool began;
	uint32_t ssrc;
	uint16_t next; /* number of the packet that is due */
	size_t n_held;
	struct ts_t140_held held[TS_T140_HELD];
	uint64_t repaired, missing; /* packets */
};

typedef void (*ts_t140_text)(void *arg, const char *text, size_t len);

/* One packet, without SRTP. text: called for what is next, in order, or not at all. TS_EBADMSG:
 * it is none; TS_ELATE: its text was there before. */
int ts_t140_in_packet(struct ts_t140_in *in, const struct ts_t140_format *format,
	const uint8_t *packet, size_t len, int64_t now_ns, ts_t140_text text, void *arg);
/* What waited for too long is told without what is missing. */
void ts_t140_in_run(struct ts_t140_in *in, int64_t now_ns, ts_t140_text text, void *arg);
/* When that is due; INT64_MAX: nothing waits. */
int64_t ts_t140_in_due_ns(const struct ts_t140_in *in);

/* ---- what goes */

/* Begins zeroed but for ssrc and seq, which are random. */
struct ts_t140_out {
	uint32_t ssrc;
	uint16_t seq;
	int64_t start_ns;   /* of its clock; 0: nothing was sent */
	int64_t next_ns;    /* before which nothing is sent */
	bool busy;          /* something was sent that is still to be repeated */
	unsigned left;      /* so many packets more, if nothing is written */
	char buffer[TS_T140_BUFFER];
	size_t n;
	struct ts_t140_block {
		uint32_t rtp;
		size_t len;
		char bytes[TS_T140_BLOCK];
	} past[TS_T140_GENERATIONS]; /* the newest first */
};

/* text: UTF-8. False: it does not fit, and nothing of it was taken. */
bool ts_t140_out_write(struct ts_t140_out *out, const char *text, size_t len);
int64_t ts_t140_out_due_ns(const struct ts_t140_out *out); /* INT64_MAX: there is nothing to send */
/* The packet that is due. Bytes; 0: none is. */
size_t ts_t140_out_packet(struct ts_t140_out *out, const struct ts_t140_format *format,
	int64_t now_ns, uint8_t buf[TS_T140_PACKET_MAX]);

#endif
