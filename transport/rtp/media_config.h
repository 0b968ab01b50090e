/* media_config - what offer and answer decided about one m-line, and what is counted of it.
 *
 * Thread  any; plain data.
 * Source  RFC 3550, 4585, 4588 (RTX), 8285 (header extensions), 8843 (mid), 8851 (rid), 8853
 *         (simulcast), 5576 (SSRC groups).
 */
#ifndef TS_TRANSPORT_RTP_MEDIA_CONFIG_H
#define TS_TRANSPORT_RTP_MEDIA_CONFIG_H

#include "base/media.h"
#include "transport/secure/dtls.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_MID_MAX = 32,
	TS_PT_MAX = 40,
	TS_MEDIA_MAX = 8,
	TS_CNAME_LEN = 16,
	TS_RID_MAX = 16,   /* what the one-byte form of a header extension holds */
	TS_LAYERS_MAX = 4, /* of one m-line: each has a receiver of its own */
};

/* One of several streams of the same picture in different sizes (RFC 8853). */
struct ts_layer {
	char rid[TS_RID_MAX + 1]; /* "": told apart by these alone: */
	uint32_t ssrc, rtx_ssrc;  /* of a=ssrc-group:SIM and FID; 0: not told */
};

/* One payload type that the peer may send. */
struct ts_pt {
	uint8_t pt;
	uint8_t codec;      /* enum ts_codec; for RTX that of the repaired stream */
	/* RFC 4588: the payload type this one repairs; TS_CODEC_RED: that of its blocks; -1:
	 * neither */
	int16_t apt;
	uint32_t clock_hz;
};

/* Ids of RFC 8285 header extensions; 0: not negotiated. */
struct ts_ext_ids {
	uint8_t mid, rid, repaired_rid, audio_level, abs_send_time, abs_capture_time, twcc,
		video_orientation;
};

/* Of an m-line without ICE. Addresses are numeric. */
struct ts_plain_config {
	bool off;                  /* refused or disabled (port 0): no sockets */
	bool rtcp_mux;
	/* where the peer signals from; "": not known. The same as `address`: it is not behind a
	 * NAT, and packets of other hosts are not its own */
	char signal_host[46];
	char address[46];          /* where the peer receives; "", 0.0.0.0 or port 0: nowhere */
	uint16_t port;
	char rtcp_address[46];     /* "": as address */
	uint16_t rtcp_port;        /* 0: port + 1 */
	struct ts_srtp_keys keys;  /* profile TS_SRTP_NONE: in the clear, or: */
	/* keys come by DTLS (RFC 5763), which begins anew with another generation */
	bool dtls;
	enum ts_dtls_role dtls_role;
	uint32_t dtls_generation;
	char fingerprint[200];     /* of the peer's certificate: "sha-256 AA:BB:.." */
};

struct ts_media_config {
	char mid[TS_MID_MAX + 1];
	enum ts_media kind;
	struct ts_ext_ids ext;
	bool nack, pli, fir, remb, twcc, tmmbr; /* RTCP feedback both ends agreed on */

	/* peer to us; n_pt = 0: nothing */
	struct ts_pt pt[TS_PT_MAX];
	size_t n_pt;
	/* from a=ssrc when given; hints for demultiplexing, 0-terminated */
	uint32_t remote_ssrc[4];
	/* simulcast: what we take, the smallest first as far as the description tells; none: one
	 * stream */
	struct ts_layer layer[TS_LAYERS_MAX];
	size_t n_layers;

	/* us to peer */
	bool send;
	uint8_t send_pt;
	uint8_t send_rtx_pt;           /* 0: no RTX */
	uint8_t send_red_pt;           /* RFC 2198, of send_pt; 0: no RED */
	enum ts_codec send_codec;
	uint32_t send_ssrc, send_rtx_ssrc;
	/* what we send has transport-wide numbers (ext.twcc), and the peer tells which came */
	bool send_twcc;
	/* the peer's a=ptime (a wish) and a=maxptime (a limit; RFC 8866 6.4); 0: none. Longer
	 * packets of G.711 and G.722 are cut; Opus: mixer/audio/group.h */
	uint16_t ptime_ms, maxptime_ms;
	/* Opus: the peer's maxaveragebitrate (RFC 7587 6.1); 0: none */
	uint32_t max_audio_bps;
	bool peer_fec, peer_dtx;       /* Opus: its useinbandfec and usedtx */
	bool peer_stereo;              /* likewise its stereo: it wants two channels */

	struct ts_plain_config plain;
};

/* Statistics, written by the net thread with relaxed atomics, read by anybody. */
struct ts_media_stats {
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	uint64_t lost;               /* for good, since the start */
	uint64_t restored;           /* by RED, since the start: neither lost nor in packets_in */
	uint32_t jitter_us, rtt_us;  /* rtt 0: not known yet */
};

#endif
