#include "control/webhooks/letters.h"

#include "base/error.h"
#include "base/log.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".json"
enum { FILE_MAX = 4 << 20 };

struct ts_letters {
	char *folder;
	size_t max;
	GArray *list; /* of struct ts_letter, the oldest first */
};

static char *path_of(const struct ts_letters *l, const char *id)
{
	return g_strdup_printf("%s/%s" SUFFIX, l->folder, id);
}

static struct ts_letter *at(const struct ts_letters *l, size_t i)
{
	return &g_array_index(l->list, struct ts_letter, i);
}

static void remove_oldest(struct ts_letters *l)
{
	g_autofree char *path = path_of(l, at(l, 0)->id);
	g_unlink(path);
	g_array_remove_index(l->list, 0);
}

/* ---- files */

/* [give] NULL: it cannot be read. */
static json_t *read_file(const char *path)
{
	GStatBuf st;
	g_autofree char *text = NULL;
	gsize n;
	if (g_stat(path, &st) || st.st_size > FILE_MAX ||
		!g_file_get_contents(path, &text, &n, NULL))
		return NULL;
	return json_loadb(text, n, 0, NULL);
}

static bool read_letter(struct ts_letter *out, const json_t *file, const char *id)
{
	const json_t *letter = json_object_get(file, "letter");
	const char *reason = json_string_value(json_object_get(letter, "reason"));
	*out = (struct ts_letter){.died_ms = json_integer_value(json_object_get(letter, "died_ms")),
		.tries = (unsigned)json_integer_value(json_object_get(letter, "tries")),
		.n = (unsigned)json_array_size(json_object_get(file, "events")),
		.status = (int)json_integer_value(json_object_get(letter, "status"))};
	g_strlcpy(out->id, id, sizeof(out->id));
	g_strlcpy(out->reason, reason ? reason : "", sizeof(out->reason));
	return letter && out->n;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct ts_letter *)a)->id, ((const struct ts_letter *)b)->id);
}

static void read_all(struct ts_letters *l)
{
	GDir *dir = g_dir_open(l->folder, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		struct ts_letter letter;
		if (strlen(name) != TS_ULID_LEN + strlen(SUFFIX) || !g_str_has_suffix(name, SUFFIX))
			continue;
		g_autofree char *path = g_build_filename(l->folder, name, NULL),
				*id = g_strndup(name, TS_ULID_LEN);
		json_t *file = read_file(path);
		if (file && read_letter(&letter, file, id))
			g_array_append_val(l->list, letter);
		else
			ts_warn("dead letter not read", "file=%s", TS_LOG_STR(path));
		json_decref(file);
	}
	if (dir) g_dir_close(dir);
	g_array_sort(l->list, compare);
	while (l->list->len > l->max) remove_oldest(l);
}

/* ---- the list */

struct ts_letters *ts_letters_open(const char *folder, size_t max)
{
	struct ts_letters *l = g_new0(struct ts_letters, 1);
	l->folder = g_strdup(folder);
	l->max = max;
	l->list = g_array_new(FALSE, FALSE, sizeof(struct ts_letter));
	read_all(l);
	return l;
}

void ts_letters_close(struct ts_letters *l)
{
	g_array_unref(l->list);
	g_free(l->folder);
	g_free(l);
}

int ts_letters_add(struct ts_letters *l, struct ts_letter *letter, const char *events)
{
	g_autoptr(GError) error = NULL;
	ts_ulid(letter->id, letter->died_ms);
	json_t *head = json_pack("{s:s, s:I, s:i, s:i, s:s, s:i}", "id", letter->id, "died_ms",
		(json_int_t)letter->died_ms, "tries", (int)letter->tries, "status", letter->status,
		"reason", letter->reason, "n", (int)letter->n);
	char *text = json_dumps(head, JSON_COMPACT);
	json_decref(head);
	g_autofree char *file = g_strdup_printf(
		"{\"letter\":%s,\n\"events\":[%s]}\n", text ? text : "{}", events);
	free(text);
	g_autofree char *path = path_of(l, letter->id);
	if (g_mkdir_with_parents(l->folder, 0700) ||
		!g_file_set_contents_full(
			path, file, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
		ts_error("dead letter not stored", "file=%s error=%s", TS_LOG_STR(path),
			TS_LOG_STR(error ? error->message : "no folder"));
		return TS_EIO;
	}
	g_array_append_val(l->list, *letter);
	while (l->list->len > l->max) remove_oldest(l);
	return 0;
}

const struct ts_letter *ts_letters_at(const struct ts_letters *l, size_t i)
{
	return i < l->list->len ? at(l, i) : NULL;
}

int ts_letters_take(
	struct ts_letters *l, int (*take)(void *arg, const char *event, size_t len), void *arg)
{
	int rc = 0;
	if (!l->list->len) return TS_ENOTFOUND;
	g_autofree char *path = path_of(l, at(l, 0)->id);
	json_t *file = read_file(path), *events = json_object_get(file, "events");
	for (size_t i = 0; i < json_array_size(events) && !rc; i++) {
		char *text = json_dumps(json_array_get(events, i),
			JSON_COMPACT | JSON_REAL_PRECISION(6) | JSON_ENCODE_ANY);
		rc = text ? take(arg, text, strlen(text)) : TS_ENOMEM;
		free(text);
	}
	json_decref(file);
	if (!rc) remove_oldest(l);
	return rc;
}

void ts_letters_clear(struct ts_letters *l)
{
	while (l->list->len) remove_oldest(l);
	g_rmdir(l->folder);
}
