#include "control/bfcp/server.h"
#include "base/counter.h"
#include "base/log.h"
#include <string.h>

/* All of both versions; chairs there are none, and ChairAction is refused. */
#define PRIMITIVES ((UINT32_C(1) << TS_BFCP_PRIMITIVES) - 2)
#define OLD_PRIMITIVES ((UINT32_C(1) << TS_BFCP_FLOOR_REQUEST_STATUS_ACK) - 2)
#define ATTRIBUTES ((UINT32_C(1) << TS_BFCP_ATTRIBUTES) - 2)

/* A FloorStatus tells all requests that are open, with the names of those who ask. */
_Static_assert(
	(int)TS_BFCP_INFOS_MAX > (int)TS_FLOOR_WAITING_MAX, "one who has it and those who wait");

struct ts_bfcp_room {
	enum ts_floor_rule rule;
	struct ts_floor floor;
	struct ts_bfcp_ops ops;
	void *arg;
	GQueue users;
};

struct ts_bfcp_user {
	struct ts_bfcp_user_config config;
	char name[TS_BFCP_TEXT_MAX + 1];
	struct ts_bfcp_room *room;
	GList link;
	bool heard;
	bool asked_nothing; /* a FloorQuery without floors: no FloorStatus */
	bool acks;          /* it did acknowledge something */
	uint8_t version;
	struct ts_bfcp_transactions transactions;
};

/* ---- messages */

static struct ts_bfcp_message message_to(const struct ts_bfcp_user *u, enum ts_bfcp_primitive what)
{
	return (struct ts_bfcp_message){.version = u->version,
		.primitive = (uint8_t)what,
		.conference = u->config.conference,
		.user = u->config.id};
}

static size_t write_message(
	uint8_t bytes[TS_BFCP_MESSAGE_MAX], const struct ts_bfcp_message *message)
{
	struct ts_wr w = ts_wr(bytes, TS_BFCP_MESSAGE_MAX);
	if (ts_bfcp_write(&w, message)) return 0;
	ts_count(TS_C_BFCP_OUT);
	return ts_wr_len(&w);
}

static void emit(struct ts_bfcp_user *u, const void *bytes, size_t n)
{
	if (u->room && n) u->room->ops.send(u->room->arg, u, bytes, n);
}

/* The answer to `request`, which is kept for the case that it does not arrive. */
static void answer(struct ts_bfcp_user *u, const struct ts_bfcp_message *request,
	struct ts_bfcp_message *message, int64_t now_ns)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	message->responder = true;
	message->transaction = request->transaction;
	const size_t n = write_message(bytes, message);
	if (!u->config.reliable)
		ts_bfcp_answered(&u->transactions, request->transaction, request->primitive, bytes,
			n, now_ns);
	emit(u, bytes, n);
}

static void answer_error(struct ts_bfcp_user *u, const struct ts_bfcp_message *request,
	enum ts_bfcp_error error, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_ERROR);
	m.error = (uint8_t)error;
	m.n_unknown = request->n_unknown;
	memcpy(m.unknown, request->unknown, sizeof m.unknown);
	/* in their version, where it is one */
	if (error != TS_BFCP_BAD_VERSION && request->version)
		m.version = request->version;
	else if (error == TS_BFCP_BAD_VERSION)
		m.version = u->config.reliable ? 1 : 2;
	ts_count(TS_C_BFCP_ERRORS);
	answer(u, request, &m, now_ns);
}

/* A message of ours without a question. Over TCP its number is 0, and nobody acknowledges it. */
static void notify(struct ts_bfcp_user *u, enum ts_bfcp_kind kind, struct ts_bfcp_message *message,
	int64_t now_ns)
{
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	if (!u->config.reliable) message->transaction = ts_bfcp_next_number(&u->transactions);
	const size_t n = write_message(bytes, message);
	if (!u->config.reliable && n)
		ts_bfcp_sent(&u->transactions, kind, message->transaction, bytes, n, now_ns);
	emit(u, bytes, n);
}

/* ---- what is said of requests */

static const struct ts_bfcp_user *user_of(const struct ts_bfcp_room *room, uint16_t id)
{
	for (const GList *l = room->users.head; l; l = l->next) {
		const struct ts_bfcp_user *u = l->data;
		if (u->config.id == id) return u;
	}
	return NULL;
}

/* to: whose names of the floor are used. */
static void add_info(
	struct ts_bfcp_message *m, const struct ts_bfcp_user *to, const struct ts_floor_request *r)
{
	const struct ts_bfcp_user *whose = user_of(to->room, r->user);
	if (m->n_infos == TS_BFCP_INFOS_MAX) return;
	struct ts_bfcp_request_info *info = &m->info[m->n_infos++];
	*info = (struct ts_bfcp_request_info){.id = r->id,
		.overall = {.there = true,
			.id = r->id,
			.status = (uint8_t)r->status,
			.queue = r->queue},
		.floor[0] = {.there = true, .id = to->config.floor_id},
		.n_floors = 1,
		.beneficiary = {.there = true, .id = r->user}};
	if (whose) memcpy(info->beneficiary.name, whose->name, sizeof whose->name);
}

static void fill_floor_status(struct ts_bfcp_message *m, const struct ts_bfcp_user *u)
{
	const struct ts_floor *floor = &u->room->floor;
	const struct ts_floor_request *held = ts_floor_holder(floor);
	m->floor[m->n_floors++] = u->config.floor_id;
	if (held) add_info(m, u, held);
	for (unsigned place = 1; place <= TS_FLOOR_WAITING_MAX; place++)
		for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
			if (floor->request[i].id && floor->request[i].queue == place)
				add_info(m, u, &floor->request[i]);
}

static void notify_request(struct ts_bfcp_user *u, const struct ts_floor_request *r, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_FLOOR_REQUEST_STATUS);
	add_info(&m, u, r);
	notify(u, TS_BFCP_OF_REQUEST, &m, now_ns);
}

static void notify_floor(struct ts_bfcp_user *u, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_FLOOR_STATUS);
	fill_floor_status(&m, u);
	notify(u, TS_BFCP_OF_FLOOR, &m, now_ns);
}

static void count_change(const struct ts_floor_request *r)
{
	static const enum ts_counter counter[] = {[TS_BFCP_GRANTED] = TS_C_FLOOR_GRANTED,
		[TS_BFCP_DENIED] = TS_C_FLOOR_DENIED,
		[TS_BFCP_REVOKED] = TS_C_FLOOR_REVOKED};
	if (r->status == TS_BFCP_GRANTED || r->status == TS_BFCP_DENIED ||
		r->status == TS_BFCP_REVOKED)
		ts_count(counter[r->status]);
}

/* Everybody whom a change concerns is told, but for the request that was just answered. */
static void tell(struct ts_bfcp_room *room, uint16_t answered, int64_t now_ns)
{
	const bool changed = room->floor.changed;
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++) {
		const struct ts_floor_request *r = &room->floor.request[i];
		if (!r->id || !r->changed) continue;
		count_change(r);
		struct ts_bfcp_user *u = (struct ts_bfcp_user *)user_of(room, r->user);
		if (u && u->heard && r->id != answered && !r->silent) notify_request(u, r, now_ns);
	}
	ts_floor_settle(&room->floor);
	if (!changed) return;
	for (GList *l = room->users.head; l; l = l->next) {
		struct ts_bfcp_user *u = l->data;
		if (u->heard && !u->asked_nothing) notify_floor(u, now_ns);
	}
	room->ops.held(room->arg, room);
}

/* ---- what users ask */

static void on_hello(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, bool first, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_HELLO_ACK);
	m.primitives = u->config.reliable ? OLD_PRIMITIVES : PRIMITIVES;
	m.attributes = ATTRIBUTES;
	answer(u, request, &m, now_ns);
	/* who came while somebody presents */
	if (first && !u->asked_nothing && ts_floor_holder(&u->room->floor)) notify_floor(u, now_ns);
}

static void on_floor_query(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_FLOOR_STATUS);
	for (size_t i = 0; i < request->n_floors; i++) {
		if (request->floor[i] == u->config.floor_id) continue;
		answer_error(u, request, TS_BFCP_NO_FLOOR, now_ns);
		return;
	}
	u->asked_nothing = !request->n_floors;
	if (request->n_floors) fill_floor_status(&m, u);
	answer(u, request, &m, now_ns);
}

static void answer_request_status(struct ts_bfcp_user *u, const struct ts_bfcp_message *request,
	const struct ts_floor_request *r, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_FLOOR_REQUEST_STATUS);
	add_info(&m, u, r);
	answer(u, request, &m, now_ns);
}

static void on_floor_request(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	const uint8_t priority = request->has_priority ? request->priority
						       : TS_BFCP_PRIORITY_NORMAL;
	if (request->n_floors != 1 || request->floor[0] != u->config.floor_id) {
		answer_error(u, request, TS_BFCP_NO_FLOOR, now_ns);
		return;
	}
	if (request->has_beneficiary && request->beneficiary != u->config.id) {
		answer_error(u, request, TS_BFCP_UNAUTHORIZED, now_ns);
		return;
	}
	const struct ts_floor_request *r = ts_floor_ask(
		&u->room->floor, u->config.id, priority, now_ns);
	if (!r) {
		answer_error(u, request, TS_BFCP_TOO_MANY_REQUESTS, now_ns);
		return;
	}
	ts_count(TS_C_FLOOR_REQUESTS);
	answer_request_status(u, request, r, now_ns);
	tell(u->room, r->id, now_ns);
}

static void on_floor_release(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	const struct ts_floor_request *r = request->has_request
		? ts_floor_release(&u->room->floor, u->config.id, request->request, now_ns)
		: NULL;
	if (!r) {
		answer_error(u, request, TS_BFCP_NO_REQUEST, now_ns);
		return;
	}
	answer_request_status(u, request, r, now_ns);
	tell(u->room, r->id, now_ns);
}

static void on_request_query(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	for (size_t i = 0; request->has_request && i < TS_FLOOR_REQUESTS_MAX; i++) {
		const struct ts_floor_request *r = &u->room->floor.request[i];
		if (!r->id || r->id != request->request) continue;
		answer_request_status(u, request, r, now_ns);
		return;
	}
	answer_error(u, request, TS_BFCP_NO_REQUEST, now_ns);
}

static void on_user_query(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_USER_STATUS);
	const uint16_t about = request->has_beneficiary ? request->beneficiary : u->config.id;
	const struct ts_bfcp_user *whose = user_of(u->room, about);
	if (!whose) {
		answer_error(u, request, TS_BFCP_NO_USER, now_ns);
		return;
	}
	const struct ts_floor_request *r = ts_floor_of(&u->room->floor, about);
	m.about = (struct ts_bfcp_user_info){.there = true, .id = about};
	memcpy(m.about.name, whose->name, sizeof whose->name);
	if (r) add_info(&m, u, r);
	answer(u, request, &m, now_ns);
}

static void on_goodbye(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *request, int64_t now_ns)
{
	struct ts_bfcp_message m = message_to(u, TS_BFCP_GOODBYE_ACK);
	answer(u, request, &m, now_ns);
	u->heard = false;
	ts_floor_end(&u->room->floor, u->config.id, TS_BFCP_RELEASED, now_ns);
	tell(u->room, 0, now_ns);
}

static void on_request(
	struct ts_bfcp_user *u, const struct ts_bfcp_message *m, bool first, int64_t now_ns)
{
	switch (m->primitive) {
	case TS_BFCP_HELLO: on_hello(u, m, first, now_ns); break;
	case TS_BFCP_FLOOR_QUERY: on_floor_query(u, m, now_ns); break;
	case TS_BFCP_FLOOR_REQUEST: on_floor_request(u, m, now_ns); break;
	case TS_BFCP_FLOOR_RELEASE: on_floor_release(u, m, now_ns); break;
	case TS_BFCP_FLOOR_REQUEST_QUERY: on_request_query(u, m, now_ns); break;
	case TS_BFCP_USER_QUERY: on_user_query(u, m, now_ns); break;
	case TS_BFCP_GOODBYE: on_goodbye(u, m, now_ns); break;
	default: answer_error(u, m, TS_BFCP_UNAUTHORIZED, now_ns); break; /* ChairAction */
	}
}

/* An error is an answer to ours as well. */
static bool on_answer(struct ts_bfcp_user *u, const struct ts_bfcp_message *m)
{
	if (u->config.reliable) return true;
	if (!ts_bfcp_acked(&u->transactions, m->transaction)) return false;
	u->acks |= m->primitive != TS_BFCP_ERROR;
	return true;
}

bool ts_bfcp_user_receive(struct ts_bfcp_user *u, const void *bytes, size_t n, int64_t now_ns)
{
	struct ts_bfcp_message m;
	const int error = ts_bfcp_read(&m, bytes, n);
	const bool first = !u->heard;
	ts_count(TS_C_BFCP_IN);
	if (!u->room || !u->config.floor_id) return false;
	/* a server that answers answers and errors has a partner in it */
	const bool is_request = !m.responder &&
		(error == TS_BFCP_UNKNOWN_PRIMITIVE || ts_bfcp_is_request(m.primitive));
	if (!is_request) return !error && on_answer(u, &m);
	const struct ts_bfcp_answer *before = u->config.reliable
		? NULL
		: ts_bfcp_repeated(&u->transactions, m.transaction, m.primitive, now_ns);
	if (before) {
		emit(u, before->bytes, before->len);
		return !error;
	}
	if (error) {
		answer_error(u, &m, (enum ts_bfcp_error)error, now_ns);
		return false;
	}
	u->heard = true;
	u->version = m.version;
	if (first)
		ts_info("bfcp heard", "user=%u name=%s version=%u reliable=%d first=%s",
			u->config.id, TS_LOG_STR(u->name), u->version, u->config.reliable,
			ts_bfcp_primitive_name(m.primitive));
	on_request(u, &m, first, now_ns);
	return true;
}

/* ---- who goes, and who presents without asking */

static void end_theirs(struct ts_bfcp_user *u, enum ts_bfcp_status as, int64_t now_ns)
{
	if (!u->room) return;
	ts_floor_end(&u->room->floor, u->config.id, as, now_ns);
	tell(u->room, 0, now_ns);
}

void ts_bfcp_user_lost(struct ts_bfcp_user *u, int64_t now_ns)
{
	u->heard = false;
	for (int kind = 0; kind < TS_BFCP_KINDS; kind++) u->transactions.out[kind].len = 0;
	end_theirs(u, TS_BFCP_REVOKED, now_ns);
}

void ts_bfcp_user_revoke(struct ts_bfcp_user *u, int64_t now_ns)
{
	end_theirs(u, TS_BFCP_REVOKED, now_ns);
}

bool ts_bfcp_user_seize(struct ts_bfcp_user *u, int64_t now_ns)
{
	if (!u->room || !ts_floor_seize(&u->room->floor, u->config.id, now_ns)) return false;
	tell(u->room, 0, now_ns);
	return true;
}

/* ---- time */

int64_t ts_bfcp_room_due_ns(const struct ts_bfcp_room *room)
{
	int64_t due_ns = INT64_MAX;
	for (const GList *l = room->users.head; l; l = l->next) {
		const int64_t its_ns = ts_bfcp_due_ns(
			&((const struct ts_bfcp_user *)l->data)->transactions);
		if (its_ns < due_ns) due_ns = its_ns;
	}
	return due_ns;
}

/* One that acknowledged before and does no more has crashed. One that never did may be of before
 * RFC 8855. */
static void on_failed(struct ts_bfcp_user *u, int64_t now_ns)
{
	ts_count(TS_C_BFCP_UNACKED);
	if (!u->acks) return;
	ts_info("bfcp silent", "user=%u name=%s", u->config.id, TS_LOG_STR(u->name));
	ts_bfcp_user_lost(u, now_ns);
}

int64_t ts_bfcp_room_run(struct ts_bfcp_room *room, int64_t now_ns)
{
	const struct ts_bfcp_out *out;
	bool failed;
	for (GList *l = room->users.head; l; l = l->next) {
		struct ts_bfcp_user *u = l->data;
		while ((out = ts_bfcp_due(&u->transactions, now_ns, &failed))) {
			if (failed)
				on_failed(u, now_ns);
			else
				emit(u, out->bytes, out->len);
		}
	}
	return ts_bfcp_room_due_ns(room);
}

/* ---- life */

struct ts_bfcp_room *ts_bfcp_room_new(
	enum ts_floor_rule rule, const struct ts_bfcp_ops *ops, void *arg)
{
	struct ts_bfcp_room *room = g_new0(struct ts_bfcp_room, 1);
	ts_floor_init(&room->floor, rule);
	room->ops = *ops;
	room->arg = arg;
	g_queue_init(&room->users);
	return room;
}

void ts_bfcp_room_free(struct ts_bfcp_room *room)
{
	g_assert(!room->users.length);
	g_free(room);
}

struct ts_bfcp_user *ts_bfcp_room_holder(const struct ts_bfcp_room *room)
{
	const struct ts_floor_request *held = ts_floor_holder(&room->floor);
	return held ? (struct ts_bfcp_user *)user_of(room, held->user) : NULL;
}

struct ts_bfcp_user *ts_bfcp_user_new(const struct ts_bfcp_user_config *config)
{
	struct ts_bfcp_user *u = g_new0(struct ts_bfcp_user, 1);
	const char *bad;
	u->config = *config;
	u->config.name = NULL;
	u->version = config->version;
	u->link.data = u;
	g_strlcpy(u->name, config->name, sizeof u->name);
	if (!g_utf8_validate(u->name, -1, &bad)) u->name[bad - u->name] = '\0';
	return u;
}

void ts_bfcp_user_enter(struct ts_bfcp_user *u, struct ts_bfcp_room *room, int64_t now_ns)
{
	if (u->room == room) return;
	end_theirs(u, TS_BFCP_REVOKED, now_ns);
	if (u->room) g_queue_unlink(&u->room->users, &u->link);
	u->room = room;
	if (!room) return;
	g_queue_push_tail_link(&room->users, &u->link);
	/* what they know is of another room */
	if (u->heard && !u->asked_nothing) notify_floor(u, now_ns);
}

void ts_bfcp_user_free(struct ts_bfcp_user *u, int64_t now_ns)
{
	u->heard = false; /* nothing more is sent */
	ts_bfcp_user_enter(u, NULL, now_ns);
	g_free(u);
}

void *ts_bfcp_user_arg(const struct ts_bfcp_user *u)
{
	return u->config.arg;
}

uint32_t ts_bfcp_user_conference(const struct ts_bfcp_user *u)
{
	return u->config.conference;
}

uint16_t ts_bfcp_user_id(const struct ts_bfcp_user *u)
{
	return u->config.id;
}

uint8_t ts_bfcp_user_heard(const struct ts_bfcp_user *u)
{
	return u->heard ? u->version : 0;
}

int ts_bfcp_user_floor(const struct ts_bfcp_user *u)
{
	const struct ts_floor_request *r = u->room ? ts_floor_of(&u->room->floor, u->config.id)
						   : NULL;
	return r ? (int)r->status : 0;
}

int64_t ts_bfcp_user_since_ns(const struct ts_bfcp_user *u)
{
	const struct ts_floor_request *r = u->room ? ts_floor_of(&u->room->floor, u->config.id)
						   : NULL;
	return r && r->status == TS_BFCP_GRANTED ? r->since_ns : 0;
}
