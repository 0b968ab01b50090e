/* The fmtp of an offer; the first byte chooses the codec. What was read must give an answer that reads back. */
#include "codec/registry.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_format format, again;
	char answer[TS_FMTP_MAX];
	if (!size) return 0;
	const struct ts_codec_info *info = ts_codec_info(1 + data[0] % (TS_CODEC_COUNT - 1));
	char *text = strndup((const char *)data + 1, size - 1);
	if (!text) abort();
	if (!info->parse_fmtp(&format, text)) {
		info->write_fmtp(answer, &format, data[0]);
		if (!memchr(answer, '\0', sizeof answer) || info->parse_fmtp(&again, answer)) abort();
		if (again.profile_idc != format.profile_idc || again.packetization_mode != format.packetization_mode)
			abort();
		if (again.level_idc > format.level_idc && !format.level_asymmetry) abort();
		ts_format_allows(&format, 1280, 720, 30);
	}
	free(text);
	return 0;
}
