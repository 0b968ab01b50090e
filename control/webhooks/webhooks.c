#include "control/webhooks/webhooks.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "config/fetch.h"
#include "control/webhooks/store.h"
#include <glib.h>
#include <string.h>

struct entry {
	struct ts_hook *hook;
	struct ts_line_info info; /* as last told */
	struct ts_letter *letters;
	size_t n_letters;
};

struct ts_webhooks {
	const struct ts_config *config;
	char *folder;
	struct ts_courier *courier;
	GPtrArray *list; /* of struct entry; that of the file first, then the oldest */
	void (*changed)(void *arg);
	void *changed_arg;
};

static void entry_free(void *arg)
{
	struct entry *e = arg;
	ts_hook_unref(e->hook);
	g_free(e->letters);
	g_free(e);
}

static struct entry *entry_of(const struct ts_webhooks *w, const char *id)
{
	for (guint i = 0; i < w->list->len; i++) {
		struct entry *e = w->list->pdata[i];
		if (!strcmp(e->hook->id, id)) return e;
	}
	return NULL;
}

/* ---- what the courier tells */

static void on_told(void *arg, const char *id, const struct ts_line_info *info,
	const struct ts_letter *letters, size_t n)
{
	struct ts_webhooks *w = arg;
	struct entry *e = entry_of(w, id);
	if (!e) return; /* it was removed meanwhile */
	e->info = *info;
	g_free(e->letters);
	e->letters = g_memdup2(letters, n * sizeof(*letters));
	e->n_letters = n;
}

/* ---- events */

static void print_now(char out[40], int64_t unix_ms)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_ms / 1000);
	g_autofree char *text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
	g_snprintf(out, 40, "%s.%03dZ", text, (int)(unix_ms % 1000));
}

bool ts_webhooks_any(const struct ts_webhooks *w)
{
	for (guint i = 0; i < w->list->len; i++)
		if (((struct entry *)w->list->pdata[i])->hook->enabled) return true;
	return false;
}

static bool wanted(const struct ts_webhooks *w, enum ts_event_kind kind)
{
	for (guint i = 0; i < w->list->len; i++)
		if (ts_hook_wants(((struct entry *)w->list->pdata[i])->hook, kind)) return true;
	return false;
}

void ts_webhooks_event(
	struct ts_webhooks *w, enum ts_event_kind kind, const char *id, const char *data, size_t n)
{
	char when[40];
	if (!wanted(w, kind)) return;
	const int64_t unix_ms = ts_unix_ms_from_ns(ts_now_ns());
	const char *quote = *id ? "\"" : "";
	GString *text = g_string_sized_new(n + 160);
	print_now(when, unix_ms);
	g_string_printf(text, "{\"type\":\"%s\",\"id\":%s%s%s,\"timestamp\":\"%s\",\"data\":",
		ts_hook_event_name(kind), quote, *id ? id : "null", quote, when);
	g_string_append_len(text, data, (gssize)n);
	g_string_append_c(text, '}');
	ts_courier_event(w->courier, kind, g_string_free_to_bytes(text), unix_ms);
}

/* ---- the list */

const struct ts_hook *ts_webhooks_at(const struct ts_webhooks *w, size_t i)
{
	return i < w->list->len ? ((struct entry *)w->list->pdata[i])->hook : NULL;
}

const struct ts_hook *ts_webhooks_find(const struct ts_webhooks *w, const char *id)
{
	const struct entry *e = entry_of(w, id);
	return e ? e->hook : NULL;
}

struct ts_courier *ts_webhooks_courier(const struct ts_webhooks *w)
{
	return w->courier;
}

/* [take] hook */
static struct entry *set(struct ts_webhooks *w, struct ts_hook *hook)
{
	struct entry *e = entry_of(w, hook->id);
	if (!e) {
		e = g_new0(struct entry, 1);
		g_ptr_array_add(w->list, e);
	}
	ts_hook_unref(e->hook);
	e->hook = hook;
	ts_courier_put(w->courier, hook);
	if (w->changed) w->changed(w->changed_arg);
	return e;
}

static bool is_allowed(
	const struct ts_webhooks *w, const struct ts_hook *hook, struct ts_shape_error *error)
{
	if (!ts_fetch_glance(&w->config->webhooks.allow, hook->url)) return true;
	g_strlcpy(error->pointer, "/url", sizeof(error->pointer));
	g_strlcpy(error->detail, "webhooks.allow of this server does not name that host",
		sizeof(error->detail));
	return false;
}

int ts_webhooks_put(struct ts_webhooks *w, const char *given, const json_t *settings,
	const struct ts_hook **out, struct ts_shape_error *error)
{
	const int64_t now_ms = ts_unix_ms_from_ns(ts_now_ns());
	const struct entry *before = given ? entry_of(w, given) : NULL;
	char id[TS_ULID_LEN + 1];
	if (before && before->hook->by_file) return TS_EEXIST;
	if (!before && w->list->len >= (guint)w->config->webhooks.max) return TS_ELIMIT;
	ts_ulid(id, now_ms);
	struct ts_hook *hook = ts_hook_from_json(settings, before ? before->hook->id : id,
		before ? before->hook->created_ms : now_ms, error);
	int rc = hook && is_allowed(w, hook, error) ? 0 : TS_EINVAL;
	if (!rc) rc = ts_hook_store_put(w->folder, hook);
	if (rc) {
		ts_hook_unref(hook);
		return rc;
	}
	ts_info("webhook", "webhook=%s enabled=%d", hook->id, hook->enabled);
	*out = set(w, hook)->hook;
	return 0;
}

int ts_webhooks_remove(struct ts_webhooks *w, const char *id)
{
	struct entry *e = entry_of(w, id);
	if (e->hook->by_file) return TS_EEXIST;
	const int rc = ts_hook_store_remove(w->folder, e->hook->id);
	if (rc) return rc;
	ts_info("webhook removed", "webhook=%s", e->hook->id);
	ts_courier_remove(w->courier, e->hook->id);
	g_ptr_array_remove(w->list, e);
	if (w->changed) w->changed(w->changed_arg);
	return 0;
}

/* ---- as JSON */

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *number_or_null(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

json_t *ts_webhook_json(const struct ts_webhooks *w, const struct ts_hook *hook)
{
	static const char *const states[] = {[TS_LINE_IDLE] = "idle",
		[TS_LINE_SENDING] = "sending",
		[TS_LINE_WAITING] = "waiting",
		[TS_LINE_GONE] = "gone",
		[TS_LINE_OFF] = "off"};
	const struct entry *e = entry_of(w, hook->id);
	const struct ts_line_info *i = &e->info;
	json_t *json = ts_hook_shown(hook);
	json_t *now = json_pack("{s:s, s:I, s:I, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
				"s:o}",
		"state", states[hook->enabled ? i->state : TS_LINE_OFF], "queued",
		(json_int_t)i->queued, "queued_bytes", (json_int_t)i->queued_bytes, "oldest_ms",
		number_or_null(i->oldest_ms), "disk_full", i->disk_full, "delivered",
		(json_int_t)i->delivered, "dropped", (json_int_t)i->dropped, "dead",
		(json_int_t)i->dead, "dead_letters", (json_int_t)e->n_letters, "failures",
		(json_int_t)i->failures, "status", number_or_null(i->status), "error",
		text_or_null(i->error), "delivered_ms", number_or_null(i->delivered_ms), "next_ms",
		number_or_null(i->next_ms));
	json_object_update(json, now);
	json_decref(now);
	return json;
}

json_t *ts_webhook_letters_json(const struct ts_webhooks *w, const struct ts_hook *hook)
{
	const struct entry *e = entry_of(w, hook->id);
	json_t *array = json_array();
	for (size_t i = 0; i < e->n_letters; i++) {
		const struct ts_letter *l = &e->letters[i];
		json_array_append_new(array,
			json_pack("{s:s, s:I, s:i, s:i, s:o, s:s}", "id", l->id, "died_ms",
				(json_int_t)l->died_ms, "events", (int)l->n, "tries", (int)l->tries,
				"status", number_or_null(l->status), "reason", l->reason));
	}
	return array;
}

/* ---- life */

static void on_stored(void *arg, struct ts_hook *hook)
{
	struct ts_webhooks *w = arg;
	if (w->list->len < (guint)w->config->webhooks.max) {
		set(w, hook);
		return;
	}
	ts_warn("webhook not read", "webhook=%s error=%s", hook->id, "\"webhooks.max\"");
	ts_hook_unref(hook);
}

/* A webhook like those of REST. */
static int add_of_file(struct ts_webhooks *w)
{
	struct ts_shape_error error = {"/url", "makes no sense"};
	json_t *events = json_array();
	const struct ts_strings *names = &w->config->webhooks.events;
	for (size_t i = 0; i < names->n; i++)
		json_array_append_new(events, json_string(names->item[i]));
	json_t *json = json_pack("{s:s, s:s, s:o}", "url", w->config->webhooks.url, "secret",
		w->config->webhooks.secret, "events", events);
	struct ts_hook *hook = NULL;
	if (json && ts_shape_check(&ts_shape_webhook, TS_USE_BODY, json, &error))
		hook = ts_hook_from_json(
			json, TS_HOOK_OF_FILE, ts_unix_ms_from_ns(ts_now_ns()), &error);
	json_decref(json);
	if (hook && is_allowed(w, hook, &error)) {
		hook->by_file = true;
		set(w, hook);
		return 0;
	}
	ts_hook_unref(hook);
	ts_error("webhook of the configuration", "key=webhooks.%s error=%s", error.pointer + 1,
		TS_LOG_STR(error.detail));
	return TS_EINVAL;
}

int ts_webhooks_create(
	struct ts_webhooks **out, struct ts_loop *control, const struct ts_config *config)
{
	struct ts_webhooks *w = g_new0(struct ts_webhooks, 1);
	w->config = config;
	w->folder = ts_hook_store_folder(config->node.state_dir);
	w->list = g_ptr_array_new_with_free_func(entry_free);
	*out = w;
	int rc = ts_courier_create(&w->courier,
		&(struct ts_courier_config){.control = control,
			.config = config,
			.folder = w->folder,
			.told = on_told,
			.arg = w});
	if (!rc && *config->webhooks.url) rc = add_of_file(w);
	if (!rc) ts_hook_store_read(w->folder, on_stored, w);
	if (rc) ts_webhooks_destroy(out);
	return rc;
}

void ts_webhooks_watch(struct ts_webhooks *w, void (*changed)(void *arg), void *arg)
{
	w->changed = changed;
	w->changed_arg = arg;
	if (changed) changed(arg);
}

void ts_webhooks_destroy(struct ts_webhooks **wp)
{
	struct ts_webhooks *w = *wp;
	*wp = NULL;
	if (!w) return;
	ts_courier_destroy(&w->courier);
	g_ptr_array_unref(w->list);
	g_free(w->folder);
	g_free(w);
}
