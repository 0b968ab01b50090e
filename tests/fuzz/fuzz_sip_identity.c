/* P-Asserted-Identity, Remote-Party-ID and Privacy: three parts of the input with NULs between. */
#include "control/sip/identity.h"
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *part[3] = {NULL, NULL, NULL}, *at = (const char *)data;
	size_t len[3] = {0, 0, 0}, left = size;
	for (size_t i = 0; i < 3 && left; i++) {
		const char *end = memchr(at, '\0', left);
		part[i] = at;
		len[i] = end ? (size_t)(end - at) : left;
		left -= end ? len[i] + 1 : left;
		at += len[i] + 1;
	}
	const struct ts_sip_asserted told = {part[0], part[1], part[2], len[0], len[1], len[2]};
	for (size_t cap = 16; cap <= 256; cap *= 4) {
		char *name = g_malloc(cap); /* on the heap, so that one byte too many is seen */
		ts_sip_identity(name, cap, &told);
		if (strnlen(name, cap) == cap || !g_utf8_validate(name, -1, NULL)) abort();
		for (const char *c = name; *c; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f) abort();
		g_free(name);
	}
	return 0;
}
