/* tokens - JWTs as others make them, right and wrong, byte by byte. Tests only. */
#ifndef TS_TESTS_TOKENS_H
#define TS_TESTS_TOKENS_H

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static inline char *token_base64url(const void *bytes, size_t len)
{
	char *text = g_base64_encode(bytes, len);
	g_strdelimit(text, "+", '-');
	g_strdelimit(text, "/", '_');
	text[strcspn(text, "=")] = '\0';
	return text;
}

/* HEADER.PAYLOAD.MAC, signed by HMAC-SHA256 whatever the header says. [give] */
static inline char *token_of(const char *header, const char *payload, const char *secret)
{
	g_autofree char *h = token_base64url(header, strlen(header)),
			*p = token_base64url(payload, strlen(payload)),
			*text = g_strdup_printf("%s.%s", h, p);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)secret, strlen(secret));
	guint8 mac[32];
	gsize len = sizeof(mac);
	g_hmac_update(hmac, (const guchar *)text, -1);
	g_hmac_get_digest(hmac, mac, &len);
	g_hmac_unref(hmac);
	g_autofree char *s = token_base64url(mac, sizeof(mac));
	return g_strdup_printf("%s.%s", text, s);
}

/* A JWKS of one HS256 key. [give] */
static inline char *token_jwks(const char *kid, const char *secret)
{
	g_autofree char *k = token_base64url(secret, strlen(secret));
	return g_strdup_printf(
		"{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"%s\",\"k\":\"%s\"}]}",
		kid, k);
}

#define TOKEN_SECRET "0123456789abcdef0123456789abcdef"
#define TOKEN_HS256(kid) "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"" kid "\"}"

#endif
