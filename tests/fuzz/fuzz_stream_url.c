/* URLs of streams and inputs, and rules of where they may go: what is shown of a URL has none of
 * its user, password, key or passphrase in it. */
#include "base/url.h"
#include "config/place.h"
#include "container/stream_url.h"
#include <stdlib.h>
#include <string.h>

/* Long enough that it stands in what is shown by no accident, and of no signs that stand between
 * the parts; not what *** stands beside. */
static void check_hidden(const struct ts_stream_url *u, const char *shown, const char *secret)
{
	enum { LONG = 12 };
	if (strlen(secret) < LONG || strpbrk(secret, "?&=/:@")) return;
	if (strstr(u->host, secret) || strstr(u->path, secret)) return;
	if (strstr(shown, secret)) abort();
}

/* One whose host was taken is read the same when it is written anew, and what is shown of it has no
 * user. */
static void check_input(const char *text)
{
	struct ts_url u, again;
	char written[2 * TS_URL_MAX], shown[2 * TS_URL_MAX];
	ts_url_masked(shown, sizeof shown, text);
	if (!ts_url_parse(&u, text)) return;
	if (!*u.host || strlen(shown) > TS_URL_MAX + 16) abort();
	if (strlen(u.user) >= 12 && !strstr(u.host, u.user) && !strstr(u.rest, u.user) &&
		strstr(shown, u.user))
		abort();
	if (!ts_url_to(written, sizeof written, &u, u.host)) abort();
	if (!ts_url_parse(&again, written)) {
		if (strlen(written) < TS_URL_MAX) abort();
		return;
	}
	if (strcmp(again.host, u.host) || again.port != u.port || strcmp(again.rest, u.rest) ||
		strcmp(again.user, u.user))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_stream_url u;
	struct ts_place place;
	char shown[TS_STREAM_URL_MAX + 1];
	char *text = malloc(size + 1);
	if (!text) abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (int list = TS_PLACES_DIAL; list <= TS_PLACES_INPUTS; list++)
		ts_place_parse(&place, (enum ts_place_list)list, text);
	check_input(text);
	const char *wrong = ts_stream_url_parse(&u, text);
	ts_stream_url_mask(shown, text);
	if (wrong && strcmp(shown, "***") != 0) abort();
	if (!wrong) {
		if (!u.port || strlen(shown) > TS_STREAM_URL_MAX) abort();
		check_hidden(&u, shown, u.user);
		check_hidden(&u, shown, u.password);
		check_hidden(&u, shown, u.key);
		check_hidden(&u, shown, u.passphrase);
	}
	free(text);
	return 0;
}
