#include "control/webhooks/store.h"

#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".json"

char *ts_hook_store_folder(const char *state_dir)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (*state_dir) return g_build_filename(state_dir, "webhooks", NULL);
	if (systemd && *systemd) return g_build_filename(systemd, "webhooks", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "webhooks", NULL);
}

static char *path_of(const char *folder, const char *id)
{
	return g_strdup_printf("%s/%s" SUFFIX, folder, id);
}

int ts_hook_store_put(const char *folder, const struct ts_hook *hook)
{
	g_autofree char *path = path_of(folder, hook->id);
	g_autoptr(GError) error = NULL;
	const GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT |
		G_FILE_SET_CONTENTS_DURABLE;
	json_t *json = ts_hook_settings(hook);
	json_object_set_new(json, "created_ms", json_integer(hook->created_ms));
	char *text = json_dumps(json, JSON_INDENT(1));
	json_decref(json);
	const bool ok = text && g_mkdir_with_parents(folder, 0700) == 0 &&
		g_file_set_contents_full(path, text, (gssize)strlen(text), how, 0600, &error);
	if (text) explicit_bzero(text, strlen(text));
	free(text);
	if (ok) return 0;
	ts_error("webhook not stored", "file=%s error=%s", TS_LOG_STR(path),
		TS_LOG_STR(error ? error->message : g_strerror(errno)));
	return TS_EIO;
}

int ts_hook_store_remove(const char *folder, const char *id)
{
	g_autofree char *path = path_of(folder, id);
	if (!g_unlink(path) || errno == ENOENT) return 0;
	ts_error("webhook not removed", "file=%s error=%s", TS_LOG_STR(path), g_strerror(errno));
	return TS_EIO;
}

static struct ts_hook *read_file(const char *folder, const char *id)
{
	struct ts_shape_error error = {"", "the file cannot be read"};
	struct ts_hook *hook = NULL;
	g_autofree char *path = path_of(folder, id), *text = NULL;
	gsize len;
	json_t *json = g_file_get_contents(path, &text, &len, NULL) ? json_loadb(text, len, 0, NULL)
								    : NULL;
	const int64_t created_ms = json_integer_value(json_object_get(json, "created_ms"));
	if (json) json_object_del(json, "created_ms");
	if (json && ts_shape_check(&ts_shape_webhook, TS_USE_BODY, json, &error))
		hook = ts_hook_from_json(json, id, created_ms, &error);
	json_decref(json);
	if (text) explicit_bzero(text, len);
	if (!hook)
		ts_warn("webhook not read", "file=%s pointer=%s error=%s", TS_LOG_STR(path),
			TS_LOG_STR(error.pointer), TS_LOG_STR(error.detail));
	return hook;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void ts_hook_store_read(
	const char *folder, void (*found)(void *arg, struct ts_hook *hook), void *arg)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	const char *file;
	while (dir && (file = g_dir_read_name(dir)))
		if (strlen(file) == TS_ULID_LEN + strlen(SUFFIX) && g_str_has_suffix(file, SUFFIX))
			g_ptr_array_add(ids, g_strndup(file, TS_ULID_LEN));
	if (dir) g_dir_close(dir);
	g_ptr_array_sort(ids, compare);
	for (guint i = 0; i < ids->len; i++) {
		struct ts_hook *hook = read_file(folder, ids->pdata[i]);
		if (hook) found(arg, hook);
	}
	g_ptr_array_unref(ids);
}
