#include "transport/sdes.h"
#include "base/error.h"
#include "base/random.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { KEY_CHARS = 40 }; /* of 30 bytes: base64 without padding */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const struct {
	const char *name;
	enum ts_srtp_profile profile;
} suites[] = {
	{"AES_CM_128_HMAC_SHA1_80", TS_SRTP_AES128_CM_SHA1_80},
	{"AES_CM_128_HMAC_SHA1_32", TS_SRTP_AES128_CM_SHA1_32},
};

static const char *next_word(const char **at, size_t *len)
{
	*at += strspn(*at, " \t");
	const char *word = *at;
	*len = strcspn(word, " \t\r\n");
	*at += *len;
	return word;
}

static bool is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(word, name, len);
}

static bool parse_tag(uint32_t *out, const char *word, size_t len)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9') return false;
		*out = *out * 10 + (uint32_t)(word[i] - '0');
	}
	return len >= 1 && len <= 9;
}

static bool parse_base64(uint8_t out[TS_SRTP_KEY_MAX], const char *text)
{
	for (size_t i = 0; i < KEY_CHARS; i += 4) {
		uint32_t bits = 0;
		for (size_t k = 0; k < 4; k++) {
			const char *digit = strchr(base64, text[i + k]);
			if (!digit || !*digit) return false;
			bits = bits << 6 | (uint32_t)(digit - base64);
		}
		*out++ = (uint8_t)(bits >> 16);
		*out++ = (uint8_t)(bits >> 8);
		*out++ = (uint8_t)bits;
	}
	return true;
}

/* "inline:" key ["|" lifetime] ["|" MKI ":" length] [";" another] */
static int parse_key(struct ts_sdes *out, const char *word, size_t len)
{
	static const char method[] = "inline:";
	const size_t n_method = sizeof(method) - 1, n_min = n_method + KEY_CHARS;
	if (len < n_min || strncmp(word, method, n_method)) return TS_EBADMSG;
	if (!parse_base64(out->key, word + n_method)) return TS_EBADMSG;
	if (len == n_min) return TS_OK;
	if (word[n_min] == ';') return TS_EUNSUPPORTED;
	if (word[n_min] != '|') return TS_EBADMSG;
	for (size_t i = n_min + 1; i < len; i++) {
		if (strchr("|:;", word[i])) return TS_EUNSUPPORTED;
		if (!strchr("0123456789^", word[i])) return TS_EBADMSG;
	}
	return TS_OK;
}

int ts_sdes_parse(struct ts_sdes *out, const char *value)
{
	size_t len;
	const char *word = next_word(&value, &len);
	if (!parse_tag(&out->tag, word, len)) return TS_EBADMSG;

	word = next_word(&value, &len);
	if (!len) return TS_EBADMSG;
	size_t suite = 0;
	while (suite < sizeof(suites) / sizeof(suites[0]) && !is(word, len, suites[suite].name)) suite++;
	if (suite == sizeof(suites) / sizeof(suites[0])) return TS_EUNSUPPORTED;
	out->profile = suites[suite].profile;

	word = next_word(&value, &len);
	int err = parse_key(out, word, len);
	while (!err && (word = next_word(&value, &len), len))
		if (word[0] != '-' && strncmp(word, "WSH=", 4) != 0) err = TS_EUNSUPPORTED;
	return err;
}

void ts_sdes_make(struct ts_sdes *out, uint32_t tag, enum ts_srtp_profile profile)
{
	out->tag = tag;
	out->profile = profile;
	ts_random_bytes(out->key, sizeof(out->key));
}

void ts_sdes_print(char out[TS_SDES_TEXT_MAX], const struct ts_sdes *sdes)
{
	char key[KEY_CHARS + 1], *at = key;
	for (size_t i = 0; i < TS_SRTP_KEY_MAX; i += 3) {
		uint32_t bits = (uint32_t)sdes->key[i] << 16 | (uint32_t)sdes->key[i + 1] << 8 | sdes->key[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6) *at++ = base64[bits >> shift & 63];
	}
	*at = 0;
	const char *suite = sdes->profile == suites[0].profile ? suites[0].name : suites[1].name;
	snprintf(out, TS_SDES_TEXT_MAX, "%u %s inline:%s", sdes->tag, suite, key);
	explicit_bzero(key, sizeof(key));
}
