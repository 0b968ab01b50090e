/* network - what was measured of the way to one peer, as a leg's owner is told of it.
 *
 *   transport-cc feedback, REMB, TMMBR, report blocks --> transport --network event--> leg
 *       --> who chooses the step that the peer is sent
 *
 * Thread  plain data, written on the net thread.
 * Source  RFC 3550 6.4.1 (loss), 5104 4.2 (TMMBR), draft-alvestrand-rmcat-remb-03,
 *         draft-ietf-rmcat-gcc-02.
 */
#ifndef TS_TRANSPORT_RTP_NETWORK_H
#define TS_TRANSPORT_RTP_NETWORK_H

#include "base/clock.h"
#include <stdbool.h>
#include <stdint.h>

struct ts_network {
	/* what our own estimate says that the way takes of all that we send, headers included; 0:
	 * there is none, as the peer gives no transport-cc feedback */
	uint32_t estimate_bps;
	/* what the peer said that it takes at most (REMB, TMMBR), the lower; 0: nothing. A REMB is
	 * hardly ever above 1.5 times what arrives: it is to be compared with sent_bps */
	uint32_t peer_bps;
	uint32_t sent_bps; /* RTP of the last second, of all kinds, headers included */
	/* less was sent than the way takes: the estimate says what is known to pass, not all that
	 * would */
	bool app_limited;
	/* a probe before anything else was sent has just filled the way: no more than the estimate
	 * passes */
	bool filled;
	uint16_t loss_permille; /* of the video stream, by its last report block, before repair */
	uint32_t reports;       /* report blocks about video so far */
	/* the same of the audio stream: before RED and in-band FEC */
	uint16_t audio_loss_permille;
	uint32_t audio_reports;
	uint32_t audio_jitter_us; /* at the peer, of what we send; 10 s at most */
	uint32_t rtt_us;        /* smoothed; 0: not known yet */
	uint32_t queue_ms;      /* how long the oldest waits for its turn on our side */
	uint32_t way_queue_ms;  /* how long packets wait on the way, as the estimate sees it */
};

/* At most so often is somebody told. */
#define TS_NETWORK_EVENT_NS (100 * TS_NS_PER_MS)

#endif
