/* The fmtp of an offer; the first byte chooses the codec. What was read must give an answer that
 * reads back. */
#include "codec/registry.h"
#include "codec/sprop.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_format format, again;
	char answer[TS_FMTP_MAX];
	if (!size) return 0;
	const struct ts_codec_info *info = ts_codec_info(1 + data[0] % (TS_CODEC_COUNT - 1));
	if (!info) return 0; /* in files, or between threads, alone */
	char *text = strndup((const char *)data + 1, size - 1);
	if (!text) abort();
	if (!info->parse_fmtp(&format, text)) {
		const struct ts_fmtp_wish wish = {.start_bitrate_kbps = data[0],
			.slides = data[0] & 1,
			.dtx = data[0] & 2,
			.max_picture_mb = data[0] & 4 ? UINT32_MAX : 0};
		info->write_fmtp(answer, &format, &wish);
		if (!memchr(answer, '\0', sizeof answer) || info->parse_fmtp(&again, answer))
			abort();
		if (again.profile_idc != format.profile_idc ||
			again.packetization_mode != format.packetization_mode)
			abort();
		if (again.level_idc > format.level_idc && !format.level_asymmetry) abort();
		ts_format_allows(&format, 1280, 720, 30);
	}
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_H265};
	for (size_t c = 0; c < sizeof codecs / sizeof codecs[0]; c++) {
		struct ts_parameter_sets sets = {0};
		ts_sprop_read(&sets, codecs[c], text);
		ts_sprop_read(&sets, codecs[c], text);
		for (size_t at = 0; at < sets.len;) {
			size_t n = (size_t)sets.bytes[at] << 8 | sets.bytes[at + 1];
			if (n < 2 || n > sets.len - at - 2) abort();
			at += 2 + n;
		}
	}
	free(text);
	return 0;
}
