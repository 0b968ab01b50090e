#include "control/rooms/layout_store.h"

#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define SUFFIX ".json"

struct ts_layout_store {
	char *folder;
	GPtrArray *docs; /* sorted by name */
};

static void unref(gpointer doc)
{
	struct ts_layout_doc *d = doc;
	ts_layout_doc_unref(&d);
}

static char *own_folder(void)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (systemd && *systemd) return g_build_filename(systemd, "layouts", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "layouts", NULL);
}

static char *path_of(const struct ts_layout_store *store, const char *name)
{
	g_autofree char *file = g_strconcat(name, SUFFIX, NULL);
	return g_build_filename(store->folder, file, NULL);
}

/* ---- the list */

/* Where the name is, or would be. */
static bool locate(const struct ts_layout_store *store, const char *name, guint *at)
{
	for (*at = 0; *at < store->docs->len; ++*at) {
		const struct ts_layout_doc *doc = store->docs->pdata[*at];
		const int order = strcmp(doc->name, name);
		if (order >= 0) return order == 0;
	}
	return false;
}

bool ts_layout_is_shipped(const char *name)
{
	return ts_layout_shipped_named(name) != NULL;
}

struct ts_layout_doc *ts_layout_store_find(const struct ts_layout_store *store, const char *name)
{
	guint at;
	struct ts_layout_doc *shipped = ts_layout_shipped_named(name);
	if (shipped) return shipped;
	return locate(store, name, &at) ? store->docs->pdata[at] : NULL;
}

struct ts_layout_doc *ts_layout_store_at(const struct ts_layout_store *store, size_t index)
{
	size_t n_shipped = 0;
	while (n_shipped <= index && ts_layout_shipped(n_shipped)) n_shipped++;
	if (index < n_shipped) return ts_layout_shipped(index);
	return index - n_shipped < store->docs->len ? store->docs->pdata[index - n_shipped] : NULL;
}

static void insert(struct ts_layout_store *store, struct ts_layout_doc *doc, bool *replaced)
{
	guint at;
	*replaced = locate(store, doc->name, &at);
	if (*replaced) g_ptr_array_remove_index(store->docs, at);
	g_ptr_array_insert(store->docs, (gint)at, ts_layout_doc_ref(doc));
}

/* ---- files */

static void read_file(struct ts_layout_store *store, const char *file)
{
	struct ts_layout_error err = {"", "the file cannot be read"};
	struct ts_layout_doc *doc = NULL;
	g_autofree char *name = g_strndup(file, strlen(file) - strlen(SUFFIX)), *text = NULL;
	g_autofree char *path = g_build_filename(store->folder, file, NULL);
	gsize len;
	bool replaced;
	const bool ok = g_file_get_contents(path, &text, &len, NULL) &&
		!ts_layout_parse(&doc, text, len, &err);
	if (!ok || strcmp(doc->name, name) != 0 || ts_layout_is_shipped(name))
		ts_warn("layout not read", "file=%s pointer=%s error=%s", TS_LOG_STR(path),
			TS_LOG_STR(err.pointer),
			TS_LOG_STR(ok ? "the name in it is another, or that of a shipped one"
				      : err.reason));
	else
		insert(store, doc, &replaced);
	ts_layout_doc_unref(&doc);
}

static void read_folder(struct ts_layout_store *store)
{
	GDir *dir = g_dir_open(store->folder, 0, NULL);
	const char *file;
	while (dir && (file = g_dir_read_name(dir)) && store->docs->len < TS_STORED_LAYOUTS_MAX)
		if (file[0] != '.' && g_str_has_suffix(file, SUFFIX)) read_file(store, file);
	if (dir) g_dir_close(dir);
}

static int write_file(const struct ts_layout_store *store, const struct ts_layout_doc *doc)
{
	g_autofree char *path = path_of(store, doc->name);
	g_autoptr(GError) error = NULL;
	const GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT |
		G_FILE_SET_CONTENTS_DURABLE;
	if (g_mkdir_with_parents(store->folder, 0755) == 0 &&
		g_file_set_contents_full(
			path, doc->text, (gssize)strlen(doc->text), how, 0644, &error))
		return 0;
	ts_error("layout not stored", "file=%s error=%s", TS_LOG_STR(path),
		TS_LOG_STR(error ? error->message : g_strerror(errno)));
	return TS_EIO;
}

/* ---- life */

int ts_layout_store_create(struct ts_layout_store **out, const char *folder)
{
	struct ts_layout_store *store = g_new0(struct ts_layout_store, 1);
	store->folder = *folder ? g_build_filename(folder, "layouts", NULL) : own_folder();
	store->docs = g_ptr_array_new_with_free_func(unref);
	read_folder(store);
	*out = store;
	return 0;
}

void ts_layout_store_destroy(struct ts_layout_store **store)
{
	struct ts_layout_store *s = *store;
	*store = NULL;
	if (!s) return;
	g_ptr_array_unref(s->docs);
	g_free(s->folder);
	g_free(s);
}

int ts_layout_store_put(struct ts_layout_store *store, struct ts_layout_doc *doc, bool *replaced)
{
	guint at;
	if (ts_layout_is_shipped(doc->name)) return TS_EEXIST;
	if (!locate(store, doc->name, &at) && store->docs->len >= TS_STORED_LAYOUTS_MAX)
		return TS_ELIMIT;
	const int rc = write_file(store, doc);
	if (!rc) insert(store, doc, replaced);
	return rc;
}

int ts_layout_store_remove(struct ts_layout_store *store, const char *name)
{
	guint at;
	if (ts_layout_is_shipped(name)) return TS_EEXIST;
	if (!locate(store, name, &at)) return TS_ENOTFOUND;
	g_autofree char *path = path_of(store, name);
	if (g_unlink(path) && errno != ENOENT) {
		ts_error("layout not removed", "file=%s error=%s", TS_LOG_STR(path),
			g_strerror(errno));
		return TS_EIO;
	}
	g_ptr_array_remove_index(store->docs, at);
	return 0;
}
