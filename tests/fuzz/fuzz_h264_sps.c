/* H.264 parameter sets and slices as the gate before libavcodec reads them. */
#include "codec/h264_gate.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ts_h264_gate gate;
	struct ts_refusal why = {0};
	struct ts_h264_sps sps;
	gate = (struct ts_h264_gate){0};
	if (ts_h264_sps_parse(&sps, data, size) == 0 &&
		(sps.width <= 0 || sps.height <= 0 || sps.refs > 16 ||
			ts_h264_sps_dpb_frames(&sps) > 16))
		abort();
	int err = ts_h264_gate(&gate, data, size, &why);
	if (!err && why.kind) abort(); /* bad bytes have no reason, and no picture */
	return 0;
}
