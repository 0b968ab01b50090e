#include "control/trunks/store.h"
#include "base/error.h"
#include "base/log.h"
#include "control/trunks/settings.h"
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define SUFFIX ".json"

char *ts_trunk_store_folder(const char *state_dir)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (*state_dir) return g_build_filename(state_dir, "trunks", NULL);
	if (systemd && *systemd) return g_build_filename(systemd, "trunks", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "trunks", NULL);
}

static char *path_of(const char *folder, const char *name)
{
	g_autofree char *file = g_strconcat(name, SUFFIX, NULL);
	return g_build_filename(folder, file, NULL);
}

int ts_trunk_store_put(const char *folder, const struct ts_trunk_config *config)
{
	g_autofree char *path = path_of(folder, config->name);
	g_autoptr(GError) error = NULL;
	const GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT |
		G_FILE_SET_CONTENTS_DURABLE;
	json_t *json = ts_trunk_settings(config);
	char *text = json_dumps(json, JSON_INDENT(1));
	json_decref(json);
	const bool ok = text && g_mkdir_with_parents(folder, 0700) == 0 &&
		g_file_set_contents_full(path, text, (gssize)strlen(text), how, 0600, &error);
	if (text) explicit_bzero(text, strlen(text));
	free(text);
	if (ok) return 0;
	ts_error("trunk not stored", "file=%s error=%s", TS_LOG_STR(path),
		TS_LOG_STR(error ? error->message : g_strerror(errno)));
	return TS_EIO;
}

int ts_trunk_store_remove(const char *folder, const char *name)
{
	g_autofree char *path = path_of(folder, name);
	if (!g_unlink(path) || errno == ENOENT) return 0;
	ts_error("trunk not removed", "file=%s error=%s", TS_LOG_STR(path), g_strerror(errno));
	return TS_EIO;
}

static struct ts_trunk_config *read_file(const char *folder, const char *file)
{
	struct ts_shape_error error = {"", "the file cannot be read"};
	struct ts_trunk_config *config = NULL;
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autofree char *name = g_strndup(file, strlen(file) - strlen(SUFFIX)), *text = NULL;
	gsize len;
	json_t *json = g_file_get_contents(path, &text, &len, NULL) ? json_loadb(text, len, 0, NULL)
								    : NULL;
	if (json && ts_shape_check(&ts_shape_trunk, TS_USE_BODY, json, &error))
		config = ts_trunk_from_json(json, false, &error);
	json_decref(json);
	if (text) explicit_bzero(text, len);
	if (config && !strcmp(config->name, name)) return config;
	ts_warn("trunk not read", "file=%s pointer=%s error=%s", TS_LOG_STR(path),
		TS_LOG_STR(error.pointer),
		TS_LOG_STR(config ? "the id in it is another" : error.detail));
	ts_trunk_config_unref(config);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void ts_trunk_store_read(
	const char *folder, void (*found)(void *arg, struct ts_trunk_config *config), void *arg)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *file;
	while (dir && (file = g_dir_read_name(dir)))
		if (file[0] != '.' && g_str_has_suffix(file, SUFFIX))
			g_ptr_array_add(names, g_strdup(file));
	if (dir) g_dir_close(dir);
	g_ptr_array_sort(names, compare);
	for (guint i = 0; i < names->len; i++) {
		struct ts_trunk_config *config = read_file(folder, names->pdata[i]);
		if (config) found(arg, config);
	}
	g_ptr_array_unref(names);
}
