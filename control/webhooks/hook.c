#include "control/webhooks/hook.h"

#include <glib.h>
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const kind_names[] = {
#define X(id, name, api, person, when) [TS_EVENT_##id] = name,
	TS_EVENTS(X)
#undef X
};
_Static_assert(G_N_ELEMENTS(kind_names) <= 64, "kinds is a bit for each");

/* What only a reader of a stream is told; and what comes many times a second, which only who names
 * it gets. */
#define BIT(kind) (UINT64_C(1) << TS_EVENT_##kind)
#define NEVER (BIT(SNAPSHOT) | BIT(RESET) | BIT(WAITING))
#define OFTEN (BIT(LEVELS) | BIT(CAPTION_INTERIM))
#define EVERY (UINT64_MAX >> (64 - G_N_ELEMENTS(kind_names)) & ~NEVER & ~OFTEN)

const char *ts_hook_event_name(enum ts_event_kind kind)
{
	return kind_names[kind];
}

/* "room.created", "room.*" or "*"; 0: none is called so. */
static uint64_t kinds_of(const char *text)
{
	const size_t len = strlen(text);
	uint64_t kinds = 0;
	if (!strcmp(text, "*")) return EVERY;
	for (size_t i = 0; i < G_N_ELEMENTS(kind_names); i++)
		if (len > 2 && !strcmp(text + len - 2, ".*")
				? !strncmp(kind_names[i], text, len - 1)
				: !strcmp(kind_names[i], text))
			kinds |= UINT64_C(1) << i;
	return kinds & ~NEVER;
}

/* ---- the shapes */

static bool url_ok(const char *text)
{
	struct ts_url url;
	return ts_url_parse(&url, text) &&
		(!strcmp(url.scheme, "https") || !strcmp(url.scheme, "http"));
}

static bool secret_ok(const char *text)
{
	struct ts_sign_key key;
	const bool ok = ts_sign_secret(&key, text);
	explicit_bzero(&key, sizeof(key));
	return ok;
}

static const char *const states[] = {"idle", "sending", "waiting", "gone", "off", NULL};
static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"url", TS_F_STRING, TS_F_NEEDED, .min = 1, .max = TS_URL_MAX - 1, .ok = url_ok,
		.pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^\\x00-\\x20]+$",
		.help = "Where events are sent, https or http, where webhooks.allow lets it; shown "
			"without user, password and query"},
	{"events", TS_F_LIST, .max = TS_HOOK_EVENTS_MAX,
		.help = "Which: names as of /v1/events, room.* for all that begin so; none: all "
			"but levels"},
	{"enabled", TS_F_BOOL, .help = "true if left out. false: what happens is not kept for it"},
	{"secret", TS_F_STRING, TS_F_NEEDED | TS_F_WRITE, .min = 38, .max = TS_SIGN_SECRET_MAX - 1,
		.ok = secret_ok, .pattern = "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$",
		.help = "whsec_ and 24 to 64 bytes in base64: the key of the signatures"},
	{"secret_end", TS_F_STRING, TS_F_READ, .help = "Its last four characters"},
	{"from_file", TS_F_BOOL, TS_F_READ, .help = "Of the configuration file: stays as it is"},
	{"created_ms", TS_F_INT, TS_F_READ, .help = "Unix time, as the following"},
	{"state", TS_F_STRING, TS_F_READ, .choices = states,
		.help = "waiting: for the next try; gone: the receiver answered 410, and nothing "
			"is kept or sent until the webhook is changed; off: not enabled"},
	{"queued", TS_F_INT, TS_F_READ, .help = "Events on disk that are not delivered yet"},
	{"queued_bytes", TS_F_INT, TS_F_READ},
	{"oldest_ms", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "When the first of these happened"},
	{"disk_full", TS_F_BOOL, TS_F_READ,
		.help = "The disk refused the last one: a megabyte is held in memory, and lost "
			"with the process"},
	{"delivered", TS_F_INT, TS_F_READ, .help = "Events since the start, as are the following"},
	{"dropped", TS_F_INT, TS_F_READ, .help = "The queue was full"},
	{"dead", TS_F_INT, TS_F_READ, .help = "Given up: they became dead letters"},
	{"dead_letters", TS_F_INT, TS_F_READ, .help = "Batches in that list now"},
	{"failures", TS_F_INT, TS_F_READ, .help = "Tries that failed since the last that did not"},
	{"status", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "Of the last answer"},
	{"error", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "Why the last try failed"},
	{"delivered_ms", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "When last"},
	{"next_ms", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "The next try"},
};
const struct ts_shape ts_shape_webhook = TS_SHAPE(
	"Webhook", fields, "Who is sent events: docs/WEBHOOKS.md");
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &ts_shape_webhook}};
const struct ts_shape ts_shape_webhooks = TS_SHAPE("Webhooks", list_fields, NULL);

static const struct ts_field test_fields[] = {
	{"delivered", TS_F_BOOL, TS_F_READ, .help = "The answer was 2xx"},
	{"status", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "Of the answer; null: there was none"},
	{"error", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "Why there was none"},
	{"ms", TS_F_INT, TS_F_READ, .help = "How long it took"},
};
const struct ts_shape ts_shape_webhook_test = TS_SHAPE("WebhookTest", test_fields, NULL);

static const struct ts_field letter_fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"died_ms", TS_F_INT, TS_F_READ, .help = "Unix time when it was given up"},
	{"events", TS_F_INT, TS_F_READ, .help = "How many are in it"},
	{"tries", TS_F_INT, TS_F_READ},
	{"status", TS_F_INT, TS_F_READ | TS_F_NULL, .help = "Of the last answer"},
	{"reason", TS_F_STRING, TS_F_READ},
};
static const struct ts_shape letter = TS_SHAPE("DeadLetter", letter_fields,
	"A batch that was given up; its events are in STATE/webhooks/ID/dead/");
static const struct ts_field letters_fields[] = {
	{"items", TS_F_LIST, .of = &letter, .help = "The oldest first"}};
const struct ts_shape ts_shape_dead_letters = TS_SHAPE("DeadLetters", letters_fields, NULL);

/* ---- from JSON and back */

static bool read_events(struct ts_hook *hook, const json_t *list, struct ts_shape_error *error)
{
	const size_t n = json_array_size(list);
	hook->events = g_new0(char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const uint64_t kinds = text ? kinds_of(text) : 0;
		hook->events[i] = g_strdup(text ? text : "");
		hook->kinds |= kinds;
		if (kinds) continue;
		g_snprintf(error->pointer, sizeof(error->pointer), "/events/%zu", i);
		g_snprintf(error->detail, sizeof(error->detail),
			"no event that webhooks are sent is called so: docs/API.md");
		return false;
	}
	if (!n) hook->kinds = EVERY;
	return true;
}

struct ts_hook *ts_hook_from_json(
	const json_t *json, const char *id, int64_t created_ms, struct ts_shape_error *error)
{
	struct ts_hook *hook = g_new0(struct ts_hook, 1);
	const char *secret = json_string_value(json_object_get(json, "secret"));
	ts_ref_init(&hook->refs, 1);
	g_strlcpy(hook->id, id, sizeof(hook->id));
	g_strlcpy(hook->url, json_string_value(json_object_get(json, "url")), sizeof(hook->url));
	g_strlcpy(hook->secret, secret, sizeof(hook->secret));
	ts_sign_secret(&hook->key, secret);
	hook->enabled = !json_is_false(json_object_get(json, "enabled"));
	hook->created_ms = created_ms;
	if (read_events(hook, json_object_get(json, "events"), error)) return hook;
	ts_hook_unref(hook);
	return NULL;
}

struct ts_hook *ts_hook_ref(struct ts_hook *hook)
{
	ts_ref_get(&hook->refs);
	return hook;
}

void ts_hook_unref(void *arg)
{
	struct ts_hook *hook = arg;
	if (!hook || !ts_ref_put(&hook->refs)) return;
	g_strfreev(hook->events);
	explicit_bzero(hook, sizeof(*hook));
	g_free(hook);
}

static json_t *events_json(const struct ts_hook *hook)
{
	json_t *array = json_array();
	for (size_t i = 0; hook->events[i]; i++)
		json_array_append_new(array, json_string(hook->events[i]));
	return array;
}

json_t *ts_hook_settings(const struct ts_hook *hook)
{
	return json_pack("{s:s, s:s, s:b, s:o}", "url", hook->url, "secret", hook->secret,
		"enabled", hook->enabled, "events", events_json(hook));
}

json_t *ts_hook_shown(const struct ts_hook *hook)
{
	char url[TS_URL_MAX];
	ts_url_masked(url, sizeof(url), hook->url);
	return json_pack("{s:s, s:s, s:o, s:b, s:s, s:b, s:I}", "id", hook->id, "url", url,
		"events", events_json(hook), "enabled", hook->enabled, "secret_end",
		hook->secret + strlen(hook->secret) - 4, "from_file", hook->by_file, "created_ms",
		(json_int_t)hook->created_ms);
}

bool ts_hook_shows_url(const struct ts_hook *hook, const char *url)
{
	char shown[TS_URL_MAX];
	ts_url_masked(shown, sizeof(shown), hook->url);
	return url && !strcmp(url, shown);
}

bool ts_hook_wants(const struct ts_hook *hook, enum ts_event_kind kind)
{
	return hook->enabled && hook->kinds >> kind & 1;
}
