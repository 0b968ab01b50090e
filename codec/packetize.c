#include "codec/packetize.h"
#include "base/error.h"
#include "codec/registry.h"
#include "codec/rtp_format.h"
#include <assert.h>

int ts_packetize(struct ts_au **out, enum ts_codec codec, int packetization_mode,
	const AVPacket *packet, size_t mtu)
{
	const struct ts_codec_info *info = ts_codec_info(codec);
	assert(info && info->can_send && info->rtp && mtu >= 64 && mtu <= UINT16_MAX);
	*out = NULL;
	if (packet->size <= 0 || packet->size > TS_UNIT_MAX_BYTES) return TS_EINVAL;
	int err = info->rtp->packetize(out, packet, packetization_mode, mtu);
	if (!err) (*out)->key = packet->flags & AV_PKT_FLAG_KEY;
	return err;
}
