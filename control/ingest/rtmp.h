/* rtmp - one connection of a publisher, as its server: bytes in, bytes and events out.
 *
 *   C0 C1 --> S0 S1 S2 --> connect --> (createStream) --> publish --> [ admitted? ] --> media
 *                                                            |            |
 *                                        on_publish <--------/            \--> BadName, over
 *   audio, video, metadata --> FLV: header once, then tags --> on_media
 *
 * Nothing is played, nothing but one stream is published. What is not understood is left out, as
 * clients send much of their own (_checkbw, FCSubscribe). Of FLV nothing is looked into, so that
 * whatever libavformat knows (enhanced RTMP too) comes through.
 * Pure: no socket, no clock. Thread  the owner's.
 * Source  Adobe's RTMP 1.0, 5.2 (simple handshake), 5.4, 7.2; FLV 10.1 annex E.
 * Full    until it is admitted messages are of 16 KB at most, then of 4 MB; texts of
 *         TS_RTMP_TEXT_MAX. More is an error, which ends the connection.
 */
#ifndef TS_CONTROL_INGEST_RTMP_H
#define TS_CONTROL_INGEST_RTMP_H

#include "control/ingest/rtmp_chunks.h"

enum { TS_RTMP_TEXT_MAX = 512, TS_RTMP_HANDSHAKE = 1536 };

struct ts_rtmp_events {
	/* False: it does not take more, and the connection ends. */
	bool (*send)(void *arg, const uint8_t *bytes, size_t n);
	/* app and key as they were written, queries included. Answered by ts_rtmp_answer, later or
	 * within. */
	void (*on_publish)(void *arg, const char *app, const char *key);
	bool (*on_media)(void *arg, const uint8_t *bytes, size_t n); /* as send */
};

enum ts_rtmp_state {
	TS_RTMP_C0C1,
	TS_RTMP_C2,
	TS_RTMP_CONNECTING, /* nothing was connected to yet */
	TS_RTMP_CONNECTED,
	TS_RTMP_ASKED,      /* publish was read, and not answered yet */
	TS_RTMP_PUBLISHING,
	TS_RTMP_OVER,       /* by the publisher, or refused */
};

struct ts_rtmp {
	enum ts_rtmp_state state;
	const struct ts_rtmp_events *events;
	void *arg;
	struct ts_rtmp_chunks chunks;
	uint8_t hello[1 + TS_RTMP_HANDSHAKE];
	size_t n_hello;
	char app[TS_RTMP_TEXT_MAX];
	uint32_t stream;            /* that was published */
	uint32_t ack_window;        /* bytes of the peer that want an acknowledgement */
	uint64_t received, acked;
	unsigned streams;           /* created so far */
	bool has_header, has_metadata;
	uint8_t tracks;             /* of the FLV header, by the metadata */
};

void ts_rtmp_init(struct ts_rtmp *rtmp, const struct ts_rtmp_events *events, void *arg);
void ts_rtmp_fini(struct ts_rtmp *rtmp);
/* TS_ECLOSED: it is over; TS_EBADMSG, TS_ELIMIT, TS_EFULL, TS_ENOMEM. After any only fini. */
int ts_rtmp_feed(struct ts_rtmp *rtmp, const uint8_t *bytes, size_t n);
/* To on_publish; refused: the connection is to be closed when what was sent has gone. */
int ts_rtmp_answer(struct ts_rtmp *rtmp, bool admitted);

#endif
