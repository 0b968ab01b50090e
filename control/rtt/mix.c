#include "control/rtt/mix.h"

#include <string.h>

#define LINE "\xe2\x80\xa8" /* U+2028 */

struct ts_mix_waiting {
	uint64_t who;
	int64_t since_ns;
	char *name;
	GString *text;
};

static void waiting_free(void *waiting)
{
	struct ts_mix_waiting *w = waiting;
	g_free(w->name);
	g_string_free(w->text, TRUE);
	g_free(w);
}

void ts_mix_init(struct ts_mix *m)
{
	*m = (struct ts_mix){.line_begins = true};
	g_queue_init(&m->waiting);
}

void ts_mix_fini(struct ts_mix *m)
{
	g_queue_clear_full(&m->waiting, waiting_free);
}

static bool ends_sentence(const char *letter)
{
	return !strcmp(letter, ".") || !strcmp(letter, "?") || !strcmp(letter, "!") ||
		!strcmp(letter, "\xe3\x80\x82"); /* ideographic full stop */
}

/* Of whose turn it is. */
static void put_now(
	struct ts_mix *m, enum ts_typed_kind kind, const char *text, ts_mix_put put, void *arg)
{
	if (kind == TS_TYPED_ERASE) {
		/* never a name, or what was whole */
		if (!m->erasable) return;
		m->erasable--;
		m->sentence = m->word = false;
		put(arg, "\b");
		return;
	}
	m->line_begins = kind == TS_TYPED_LINE;
	m->word = m->line_begins || !strcmp(text, " ");
	/* "3.5" is none: a space follows it */
	m->sentence = m->line_begins || (m->sentence && m->word) || ends_sentence(text);
	if (m->line_begins)
		m->erasable = 0;
	else
		m->erasable++;
	put(arg, m->line_begins ? LINE : text);
}

static void begin_turn(struct ts_mix *m, uint64_t who, const char *name, ts_mix_put put, void *arg)
{
	g_autofree char *label = g_strdup_printf(
		"%s[%s] ", m->line_begins ? "" : LINE, *name ? name : "?");
	m->writes = who;
	m->erasable = 0;
	m->line_begins = m->sentence = m->word = false;
	put(arg, label);
}

static struct ts_mix_waiting *find(const struct ts_mix *m, uint64_t who)
{
	for (const GList *l = m->waiting.head; l; l = l->next)
		if (((struct ts_mix_waiting *)l->data)->who == who) return l->data;
	return NULL;
}

static void wait_for(struct ts_mix *m, const struct ts_mix_input *in, int64_t now_ns)
{
	struct ts_mix_waiting *w = find(m, in->who);
	if (!w && in->kind != TS_TYPED_TEXT) return;
	if (!w && m->waiting.length == TS_MIX_WAITING) {
		m->dropped++;
		return;
	}
	if (!w) {
		w = g_new0(struct ts_mix_waiting, 1);
		w->who = in->who;
		w->since_ns = now_ns;
		w->name = g_strdup(in->name);
		w->text = g_string_new(NULL);
		g_queue_push_tail(&m->waiting, w);
	}
	if (in->kind == TS_TYPED_ERASE) {
		const char *last = g_utf8_find_prev_char(w->text->str, w->text->str + w->text->len);
		if (last) g_string_truncate(w->text, (gsize)(last - w->text->str));
	} else if (w->text->len + 4 > TS_MIX_WAITING_BYTES) {
		m->dropped++;
	} else {
		g_string_append(w->text, in->kind == TS_TYPED_LINE ? "\n" : in->text);
	}
}

static bool turn_is_over(const struct ts_mix *m, int64_t waits_ns, int64_t now_ns)
{
	return !m->writes || m->line_begins || (m->sentence && m->word) ||
		now_ns - m->last_ns >= TS_MIX_IDLE_NS || (m->word && waits_ns >= TS_MIX_LONG_NS) ||
		waits_ns >= 2 * TS_MIX_LONG_NS;
}

bool ts_mix_run(struct ts_mix *m, int64_t now_ns, ts_mix_put put, void *arg)
{
	struct ts_mix_waiting *w;
	while ((w = g_queue_peek_head(&m->waiting)) &&
		turn_is_over(m, now_ns - w->since_ns, now_ns)) {
		g_queue_pop_head(&m->waiting);
		if (w->text->len) begin_turn(m, w->who, w->name, put, arg);
		for (const char *p = w->text->str; *p; p = g_utf8_next_char(p)) {
			char letter[8] = "";
			memcpy(letter, p, (size_t)(g_utf8_next_char(p) - p));
			put_now(m, *p == '\n' ? TS_TYPED_LINE : TS_TYPED_TEXT, letter, put, arg);
		}
		if (w->text->len) m->last_ns = now_ns;
		waiting_free(w);
	}
	return m->waiting.length > 0;
}

void ts_mix_take(
	struct ts_mix *m, const struct ts_mix_input *in, int64_t now_ns, ts_mix_put put, void *arg)
{
	/* a line of theirs that begins has their name again, unless they go on at once */
	const bool theirs = m->writes == in->who && !find(m, in->who);
	if (!theirs || (m->line_begins && m->waiting.length)) {
		wait_for(m, in, now_ns);
		ts_mix_run(m, now_ns, put, arg);
		return;
	}
	if (m->line_begins && in->kind == TS_TYPED_TEXT) begin_turn(m, in->who, in->name, put, arg);
	put_now(m, in->kind, in->text, put, arg);
	m->last_ns = now_ns;
	ts_mix_run(m, now_ns, put, arg);
}
