/* The value of a=imageattr. */
#include "control/sdp/sdp.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct ts_sdp_shape *s)
{
	if (!s->width != !s->height) abort();
	if (s->width < 0 || s->width > TS_SDP_SHAPE_MAX) abort();
	if (s->height < 0 || s->height > TS_SDP_SHAPE_MAX) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_sdp_imageattr a;
	char *value = malloc(len + 1);
	if (!value) return 0;
	if (len) memcpy(value, data, len);
	value[len] = '\0';
	if (!ts_sdp_imageattr_parse(&a, value)) {
		if (a.pt < -1 || a.pt > 127) abort();
		check(&a.send);
		check(&a.recv);
	}
	free(value);
	return 0;
}
