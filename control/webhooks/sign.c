#include "control/webhooks/sign.h"

#include <glib.h>
#include <string.h>

#define PREFIX "whsec_"

/* GLib skips what is no base64; here it is an error, so that a mistyped secret is noticed. */
static bool is_base64(const char *text)
{
	const size_t n = strlen(text),
		     digits = strspn(text,
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz"
			     "0123456789+/");
	return n && n % 4 == 0 && n - digits <= 2 && strspn(text + digits, "=") == n - digits;
}

bool ts_sign_secret(struct ts_sign_key *out, const char *secret)
{
	out->n = 0;
	if (!g_str_has_prefix(secret, PREFIX) || strlen(secret) >= TS_SIGN_SECRET_MAX ||
		!is_base64(secret + strlen(PREFIX)))
		return false;
	gsize n;
	guchar *bytes = g_base64_decode(secret + strlen(PREFIX), &n);
	const bool ok = n >= TS_SIGN_KEY_MIN && n <= TS_SIGN_KEY_MAX;
	if (ok) {
		memcpy(out->bytes, bytes, n);
		out->n = n;
	}
	explicit_bzero(bytes, n);
	g_free(bytes);
	return ok;
}

void ts_sign(char out[TS_SIGNATURE_MAX], const struct ts_sign_key *key, const char *id,
	int64_t unix_s, const char *body, size_t len)
{
	guint8 digest[32];
	gsize n = sizeof(digest);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key->bytes, key->n);
	g_autofree char *head = g_strdup_printf("%s.%" G_GINT64_FORMAT ".", id, unix_s);
	g_hmac_update(hmac, (const guchar *)head, (gssize)strlen(head));
	g_hmac_update(hmac, (const guchar *)body, (gssize)len);
	g_hmac_get_digest(hmac, digest, &n);
	g_hmac_unref(hmac);
	g_autofree char *text = g_base64_encode(digest, n);
	g_snprintf(out, TS_SIGNATURE_MAX, "v1,%s", text);
}
