#include "transport/secure/fingerprint.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

enum { CERT_DAYS = 3650 };

/* ---- certificates */

X509 *ts_self_signed(EVP_PKEY *key)
{
	X509 *x = X509_new();
	if (!x) return NULL;
	uint64_t serial;
	ts_random_bytes(&serial, sizeof(serial));
	X509_NAME *name = X509_get_subject_name(x);
	bool ok = X509_set_version(x, X509_VERSION_3) &&
		ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) &&
		X509_gmtime_adj(X509_getm_notBefore(x),
			-24L * 3600) && /* a day for clocks that are behind */
		X509_gmtime_adj(X509_getm_notAfter(x), CERT_DAYS * 24L * 3600) &&
		X509_set_pubkey(x, key) &&
		X509_NAME_add_entry_by_txt(
			name, "CN", MBSTRING_ASC, (const unsigned char *)"tessera", -1, -1, 0) &&
		X509_set_issuer_name(x, name) && X509_sign(x, key, EVP_sha256()) > 0;
	if (ok) return x;
	X509_free(x);
	return NULL;
}

bool ts_fingerprint_print(char out[TS_FINGERPRINT_TEXT_MAX], X509 *x)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;
	if (!X509_digest(x, EVP_sha256(), hash, &n)) return false;
	struct ts_text text = ts_text(out, TS_FINGERPRINT_TEXT_MAX);
	ts_text_append(&text, "sha-256 ");
	for (unsigned i = 0; i < n; i++) ts_text_append(&text, i ? ":%02X" : "%02X", hash[i]);
	return true;
}

/* ---- of the peer's */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ts_fingerprint_parse(struct ts_fingerprint *out, const char *text)
{
	static const struct {
		const char *name;
		const EVP_MD *(*md)(void);
	} hashes[] = {
		{"sha-1", EVP_sha1},
		{"sha-224", EVP_sha224},
		{"sha-256", EVP_sha256},
		{"sha-384", EVP_sha384},
		{"sha-512", EVP_sha512},
	};
	out->md = NULL;
	size_t name_len = strcspn(text, " ");
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strlen(hashes[i].name) == name_len &&
			!strncasecmp(text, hashes[i].name, name_len))
			out->md = hashes[i].md();
	if (!out->md) return TS_EINVAL;

	const char *p = text + name_len + strspn(text + name_len, " ");
	int n = EVP_MD_get_size(out->md);
	for (int i = 0; i < n; i++) {
		if (i && *p++ != ':') return TS_EINVAL;
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0) return TS_EINVAL;
		out->bytes[i] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	return *p ? TS_EINVAL : TS_OK;
}

bool ts_fingerprint_is_of(const struct ts_fingerprint *fingerprint, X509 *x)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;
	return x && X509_digest(x, fingerprint->md, hash, &n) &&
		n == (unsigned)EVP_MD_get_size(fingerprint->md) &&
		CRYPTO_memcmp(hash, fingerprint->bytes, n) == 0;
}
