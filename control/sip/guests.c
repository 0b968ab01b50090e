#include "control/sip/guests.h"
#include "base/clock.h"
#include <glib.h>

#define WAIT_NS (10 * TS_NS_PER_S)

struct waiting {
	struct ts_sip_guest *guest;
	int64_t until_ns;
};

struct ts_sip_guests {
	GHashTable *waiting; /* port -> [owned] struct waiting */
};

static void free_waiting(gpointer data)
{
	struct waiting *w = data;
	g_free(w->guest);
	g_free(w);
}

void ts_sip_guests_add(struct ts_sip_guests *guests, struct ts_sip_guest *guest, int64_t now_ns)
{
	struct waiting *w = g_new(struct waiting, 1);
	*w = (struct waiting){guest, now_ns + WAIT_NS};
	g_hash_table_replace(guests->waiting, GUINT_TO_POINTER(guest->port), w);
}

struct ts_sip_guest *ts_sip_guests_take(struct ts_sip_guests *guests, uint16_t port, int64_t now_ns)
{
	struct waiting *w = g_hash_table_lookup(guests->waiting, GUINT_TO_POINTER(port));
	struct ts_sip_guest *guest = NULL;
	if (w && now_ns < w->until_ns) guest = g_steal_pointer(&w->guest);
	if (w) g_hash_table_remove(guests->waiting, GUINT_TO_POINTER(port));
	return guest;
}

static gboolean is_over(gpointer port, gpointer value, gpointer now_ns)
{
	(void)port;
	return *(const int64_t *)now_ns >= ((const struct waiting *)value)->until_ns;
}

size_t ts_sip_guests_forget(struct ts_sip_guests *guests, int64_t now_ns)
{
	g_hash_table_foreach_remove(guests->waiting, is_over, &now_ns);
	return g_hash_table_size(guests->waiting);
}

struct ts_sip_guests *ts_sip_guests_new(void)
{
	struct ts_sip_guests *guests = g_new0(struct ts_sip_guests, 1);
	guests->waiting = g_hash_table_new_full(NULL, NULL, NULL, free_waiting);
	return guests;
}

void ts_sip_guests_free(struct ts_sip_guests *guests)
{
	g_hash_table_unref(guests->waiting);
	g_free(guests);
}
