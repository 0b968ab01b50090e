#include "control/events/event_log.h"
#include "base/error.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_EVENTS = 4096, KEEP_BYTES = 4 * 1024 * 1024 };

struct ts_event_log {
	char boot[9];
	uint64_t seq; /* of the last */
	GQueue past;  /* in order, without a hole */
	size_t bytes;
};

/* ---- words */

static const char *const kind_names[] = {
#define X(id, name, api, person, when) [TS_EVENT_##id] = name,
	TS_EVENTS(X)
#undef X
};

struct ts_event_text *ts_event_text_new(const char *text)
{
	size_t len = strlen(text);
	struct ts_event_text *t = g_malloc(sizeof(*t) + len);
	*t = (struct ts_event_text){.refs = 1, .len = len};
	memcpy(t->bytes, text, len);
	return t;
}

struct ts_event_text *ts_event_text_ref(struct ts_event_text *text)
{
	text->refs++;
	return text;
}

void ts_event_text_unref(void *text)
{
	struct ts_event_text *t = text;
	if (!t || --t->refs) return;
	g_free(t->about);
	g_free(t);
}

/* JSON in its compact form has no line breaks: one data line. */
static struct ts_event_text *write_event(enum ts_event_kind kind, const char *id, json_t *data)
{
	char *json = data ? json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	g_autofree char *text = g_strdup_printf("event: %s\n%s%s%sdata: %s\n\n", kind_names[kind],
		*id ? "id: " : "", id, *id ? "\n" : "", json ? json : "{}");
	struct ts_event_text *t = ts_event_text_new(text);
	t->data_len = json ? strlen(json) : 2;
	t->data_at = t->len - t->data_len - 2; /* two line breaks */
	free(json);
	json_decref(data);
	return t;
}

/* ---- events */

static void write_id(const struct ts_event_log *log, char out[TS_EVENT_ID_MAX])
{
	g_snprintf(out, TS_EVENT_ID_MAX, "%s.%" PRIu64, log->boot, log->seq);
}

static struct ts_event *make(
	enum ts_event_kind kind, const char *id, const char *room, json_t *api, json_t *person)
{
	struct ts_event *event = g_new0(struct ts_event, 1);
	event->refs = 1;
	event->kind = kind;
	event->link.data = event;
	g_strlcpy(event->id, id, sizeof(event->id));
	g_strlcpy(event->room, room, sizeof(event->room));
	event->api = write_event(kind, id, api);
	if (person) event->person = write_event(kind, id, person);
	return event;
}

struct ts_event *ts_event_new(struct ts_event_log *log, enum ts_event_kind kind, const char *room,
	json_t *api, json_t *person)
{
	char id[TS_EVENT_ID_MAX];
	log->seq++;
	write_id(log, id);
	struct ts_event *event = make(kind, id, room, api, person);
	event->seq = log->seq;
	return event;
}

struct ts_event *ts_event_passing(
	enum ts_event_kind kind, const char *room, json_t *api, json_t *person)
{
	return make(kind, "", room, api, person);
}

void ts_event_unref(struct ts_event *event)
{
	if (!event || --event->refs) return;
	ts_event_text_unref(event->api);
	ts_event_text_unref(event->person);
	g_free(event);
}

void ts_event_is_state(struct ts_event *event, enum ts_event_kind kind, const char *id)
{
	struct ts_event_text *const texts[] = {event->api, event->person};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i])
			texts[i]->about = g_strdup_printf(
				"%s %s %s", kind_names[kind], event->room, id);
}

/* ---- the past */

static size_t size_of(const struct ts_event *event)
{
	return sizeof(*event) + event->api->len + (event->person ? event->person->len : 0);
}

static void forget_oldest(struct ts_event_log *log)
{
	struct ts_event *event = log->past.head->data;
	g_queue_unlink(&log->past, &event->link);
	log->bytes -= size_of(event);
	ts_event_unref(event);
}

void ts_event_log_keep(struct ts_event_log *log, struct ts_event *event)
{
	event->refs++;
	g_queue_push_tail_link(&log->past, &event->link);
	log->bytes += size_of(event);
	while (log->past.length > KEEP_EVENTS || log->bytes > KEEP_BYTES) forget_oldest(log);
}

int ts_event_log_find(struct ts_event_log *log, const char *id, struct ts_event **out)
{
	size_t boot_len = strlen(log->boot);
	guint64 seq;
	*out = NULL;
	if (strncmp(id, log->boot, boot_len) != 0 || id[boot_len] != '.') return TS_ENOTFOUND;
	if (!g_ascii_string_to_unsigned(id + boot_len + 1, 10, 0, log->seq, &seq, NULL))
		return TS_ENOTFOUND;
	if (seq == log->seq) return 0;
	if (!log->past.head || ((struct ts_event *)log->past.head->data)->seq > seq + 1)
		return TS_ENOTFOUND;
	GList *link = log->past.tail; /* who comes back missed little */
	while (link->prev && ((struct ts_event *)link->data)->seq > seq + 1) link = link->prev;
	*out = link->data;
	return 0;
}

struct ts_event *ts_event_log_next(struct ts_event *event)
{
	return event->link.next ? event->link.next->data : NULL;
}

struct ts_event_text *ts_event_log_snapshot(struct ts_event_log *log, json_t *data)
{
	char id[TS_EVENT_ID_MAX];
	write_id(log, id);
	struct ts_event_text *text = write_event(TS_EVENT_SNAPSHOT, id, data);
	text->uncounted = true;
	return text;
}

struct ts_event_text *ts_event_log_position(struct ts_event_log *log)
{
	char id[TS_EVENT_ID_MAX], text[TS_EVENT_ID_MAX + 8];
	write_id(log, id);
	g_snprintf(text, sizeof(text), "id: %s\n\n", id);
	return ts_event_text_new(text);
}

/* ---- life */

struct ts_event_log *ts_event_log_new(void)
{
	struct ts_event_log *log = g_new0(struct ts_event_log, 1);
	g_snprintf(log->boot, sizeof(log->boot), "%08x", (unsigned)ts_random_u32());
	g_queue_init(&log->past);
	return log;
}

void ts_event_log_free(struct ts_event_log *log)
{
	while (log->past.head) forget_oldest(log);
	g_free(log);
}
