/* A still image from outside: what is kept of it is read the same again, and its decoder ends.
 * Decoded only where it is small: the decoders are libavcodec's. */
#include "codec/exif.h"
#include "codec/image_decode.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { DECODED_PIXELS = 64 * 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_image_file file, again;
	const char *why = NULL;
	AVFrame *frame = NULL;
	const int turned = ts_exif_orientation(data, len);
	if (turned < 1 || turned > 8) abort();
	if (ts_image_file_read(&file, data, len, &why)) {
		if (!why || file.data) abort();
		return 0;
	}
	if (file.len > len + 1 || file.width < 1 || file.height < 1 || file.orientation < 1 ||
		file.orientation > 8)
		abort();
	if (ts_image_file_read(&again, file.data, file.len, &why)) abort();
	if (again.len != file.len || again.width != file.width || again.height != file.height)
		abort();
	free(again.data);
	if ((int64_t)file.width * file.height <= DECODED_PIXELS)
		(void)ts_image_decode(&frame, &file, &why);
	if (frame && (frame->width != file.width || frame->height != file.height)) abort();
	av_frame_free(&frame);
	free(file.data);
	return 0;
}
