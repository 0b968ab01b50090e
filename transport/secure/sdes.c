#include "transport/secure/sdes.h"
#include "base/error.h"
#include "base/random.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const struct {
	const char *name;
	enum ts_srtp_profile profile;
	uint8_t key_bytes; /* with the salt */
} suites[] = {
	{NULL, TS_SRTP_NONE, 0},
	{"AES_CM_128_HMAC_SHA1_80", TS_SRTP_AES128_CM_SHA1_80, 30},
	{"AES_CM_128_HMAC_SHA1_32", TS_SRTP_AES128_CM_SHA1_32, 30},
	{"AES_256_CM_HMAC_SHA1_80", TS_SRTP_AES256_CM_SHA1_80, 46},
	{"AES_256_CM_HMAC_SHA1_32", TS_SRTP_AES256_CM_SHA1_32, 46},
	/* as drafts had it, and some phones have */
	{"AES_CM_256_HMAC_SHA1_80", TS_SRTP_AES256_CM_SHA1_80, 46},
	{"AES_CM_256_HMAC_SHA1_32", TS_SRTP_AES256_CM_SHA1_32, 46},
	{"AEAD_AES_128_GCM", TS_SRTP_AEAD_AES_128_GCM, 28},
	{"AEAD_AES_256_GCM", TS_SRTP_AEAD_AES_256_GCM, 44},
};
enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

static uint8_t suite_of(const struct ts_sdes *sdes)
{
	if (sdes->suite) return sdes->suite;
	for (uint8_t i = 1; i < SUITES; i++)
		if (suites[i].profile == sdes->profile) return i;
	return 1;
}

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
	return len == strlen(name) && !strncasecmp(word, name, len);
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

/* Characters of n bytes, without padding. */
static size_t base64_chars(size_t n)
{
	return (n * 8 + 5) / 6;
}

/* [n] bytes of text, which has as many characters as they take. */
static bool parse_base64(uint8_t *out, size_t n, const char *text)
{
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0, at = 0; i < base64_chars(n); i++) {
		const char *digit = strchr(base64, text[i]);
		if (!digit || !*digit) return false;
		bits = bits << 6 | (uint32_t)(digit - base64);
		have += 6;
		if (have < 8) continue;
		have -= 8;
		out[at++] = (uint8_t)(bits >> have);
	}
	return !(bits & ((1u << have) - 1)); /* nothing is left over */
}

static bool parse_u64(uint64_t *out, const char *digits, size_t len, bool *too_large)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9') return false;
		if (*out > (UINT64_MAX - 9) / 10) *too_large = true;
		*out = *out * 10 + (uint64_t)(digits[i] - '0');
	}
	return len > 0;
}

/* "1:4": a number and how many bytes it takes. */
static int parse_mki(struct ts_srtp_mki *out, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	uint64_t n_bytes;
	bool too_large = false;
	size_t n_id = (size_t)(colon - text);
	if (!parse_u64(&out->id, text, n_id, &too_large) ||
		!parse_u64(&n_bytes, colon + 1, len - n_id - 1, &too_large) || !n_bytes)
		return TS_EBADMSG;
	if (too_large || n_bytes > TS_SRTP_MKI_MAX) return TS_EUNSUPPORTED;
	if (n_bytes < sizeof(out->id) && out->id >> (8 * n_bytes)) return TS_EBADMSG;
	out->n_bytes = (uint8_t)n_bytes;
	return TS_OK;
}

/* "2^20" or "1048576" */
static bool is_lifetime(const char *text, size_t len)
{
	size_t digits = 0;
	if (len > 2 && !memcmp(text, "2^", 2)) {
		text += 2;
		len -= 2;
	}
	while (digits < len && text[digits] >= '0' && text[digits] <= '9') digits++;
	return digits == len && len > 0;
}

/* "inline:" key ["|" lifetime] ["|" MKI ":" length] */
static int parse_key(uint8_t key[TS_SRTP_KEY_MAX], size_t n_key, struct ts_srtp_mki *mki,
	const char *word, size_t len)
{
	static const char method[] = "inline:";
	const size_t n_method = sizeof(method) - 1, n_min = n_method + base64_chars(n_key);
	*mki = (struct ts_srtp_mki){0};
	if (len < n_min || strncasecmp(word, method, n_method) != 0) return TS_EBADMSG;
	if (!parse_base64(key, n_key, word + n_method)) return TS_EBADMSG;
	const char *at = word + n_min, *end = word + len;
	for (size_t i = n_key; i % 3 && at < end && *at == '='; i++) at++;
	bool lifetime = false;
	while (at < end) {
		if (*at++ != '|' || mki->n_bytes) return TS_EBADMSG;
		const char *bar = memchr(at, '|', (size_t)(end - at));
		size_t n = (size_t)((bar ? bar : end) - at);
		if (memchr(at, ':', n)) {
			int err = parse_mki(mki, at, n);
			if (err) return err;
		} else if (lifetime || !is_lifetime(at, n)) {
			return TS_EBADMSG;
		}
		lifetime = true;
		at += n;
	}
	return TS_OK;
}

/* Several keys are told apart by their MKIs, of one length (RFC 4568 6.1). */
static int parse_keys(struct ts_sdes *out, const char *word, size_t len)
{
	const char *end = word + len;
	out->n_more = 0;
	for (size_t i = 0; word <= end; i++) {
		const char *semicolon = memchr(word, ';', (size_t)(end - word));
		size_t n = (size_t)((semicolon ? semicolon : end) - word);
		if (i > TS_SRTP_MORE_MAX) return TS_EUNSUPPORTED;
		struct ts_srtp_key *more = i ? &out->more[i - 1] : NULL;
		int err = parse_key(i ? more->key : out->key, suites[out->suite].key_bytes,
			i ? &more->mki : &out->mki, word, n);
		if (err) return err;
		if (i && (!out->mki.n_bytes || more->mki.n_bytes != out->mki.n_bytes))
			return TS_EBADMSG;
		out->n_more = (uint8_t)i;
		word += n + 1;
	}
	return TS_OK;
}

/* Those that change nothing as long as there is no FEC and keys are derived once. */
static bool is_param_harmless(const char *word, size_t len)
{
	static const char *const prefixes[] = {"-", "WSH=", "FEC_ORDER="};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (len >= strlen(prefixes[i]) &&
			!strncasecmp(word, prefixes[i], strlen(prefixes[i])))
			return true;
	return is(word, len, "KDR=0");
}

int ts_sdes_parse(struct ts_sdes *out, const char *value)
{
	size_t len;
	*out = (struct ts_sdes){0};
	const char *word = next_word(&value, &len);
	if (!parse_tag(&out->tag, word, len)) return TS_EBADMSG;

	word = next_word(&value, &len);
	if (!len) return TS_EBADMSG;
	uint8_t suite = 1;
	while (suite < SUITES && !is(word, len, suites[suite].name)) suite++;
	if (suite == SUITES) return TS_EUNSUPPORTED;
	out->suite = suite;
	out->profile = suites[suite].profile;

	word = next_word(&value, &len);
	int err = parse_keys(out, word, len);
	while (!err && (word = next_word(&value, &len), len))
		if (!is_param_harmless(word, len)) err = TS_EUNSUPPORTED;
	return err;
}

void ts_sdes_make(struct ts_sdes *out, const struct ts_sdes *like)
{
	*out = (struct ts_sdes){.tag = like->tag,
		.profile = like->profile,
		.suite = suite_of(like),
		.mki = like->mki};
	ts_random_bytes(out->key, suites[out->suite].key_bytes);
}

void ts_sdes_keys(
	struct ts_srtp_keys *out, const struct ts_sdes *ours, const struct ts_sdes *theirs)
{
	*out = (struct ts_srtp_keys){
		.profile = theirs->profile,
		.local_mki = ours->mki,
		.remote_mki = theirs->mki,
		.n_more = theirs->n_more,
	};
	memcpy(out->local, ours->key, sizeof(out->local));
	memcpy(out->remote, theirs->key, sizeof(out->remote));
	memcpy(out->more, theirs->more, sizeof(out->more));
}

bool ts_sdes_is_key(const struct ts_sdes *theirs, const struct ts_srtp_keys *keys)
{
	if (keys->profile != theirs->profile ||
		memcmp(keys->remote, theirs->key, sizeof(keys->remote)) != 0 ||
		keys->n_more != theirs->n_more)
		return false;
	for (size_t i = 0; i < theirs->n_more; i++)
		if (memcmp(keys->more[i].key, theirs->more[i].key, sizeof(keys->more[i].key)) != 0)
			return false;
	return keys->remote_mki.id == theirs->mki.id &&
		keys->remote_mki.n_bytes == theirs->mki.n_bytes;
}

void ts_sdes_print(char out[TS_SDES_TEXT_MAX], const struct ts_sdes *sdes)
{
	char key[(TS_SRTP_KEY_MAX + 2) / 3 * 4 + 1], *at = key;
	const uint8_t suite = suite_of(sdes);
	const size_t n_key = suites[suite].key_bytes;
	for (size_t i = 0; i < n_key; i += 3) {
		uint32_t bits = (uint32_t)sdes->key[i] << 16;
		if (i + 1 < n_key) bits |= (uint32_t)sdes->key[i + 1] << 8;
		if (i + 2 < n_key) bits |= sdes->key[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6) *at++ = base64[bits >> shift & 63];
	}
	*at = 0;
	for (size_t i = n_key; i % 3; i++) *--at = '=';
	int n = snprintf(
		out, TS_SDES_TEXT_MAX, "%u %s inline:%s", sdes->tag, suites[suite].name, key);
	if (sdes->mki.n_bytes)
		snprintf(out + n, TS_SDES_TEXT_MAX - (size_t)n, "|%" PRIu64 ":%u", sdes->mki.id,
			sdes->mki.n_bytes);
	explicit_bzero(key, sizeof(key));
}
