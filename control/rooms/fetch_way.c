#include "control/rooms/fetch_way.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "config/fetch.h"
#include "container/lookup.h"
#include <glib.h>

/* So that a server which stops waits no longer for those who look something up. A second name
 * server is asked after five. */
#define LOOKUP_NS (6 * TS_NS_PER_S)

static int is_overdue(void *until_ns)
{
	return ts_now_ns() > *(const int64_t *)until_ns;
}

static size_t resolve(void *arg, const char *host, struct sockaddr_storage *out, size_t max)
{
	int64_t until_ns = ts_now_ns() + LOOKUP_NS;
	const AVIOInterruptCB interrupt = {is_overdue, &until_ns};
	struct addrinfo *list = ts_lookup(host, "0", &interrupt);
	(void)arg;
	if (!list) return 0;
	const size_t n = ts_fetch_addresses(list, out, max);
	freeaddrinfo(list);
	return n;
}

const char *ts_fetch_way(void *arg, const char *url, struct ts_demuxer_way *out)
{
	static const struct ts_fetch_resolver resolver = {resolve, NULL};
	const struct ts_config *config = arg;
	struct ts_fetched fetched;
	const char *why = ts_fetch_admit(&fetched, &config->inputs.allow, url, &resolver);
	if (why) {
		char masked[TS_URL_MAX];
		ts_url_masked(masked, sizeof(masked), url);
		ts_count(TS_C_INPUT_REFUSED);
		ts_log_limited(TS_LOG_INFO, "input refused", "url=%s why=%s", TS_LOG_STR(masked),
			TS_LOG_STR(why));
		return why;
	}
	const struct ts_url *asked = &fetched.as_asked;
	const char *open = asked->v6 ? "[" : "", *close = asked->v6 ? "]" : "";
	g_strlcpy(out->url, fetched.url, sizeof(out->url));
	g_strlcpy(out->scheme, asked->scheme, sizeof(out->scheme));
	if (asked->port)
		g_snprintf(out->host, sizeof(out->host), "%s%s%s:%u", open, asked->host, close,
			asked->port);
	else
		g_snprintf(out->host, sizeof(out->host), "%s%s%s", open, asked->host, close);
	return NULL;
}
