/* fmtp_param - the parameters of an a=fmtp one by one, and what several codecs write in theirs.
 * Private to codec/.
 *
 *   "name=value; name=value" --> ts_param_next --> names are compared without case
 *
 * Thread  none: plain functions. Source RFC 8866 6.15; x-google-start-bitrate is libwebrtc's.
 */
#ifndef TS_CODEC_FMTP_PARAM_H
#define TS_CODEC_FMTP_PARAM_H

#include "codec/registry.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct ts_param {
	const char *name, *value;
	size_t name_len, value_len;
};

static inline bool ts_param_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline void ts_param_trim(const char **s, size_t *len)
{
	for (; *len && ts_param_is_space(**s); (*s)++) (*len)--;
	for (; *len && ts_param_is_space((*s)[*len - 1]);) (*len)--;
}

static inline bool ts_param_next(const char **at, struct ts_param *p)
{
	if (!*at || !**at) return false;
	size_t len = strcspn(*at, ";");
	const char *equals = memchr(*at, '=', len);
	p->name = *at;
	p->name_len = equals ? (size_t)(equals - *at) : len;
	p->value = equals ? equals + 1 : *at + len;
	p->value_len = equals ? len - p->name_len - 1 : 0;
	*at += len;
	if (**at == ';') (*at)++;
	ts_param_trim(&p->name, &p->name_len);
	ts_param_trim(&p->value, &p->value_len);
	return true;
}

static inline bool ts_param_is(const struct ts_param *p, const char *name)
{
	return p->name_len == strlen(name) && strncasecmp(p->name, name, p->name_len) == 0;
}

/* A decimal number, capped at UINT32_MAX; anything else reads as `otherwise`. */
static inline uint32_t ts_param_number(const struct ts_param *p, uint32_t otherwise)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->value_len; i++) {
		if (p->value[i] < '0' || p->value[i] > '9') return otherwise;
		n = n * 10 + (uint64_t)(p->value[i] - '0');
		if (n > UINT32_MAX) n = UINT32_MAX;
	}
	return p->value_len ? (uint32_t)n : otherwise;
}

static inline void ts_fmtp_append_start_bitrate(char out[TS_FMTP_MAX], uint32_t kbps)
{
	size_t len = strlen(out);
	if (kbps)
		snprintf(out + len, TS_FMTP_MAX - len, "%sx-google-start-bitrate=%u",
			len ? ";" : "", kbps);
}

static inline uint32_t ts_fmtp_largest_picture(const struct ts_fmtp_wish *wish)
{
	return wish->max_picture_mb ? wish->max_picture_mb : TS_PICTURE_MB;
}

#endif
