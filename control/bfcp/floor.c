#include "control/bfcp/floor.h"
#include <string.h>

void ts_floor_init(struct ts_floor *f, enum ts_floor_rule rule)
{
	*f = (struct ts_floor){.rule = rule, .next_id = 1};
}

/* ---- looking */

static struct ts_floor_request *find(struct ts_floor *f, uint16_t user)
{
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
		if (ts_floor_is_open(&f->request[i]) && f->request[i].user == user)
			return &f->request[i];
	return NULL;
}

static struct ts_floor_request *holder(struct ts_floor *f)
{
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
		if (f->request[i].id && f->request[i].status == TS_BFCP_GRANTED)
			return &f->request[i];
	return NULL;
}

const struct ts_floor_request *ts_floor_holder(const struct ts_floor *f)
{
	return holder((struct ts_floor *)f);
}

const struct ts_floor_request *ts_floor_of(const struct ts_floor *f, uint16_t user)
{
	return find((struct ts_floor *)f, user);
}

/* ---- changes */

static void set_status(struct ts_floor *f, struct ts_floor_request *r, enum ts_bfcp_status status)
{
	f->changed |= r->status == TS_BFCP_GRANTED || status == TS_BFCP_GRANTED;
	r->status = status;
	r->queue = 0;
	r->changed = true;
}

static void grant(struct ts_floor *f, struct ts_floor_request *r, int64_t now_ns)
{
	set_status(f, r, TS_BFCP_GRANTED);
	r->since_ns = now_ns;
}

/* Does a come before b among those who wait? */
static bool is_before(const struct ts_floor_request *a, const struct ts_floor_request *b)
{
	return a->priority != b->priority ? a->priority > b->priority : a->order < b->order;
}

static void number_queue(struct ts_floor *f)
{
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++) {
		struct ts_floor_request *r = &f->request[i];
		uint8_t place = 1;
		if (!r->id || r->status != TS_BFCP_ACCEPTED) continue;
		for (size_t k = 0; k < TS_FLOOR_REQUESTS_MAX; k++) {
			const struct ts_floor_request *other = &f->request[k];
			if (other != r && other->id && other->status == TS_BFCP_ACCEPTED &&
				is_before(other, r))
				place++;
		}
		r->changed |= r->queue != place;
		r->queue = place;
	}
}

/* The floor may be free by now. */
static void serve_queue(struct ts_floor *f, int64_t now_ns)
{
	struct ts_floor_request *next = NULL;
	if (!holder(f)) {
		for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++) {
			struct ts_floor_request *r = &f->request[i];
			if (r->id && r->status == TS_BFCP_ACCEPTED && (!next || is_before(r, next)))
				next = r;
		}
		if (next) grant(f, next, now_ns);
	}
	number_queue(f);
}

static size_t waiting(const struct ts_floor *f)
{
	size_t n = 0;
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
		n += f->request[i].id && f->request[i].status == TS_BFCP_ACCEPTED;
	return n;
}

/* Never one that somebody has: ids are told to rooms, which may ask with an old one. */
static uint16_t fresh_id(struct ts_floor *f)
{
	const uint16_t id = f->next_id++;
	if (!f->next_id) f->next_id = 1;
	return id;
}

/* One that is free, or whose end was told. At most one holds the floor and TS_FLOOR_WAITING_MAX
 * wait, so there is one. */
static struct ts_floor_request *place(struct ts_floor *f)
{
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
		if (!f->request[i].id) return &f->request[i];
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++)
		if (!ts_floor_is_open(&f->request[i])) return &f->request[i];
	return NULL;
}

static struct ts_floor_request *begin(struct ts_floor *f, uint16_t user, uint8_t priority)
{
	struct ts_floor_request *r = place(f);
	if (!r) return NULL;
	*r = (struct ts_floor_request){.id = fresh_id(f),
		.user = user,
		.priority = priority,
		.status = TS_BFCP_PENDING,
		.order = f->next_order++};
	return r;
}

struct ts_floor_request *ts_floor_ask(
	struct ts_floor *f, uint16_t user, uint8_t priority, int64_t now_ns)
{
	struct ts_floor_request *held = holder(f), *own = find(f, user);
	if (own && own == held && own->silent) { /* they presented before they asked */
		own->silent = false;
		own->priority = priority;
		return own;
	}
	if (own) return NULL;
	struct ts_floor_request *r = begin(f, user, priority);
	if (!r) return NULL;
	if (held && f->rule == TS_FLOOR_NEWEST) set_status(f, held, TS_BFCP_REVOKED);
	if (!held || f->rule == TS_FLOOR_NEWEST)
		grant(f, r, now_ns);
	else
		set_status(f, r,
			f->rule == TS_FLOOR_QUEUE && waiting(f) < TS_FLOOR_WAITING_MAX
				? TS_BFCP_ACCEPTED
				: TS_BFCP_DENIED);
	number_queue(f);
	return r;
}

bool ts_floor_seize(struct ts_floor *f, uint16_t user, int64_t now_ns)
{
	struct ts_floor_request *held = holder(f), *own = find(f, user);
	if (held && held == own) return true;
	if (held && f->rule != TS_FLOOR_NEWEST) return false;
	if (!own) own = begin(f, user, TS_BFCP_PRIORITY_NORMAL);
	if (!own) return false;
	own->silent = true;
	if (held) set_status(f, held, TS_BFCP_REVOKED);
	grant(f, own, now_ns);
	number_queue(f);
	return true;
}

bool ts_floor_pass(struct ts_floor *f, uint16_t from, uint16_t to)
{
	struct ts_floor_request *held = holder(f);
	if (!held || held->user != from || find(f, to)) return false;
	held->user = to;
	f->changed = true;
	return true;
}

static void end(
	struct ts_floor *f, struct ts_floor_request *r, enum ts_bfcp_status as, int64_t now_ns)
{
	const bool held = r->status == TS_BFCP_GRANTED;
	set_status(f, r, as == TS_BFCP_RELEASED && !held ? TS_BFCP_CANCELLED : as);
	serve_queue(f, now_ns);
}

struct ts_floor_request *ts_floor_release(
	struct ts_floor *f, uint16_t user, uint16_t id, int64_t now_ns)
{
	struct ts_floor_request *r = find(f, user);
	if (!r || r->id != id) return NULL;
	end(f, r, TS_BFCP_RELEASED, now_ns);
	return r;
}

bool ts_floor_end(struct ts_floor *f, uint16_t user, enum ts_bfcp_status as, int64_t now_ns)
{
	struct ts_floor_request *r = find(f, user);
	if (r) end(f, r, as, now_ns);
	return r;
}

void ts_floor_settle(struct ts_floor *f)
{
	f->changed = false;
	for (size_t i = 0; i < TS_FLOOR_REQUESTS_MAX; i++) {
		f->request[i].changed = false;
		if (!ts_floor_is_open(&f->request[i])) f->request[i] = (struct ts_floor_request){0};
	}
}
