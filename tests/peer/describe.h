/* describe - the peer's own offers, and what it needs of the answers. It knows the few lines it
 * writes itself and looks for the few it needs; the server's SDP module is not used, so that one
 * does not check itself. Pure.
 */
#ifndef TS_TESTS_PEER_DESCRIBE_H
#define TS_TESTS_PEER_DESCRIBE_H

#include "transport/transport.h"

enum { PEER_AUDIO = 0, PEER_VIDEO = 1, PEER_SDP_MAX = 16384, PEER_LAYERS_MAX = 3 };

struct ts_describe {
	bool audio, video;          /* m-lines at all */
	bool send_audio, send_video;
	bool receive;
	bool transport_cc;          /* offers to say when each packet of the video arrived */
	enum ts_codec send_codec;   /* of the video; NONE: as receive_codec */
	enum ts_codec receive_codec;/* the only video codec offered besides send_codec, and first */
	/* of the camera, the smallest first (a=ssrc-group:SIM); 1: no simulcast. Each layer but the
	 * first has a m-line of its own here, which the server knows nothing of. */
	size_t layers;
	uint32_t audio_ssrc, video_ssrc[PEER_LAYERS_MAX], video_rtx_ssrc[PEER_LAYERS_MAX];
};

/* Fills config.media (0 audio, 1 video) for our side, with fixed payload types. */
void ts_describe_media(const struct ts_describe *d, struct ts_transport_config *config);
/* Writes the offer into out[PEER_SDP_MAX]. */
int ts_describe_offer(const struct ts_describe *d, const struct ts_transport_local *local,
	const char *fingerprint, char *out);
/* Fills the remote_ fields and dtls_role of config from the answer. TS_EBADMSG when something
 * needed is missing. */
int ts_describe_answer(struct ts_transport_config *config, const char *sdp);

#endif
