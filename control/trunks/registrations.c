#include "control/trunks/registrations.h"
#include "base/clock.h"
#include "base/counter.h"
#include <glib.h>
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct ts_field fields[] = {
	{"user", TS_F_STRING, .help = "A name of sip.users"},
	{"contact", TS_F_STRING, .help = "The URI that it is called by"},
	{"source", TS_F_STRING,
		.help = "Where it registered from, and is called: \"udp ADDR:PORT\""},
	{"user_agent", TS_F_STRING, TS_F_NULL},
	{"q", TS_F_NUMBER, .min = 0, .max = 1, .help = "The highest are called first"},
	{"since_ms", TS_F_INT, .help = "Unix time, as the following"},
	{"renewed_ms", TS_F_INT},
	{"expires_ms", TS_F_INT},
};
static const struct ts_shape registration = TS_SHAPE(
	"Registration", fields, "A phone that registered here");
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &registration}};
const struct ts_shape ts_shape_registrations = TS_SHAPE("Registrations", list_fields, NULL);

struct ts_registrations {
	GPtrArray *list; /* of struct ts_registration */
	int64_t counted;
};

struct ts_registrations *ts_registrations_new(void)
{
	struct ts_registrations *r = g_new0(struct ts_registrations, 1);
	r->list = g_ptr_array_new_with_free_func(g_free);
	return r;
}

void ts_registrations_free(struct ts_registrations *r)
{
	if (!r) return;
	g_ptr_array_unref(r->list);
	g_free(r);
}

static void forget_old(struct ts_registrations *r, int64_t now_ns)
{
	for (guint i = r->list->len; i-- > 0;) {
		const struct ts_registration *one = r->list->pdata[i];
		if (one->expires_ns <= now_ns) g_ptr_array_remove_index(r->list, i);
	}
	ts_count_add(TS_C_REGISTRATIONS, (int64_t)r->list->len - r->counted);
	r->counted = r->list->len;
}

void ts_registrations_handle(
	struct ts_registrations *r, const struct ts_sip_event *event, int64_t now_ns)
{
	struct ts_registration *one = NULL;
	for (guint i = 0; i < r->list->len && !one; i++) {
		struct ts_registration *other = r->list->pdata[i];
		if (!strcmp(other->user, event->user) && !strcmp(other->uri, event->from))
			one = other;
	}
	if (!one && event->expires_s) {
		one = g_new0(struct ts_registration, 1);
		one->since_unix_ms = ts_unix_ms_from_ns(now_ns);
		g_strlcpy(one->user, event->user, sizeof(one->user));
		g_strlcpy(one->uri, event->from, sizeof(one->uri));
		g_ptr_array_add(r->list, one);
	}
	if (one) {
		g_strlcpy(one->hop, event->called, sizeof(one->hop));
		g_strlcpy(one->agent, event->agent, sizeof(one->agent));
		one->q = event->code;
		one->renewed_unix_ms = ts_unix_ms_from_ns(now_ns);
		one->expires_ns = now_ns + event->expires_s * TS_NS_PER_S;
	}
	forget_old(r, now_ns);
}

static bool is_before(const struct ts_registration *one, const struct ts_registration *other)
{
	return one->q > other->q ||
		(one->q == other->q && one->renewed_unix_ms >= other->renewed_unix_ms);
}

size_t ts_registrations_of(struct ts_registrations *r, const char *user,
	const struct ts_registration **out, size_t cap, int64_t now_ns)
{
	size_t n = 0;
	forget_old(r, now_ns);
	for (guint i = 0; i < r->list->len; i++) {
		const struct ts_registration *one = r->list->pdata[i];
		if (strcmp(one->user, user) != 0) continue;
		size_t at = n;
		while (at && is_before(one, out[at - 1])) at--;
		if (at == cap) continue;
		if (n < cap) n++;
		memmove(out + at + 1, out + at, (n - at - 1) * sizeof(*out));
		out[at] = one;
	}
	return n;
}

json_t *ts_registrations_json(struct ts_registrations *r, int64_t now_ns)
{
	json_t *array = json_array();
	forget_old(r, now_ns);
	for (guint i = 0; i < r->list->len; i++) {
		const struct ts_registration *one = r->list->pdata[i];
		json_array_append_new(array,
			json_pack("{s:s, s:s, s:s, s:o, s:f, s:I, s:I, s:I}", "user", one->user,
				"contact", one->uri, "source", one->hop, "user_agent",
				*one->agent && g_utf8_validate(one->agent, -1, NULL)
					? json_string(one->agent)
					: json_null(),
				"q", one->q / 1000.0, "since_ms", (json_int_t)one->since_unix_ms,
				"renewed_ms", (json_int_t)one->renewed_unix_ms, "expires_ms",
				(json_int_t)ts_unix_ms_from_ns(one->expires_ns)));
	}
	return array;
}
