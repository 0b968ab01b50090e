#include "control/text/screen.h"
#include "base/clock.h"
#include "base/loop.h"
#include <glib.h>

#define LOOK_NS (TS_NS_PER_S / 2)

struct ts_screen {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_texts *texts;
	GHashTable *rooms; /* ids of those where something is shown */
	struct ts_timer look;
};

/* False: nothing is shown in it any more, or it is gone. */
static bool show(struct ts_screen *s, const char *room_id, int64_t now_ns)
{
	char lines[TS_CAPTION_TEXT_MAX + 1];
	struct ts_room *room = ts_registry_find(s->registry, room_id);
	if (!room) return false;
	const bool any = ts_texts_lines(s->texts, room_id, now_ns, lines, sizeof(lines));
	ts_room_set_captions(room, lines);
	return any;
}

static void on_caption(void *arg, const struct ts_caption *c)
{
	struct ts_screen *s = arg;
	const bool idle = !g_hash_table_size(s->rooms);
	if (!show(s, c->room, c->at_ns)) return;
	g_hash_table_add(s->rooms, g_strdup(c->room));
	if (idle) ts_loop_timer_set(s->loop, &s->look, c->at_ns + LOOK_NS);
}

static void on_look(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_screen *s = ts_container_of(timer, struct ts_screen, look);
	GHashTableIter iter;
	void *id;
	g_hash_table_iter_init(&iter, s->rooms);
	while (g_hash_table_iter_next(&iter, &id, NULL))
		if (!show(s, id, now_ns)) g_hash_table_iter_remove(&iter);
	if (g_hash_table_size(s->rooms)) ts_loop_timer_set(s->loop, timer, now_ns + LOOK_NS);
}

void ts_screen_create(struct ts_screen **out, struct ts_loop *loop, struct ts_registry *registry,
	struct ts_texts *texts)
{
	static const struct ts_texts_watcher watcher = {.caption = on_caption};
	struct ts_screen *s = g_new0(struct ts_screen, 1);
	s->loop = loop;
	s->registry = registry;
	s->texts = texts;
	s->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->look.fn = on_look;
	ts_texts_watch(texts, &watcher, s);
	*out = s;
}

void ts_screen_destroy(struct ts_screen **screenp)
{
	struct ts_screen *s = *screenp;
	*screenp = NULL;
	if (!s) return;
	ts_texts_unwatch(s->texts, s);
	ts_loop_timer_cancel(s->loop, &s->look);
	g_hash_table_destroy(s->rooms);
	g_free(s);
}
