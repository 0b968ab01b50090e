#include "codec/libav_line.h"

#include <string.h>

static const char mask[] = "://***";

void ts_libav_line_cut(char *line)
{
	char *sign = strstr(line, "://");
	if (!sign) return;
	/* where the line has no room for the stars, it ends with what of them it has */
	const size_t room = strlen(sign), len = sizeof mask - 1, n = room < len ? room : len;
	memcpy(sign, mask, n);
	sign[n] = '\0';
}
