#include "control/rtt/rtt.h"
#include "base/clock.h"
#include "base/counter.h"
#include "layout/clean.h"
#include <string.h>

struct ts_rtt {
	struct ts_rtt_config config;
	GQueue members; /* struct ts_rtt_member, by their link */
	uint64_t keys;  /* of messages, as mixes know them: odd; participants' are even */
};

struct ts_rtt_member {
	struct ts_rtt *rtt;
	struct ts_rtt_leg *leg;
	struct ts_participant *participant; /* NULL: nobody's */
	GList link;
};

/* ---- from one to the others */

static bool is_in(const struct ts_rtt_member *m, const struct ts_room *room)
{
	return m->participant && ts_participant_room(m->participant) == room;
}

/* NULL: nobody hears them there. */
static struct ts_room *room_of(const struct ts_rtt_member *m)
{
	struct ts_room *room = m->participant ? ts_participant_room(m->participant) : NULL;
	return room && !ts_registry_is_hidden(m->rtt->config.registry, room) ? room : NULL;
}

static void on_typed(void *arg, enum ts_typed_kind kind, const char *text)
{
	struct ts_rtt_member *m = arg;
	struct ts_participant_settings settings;
	const struct ts_room *room = room_of(m);
	if (!room || !ts_texts_may_write(m->participant)) return;
	ts_participant_settings(m->participant, &settings);
	const struct ts_mix_input input = {
		2 * ts_participant_key(m->participant), settings.name, kind, text};
	for (const GList *l = m->rtt->members.head; l; l = l->next) {
		struct ts_rtt_member *other = l->data;
		if (other != m && is_in(other, room))
			ts_rtt_leg_take(other->leg, &input, ts_now_ns());
	}
}

static void on_line(void *arg, const char *line)
{
	struct ts_rtt_member *m = arg;
	const struct ts_message *message;
	int64_t wait_ns;
	struct ts_room *room = room_of(m);
	const struct ts_message_wish wish = {
		.from = m->participant, .way = TS_SENT_TYPED, .text = line};
	if (room && ts_texts_may_write(m->participant))
		ts_texts_send(m->rtt->config.texts, room, &wish, ts_now_ns(), &message, &wait_ns);
}

/* ---- messages */

static void write_message(
	struct ts_rtt *rtt, struct ts_rtt_member *m, const struct ts_message *message, uint64_t who)
{
	const int64_t now_ns = ts_now_ns();
	(void)rtt;
	for (const char *p = message->text; *p; p = g_utf8_next_char(p)) {
		char letter[8] = "";
		memcpy(letter, p, (size_t)(g_utf8_next_char(p) - p));
		const struct ts_mix_input input = {
			who, message->name, TS_TYPED_TEXT, *p == '\n' ? " " : letter};
		ts_rtt_leg_take(m->leg, &input, now_ns);
	}
	ts_rtt_leg_take(
		m->leg, &(struct ts_mix_input){who, message->name, TS_TYPED_LINE, ""}, now_ns);
}

static void on_message(void *arg, const struct ts_message *message)
{
	struct ts_rtt *rtt = arg;
	if (message->way == TS_SENT_TYPED) return; /* callers have it already */
	const struct ts_room *room = ts_registry_find(rtt->config.registry, message->room);
	const uint64_t who = rtt->keys += 2;
	for (const GList *l = rtt->members.head; l; l = l->next) {
		struct ts_rtt_member *m = l->data;
		if (!room || !is_in(m, room)) continue;
		const char *id = ts_participant_id(m->participant);
		if (!strcmp(message->from, id) || (*message->to && strcmp(message->to, id) != 0))
			continue;
		write_message(rtt, m, message, who);
	}
}

/* ---- members */

int ts_rtt_open(struct ts_rtt *rtt, const char *local, struct ts_rtt_member **out)
{
	struct ts_rtt_member *m = g_new0(struct ts_rtt_member, 1);
	const struct ts_rtt_leg_config config = {.loop = rtt->config.loop,
		.local = local,
		.first_port = rtt->config.first_port,
		.last_port = rtt->config.last_port,
		.events = {on_typed, on_line, m}};
	const int err = ts_rtt_leg_open(&m->leg, &config);
	if (err) {
		g_free(m);
		return err;
	}
	m->rtt = rtt;
	m->link.data = m;
	g_queue_push_tail_link(&rtt->members, &m->link);
	ts_count(TS_C_RTT_LEGS);
	*out = m;
	return 0;
}

void ts_rtt_close(struct ts_rtt_member **member)
{
	struct ts_rtt_member *m = *member;
	*member = NULL;
	if (!m) return;
	ts_rtt_leg_close(&m->leg);
	g_queue_unlink(&m->rtt->members, &m->link);
	ts_count_add(TS_C_RTT_LEGS, -1);
	g_free(m);
}

void ts_rtt_enter(struct ts_rtt_member *m, struct ts_participant *participant)
{
	if (m) m->participant = participant;
}

struct ts_rtt_leg *ts_rtt_leg(struct ts_rtt_member *m)
{
	return m->leg;
}

void ts_rtt_create(struct ts_rtt **out, const struct ts_rtt_config *config)
{
	static const struct ts_texts_watcher watcher = {.message = on_message};
	struct ts_rtt *rtt = g_new0(struct ts_rtt, 1);
	rtt->config = *config;
	rtt->keys = 1;
	g_queue_init(&rtt->members);
	ts_texts_watch(config->texts, &watcher, rtt);
	*out = rtt;
}

void ts_rtt_destroy(struct ts_rtt **rttp)
{
	struct ts_rtt *rtt = *rttp;
	*rttp = NULL;
	if (!rtt) return;
	ts_texts_unwatch(rtt->config.texts, rtt);
	g_free(rtt);
}
