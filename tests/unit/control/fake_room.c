#include "tests/unit/control/fake_room.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include "mixer/room/matrix.h"
#include "mixer/room/personal.h"
#include "mixer/room/snapshot.h"
#include "mixer/room/views.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ts_participant {
	struct ts_room *room;
	struct ts_room_view *view;
	struct ts_participant *next, *predecessor;
	char id[TS_ULID_LEN + 1], identity[TS_IDENTITY_MAX + 1];
	char card[TS_CARD_MAX + 1];
	struct ts_participant_settings settings;
	struct ts_wants wants;
	struct ts_volumes *volumes;
	enum ts_kind kind;
	uint64_t key;
	ts_join_ready ready;
	void *arg;
	bool left, connecting, wants_digits, pressed_by_tone;
	struct ts_room *moves_to, *moved_from;
};

struct ts_room_view {
	struct ts_room *room;
	struct ts_room_view *next;
	struct ts_room_view_config config;
	struct ts_layout layout;
};

struct ts_room {
	struct ts_room *next;
	struct ts_room_config config;
	struct ts_layout_doc *doc;
	struct ts_wishes wishes;
	struct ts_room_events events;
	void *arg;
	struct ts_participant *first;
	size_t count[TS_KIND_COUNT];
	uint64_t revision, last_key;
	struct ts_room_view *views, *told_view; /* main first */
	bool closing;
	size_t waiting;
	struct ts_matrix *matrix;
	int64_t end_unix_ms;
	int leaving; /* ts_participant_leave is on the stack: the room must outlive it */
};

struct ts_fake ts_fake;
static struct ts_room *rooms;

void ts_fake_reset(void)
{
	assert(!ts_fake.rooms && !ts_fake.participants);
	memset(&ts_fake, 0, sizeof(ts_fake));
	ts_fake.info.state = TS_P_CONNECTED;
	ts_fake.info.level_dbov = -127;
	ts_fake.info.region = -1;
}

const char *ts_kind_name(enum ts_kind kind)
{
	return kind == TS_KIND_WHEP ? "whep" : kind == TS_KIND_WHIP ? "whip" : "webrtc";
}

const char *ts_participant_state_name(enum ts_participant_state state)
{
	static const char *const names[] = {"connecting", "connected", "stalled", "ended"};
	return names[state];
}

const char *ts_limited_by_name(enum ts_limited_by by)
{
	return by ? "network" : NULL;
}

static void touch(
	struct ts_room *room, enum ts_room_change what, struct ts_participant *participant)
{
	room->revision++;
	room->events.changed(room->arg, room, what, participant);
}

int ts_room_create(struct ts_room **out, struct ts_engine *engine,
	const struct ts_room_config *config, const struct ts_room_events *events, void *arg)
{
	(void)engine;
	if (ts_fake.create_err) return ts_fake.create_err;
	struct ts_room *room = calloc(1, sizeof(*room));
	room->config = *config;
	room->doc = ts_layout_doc_ref(ts_layout_shipped(0));
	room->views = calloc(1, sizeof(*room->views));
	room->views->room = room;
	room->views->config = (struct ts_room_view_config){.id = "main"};
	room->events = *events;
	room->arg = arg;
	room->next = rooms;
	rooms = room;
	ts_fake.rooms++;
	*out = room;
	return 0;
}

static void free_if_closed(struct ts_room *room)
{
	if (!room->closing || room->first || room->leaving) return;
	struct ts_room **link = &rooms;
	while (*link != room) link = &(*link)->next;
	*link = room->next;
	ts_fake.rooms--;
	room->events.closed(room->arg, room);
	ts_layout_doc_unref(&room->doc);
	for (struct ts_room_view *v; (v = room->views);) {
		room->views = v->next;
		free(v);
	}
	free(room->matrix);
	free(room);
}

void ts_room_close(struct ts_room *room)
{
	if (room->closing) return;
	room->closing = true;
	room->leaving++;
	while (room->first) ts_participant_leave(room->first, "room-closed");
	room->leaving--;
	free_if_closed(room);
}

int ts_room_join(struct ts_room *room, const struct ts_join *join, ts_join_ready ready, void *arg,
	struct ts_participant **out)
{
	size_t max = join->kind == TS_KIND_WHEP ? room->config.max_watchers
						: room->config.max_participants;
	if (ts_fake.join_err) return ts_fake.join_err;
	if (room->closing) return TS_ECLOSED;
	struct ts_participant *old = join->replaces;
	bool stands_in = old && ts_kinds_share_places(old->kind, join->kind);
	if (room->count[join->kind] >= max + stands_in) return TS_ELIMIT;
	struct ts_participant *p = calloc(1, sizeof(*p)), **link = &room->first;
	p->room = room;
	p->kind = join->kind;
	p->wants.self = TS_SELF_ROOM;
	p->key = ++room->last_key;
	p->ready = ready;
	p->arg = arg;
	p->connecting = ts_fake.info.state == TS_P_CONNECTING;
	if (p->connecting) p->predecessor = old;
	ts_ulid(p->id, 1700000000000);
	memcpy(p->identity, join->identity, sizeof(p->identity));
	memcpy(p->card, join->card, sizeof(p->card));
	memcpy(p->settings.name, join->name, sizeof(p->settings.name));
	memcpy(p->settings.role, join->role, sizeof(p->settings.role));
	while (*link) link = &(*link)->next;
	*link = p;
	room->count[p->kind]++;
	ts_fake.participants++;
	ts_fake.last_join = *join;
	if (join->way) ts_fake.last_way = *(const struct ts_input_way *)join->way;
	*out = p;
	touch(room, TS_ROOM_JOINED, p);
	return 0;
}

static void call_ready(struct ts_participant *p, int err)
{
	struct ts_transport_local local = {
		.ice.ufrag = "abcd", .ice.pwd = "efghefghefghefghefghefgh", .ice.n_candidates = 1};
	ts_sdp_candidate_parse(
		&local.ice.candidate[0], "1 1 udp 2130706431 127.0.0.1 20000 typ host");
	ts_join_ready ready = p->ready;
	p->ready = NULL;
	if (ready) ready(p->arg, p, err, err ? NULL : &local);
}

int ts_participant_move(struct ts_participant *p, struct ts_room *to)
{
	struct ts_room *from = p->room;
	struct ts_participant **link = &from->first;
	if (to == from) return 0;
	if (to->count[p->kind] >= to->config.max_participants) return TS_ELIMIT;
	while (*link != p) link = &(*link)->next;
	*link = p->next;
	p->next = NULL;
	from->count[p->kind]--;
	p->moves_to = to;
	if (from->events.changed) from->events.changed(from->arg, from, TS_ROOM_LEFT, p);
	p->moves_to = NULL;
	p->view = NULL;
	p->room = to;
	for (link = &to->first; *link;) link = &(*link)->next;
	*link = p;
	to->count[p->kind]++;
	p->moved_from = from;
	if (to->events.changed) to->events.changed(to->arg, to, TS_ROOM_JOINED, p);
	p->moved_from = NULL;
	if (!from->first && from->events.empty) from->events.empty(from->arg, from);
	return 0;
}

void ts_room_notify_end(struct ts_room *room, int64_t unix_ms)
{
	if (room->end_unix_ms == unix_ms) return;
	room->end_unix_ms = unix_ms;
	touch(room, TS_ROOM_CONFIG, NULL);
}

int64_t ts_room_end_unix_ms(const struct ts_room *room)
{
	return room->end_unix_ms;
}

void ts_room_notify_waiting(struct ts_room *room, size_t n)
{
	if (room->waiting == n) return;
	room->waiting = n;
	touch(room, TS_ROOM_CONFIG, NULL);
}

size_t ts_room_waiting(const struct ts_room *room)
{
	return room->waiting;
}

struct ts_room *ts_participant_moves_to(const struct ts_participant *p)
{
	return p->moves_to;
}

struct ts_room *ts_participant_moved_from(const struct ts_participant *p)
{
	return p->moved_from;
}

const char *ts_participant_left_because(const struct ts_participant *p)
{
	return p->left ? ts_fake.last_reason : "";
}

void ts_participant_leave(struct ts_participant *p, const char *reason)
{
	struct ts_room *room = p->room;
	struct ts_participant **link = &room->first;
	if (p->left) return;
	p->left = true;
	room->leaving++;
	for (struct ts_participant *q = room->first; q; q = q->next)
		if (q->predecessor == p) q->predecessor = NULL;
	while (*link != p) link = &(*link)->next;
	*link = p->next;
	room->count[p->kind]--;
	ts_fake.participants--;
	ts_fake.leaves++;
	snprintf(ts_fake.last_reason, sizeof(ts_fake.last_reason), "%s", reason);
	touch(room, TS_ROOM_LEFT, p);
	if (!room->first && !room->closing) room->events.empty(room->arg, room);
	call_ready(p, TS_ECLOSED);
	ts_volumes_unref(&p->volumes);
	free(p);
	room->leaving--;
	free_if_closed(room);
}

int ts_participant_trickle(struct ts_participant *p, const struct ts_ice_description *remote)
{
	(void)p;
	if (ts_fake.ice_err) return ts_fake.ice_err;
	ts_fake.trickles++;
	ts_fake.last_remote = *remote;
	return 0;
}

int ts_participant_restart_ice(struct ts_participant *p, const struct ts_ice_description *remote,
	ts_join_ready ready, void *arg)
{
	if (ts_fake.ice_err) return ts_fake.ice_err;
	if (p->ready) return TS_EAGAIN;
	ts_fake.restarts++;
	ts_fake.last_remote = *remote;
	p->ready = ready;
	p->arg = arg;
	return 0;
}

void ts_fake_ready(struct ts_participant *p, int err)
{
	call_ready(p, err);
	if (err) ts_participant_leave(p, "failed");
}

static struct ts_participant *find_waiting(void)
{
	for (struct ts_room *room = rooms; room; room = room->next)
		for (struct ts_participant *p = room->first; p; p = p->next)
			if (p->ready) return p;
	return NULL;
}

int ts_fake_ready_all(int err)
{
	int n = 0;
	for (struct ts_participant *p; (p = find_waiting()); n++) ts_fake_ready(p, err);
	return n;
}

void ts_participant_info(struct ts_participant *p, struct ts_participant_info *out)
{
	*out = ts_fake.info;
	out->id = p->id;
	out->name = p->settings.name;
	out->identity = p->identity;
	out->card = p->card;
	out->role = p->settings.role;
	out->muted_by = p->settings.muted_by;
	out->video_muted = p->settings.video_muted;
	out->gain_db = p->settings.gain_db;
	out->agc = p->settings.agc;
	out->denoise = p->settings.denoise;
	out->listen_db = p->settings.listen_db;
	out->hand_unix_ms = p->settings.hand_unix_ms;
	out->kind = p->kind;
	out->view = ts_participant_view(p)->config.id;
}

/* ---- views */

struct ts_room_view *ts_room_find_view(struct ts_room *room, const char *id)
{
	struct ts_room_view *v = room->views;
	while (v && strcmp(v->config.id, id) != 0) v = v->next;
	return v;
}

struct ts_room_view *ts_room_main_view(struct ts_room *room)
{
	return room->views;
}

struct ts_room_view *ts_room_next_view(struct ts_room *room, const struct ts_room_view *view)
{
	(void)room;
	return view->next;
}

static void touch_view(struct ts_room_view *v, enum ts_room_change what)
{
	v->room->told_view = v;
	touch(v->room, what, NULL);
	v->room->told_view = NULL;
}

int ts_room_add_view(struct ts_room *room, const struct ts_room_view_config *config,
	struct ts_layout_doc *doc, struct ts_room_view **out)
{
	struct ts_room_view **at = &room->views;
	(void)doc;
	if (ts_room_find_view(room, config->id)) return TS_EEXIST;
	while (*at) at = &(*at)->next;
	*at = *out = calloc(1, sizeof(**out));
	(*out)->room = room;
	(*out)->config = *config;
	touch_view(*out, TS_ROOM_VIEW_CREATED);
	return 0;
}

int ts_room_change_view(struct ts_room_view *view, const struct ts_room_view_config *config)
{
	char id[sizeof view->config.id];
	memcpy(id, view->config.id, sizeof id);
	view->config = *config;
	memcpy(view->config.id, id, sizeof id);
	touch_view(view, TS_ROOM_VIEW_CHANGED);
	return 0;
}

void ts_room_remove_view(struct ts_room_view *view)
{
	struct ts_room_view **at = &view->room->views;
	while (*at != view) at = &(*at)->next;
	*at = view->next;
	for (struct ts_participant *p = view->room->first; p; p = p->next)
		if (p->view == view) p->view = NULL;
	if (ts_fake.sink && ts_fake.sink->view == view) ts_fake.sink->view = NULL;
	touch_view(view, TS_ROOM_VIEW_REMOVED);
	free(view);
}

const struct ts_room_view_config *ts_room_view_config(const struct ts_room_view *view)
{
	return &view->config;
}

bool ts_room_view_is_main(const struct ts_room_view *view)
{
	return view == view->room->views;
}

size_t ts_room_view_receivers(const struct ts_room_view *view)
{
	(void)view;
	return 0;
}

size_t ts_room_view_sinks(const struct ts_room_view *view)
{
	return ts_fake.sink && ts_fake.sink->view == view;
}

size_t ts_room_view_outputs(const struct ts_room_view *view)
{
	(void)view;
	return 0;
}

void ts_room_view_set_layout(struct ts_room_view *view, struct ts_layout_doc *doc)
{
	(void)doc;
	touch_view(view, TS_ROOM_VIEW_CHANGED);
}

const struct ts_layout_doc *ts_room_view_layout_doc(const struct ts_room_view *view)
{
	return view->room->doc;
}

const struct ts_layout *ts_room_view_layout(struct ts_room_view *view)
{
	return &view->layout;
}

int ts_room_view_region_of(
	const struct ts_room_view *view, const struct ts_participant *p, enum ts_shows shows)
{
	(void)p;
	if (!ts_room_view_is_main(view)) return -1;
	return shows == TS_SHOWS_SLIDES ? ts_fake.info.slides_region : ts_fake.info.region;
}

int ts_participant_set_view(struct ts_participant *p, struct ts_room_view *view)
{
	if (ts_participant_view(p) == view) return 0;
	p->view = view;
	touch(p->room, TS_ROOM_PARTICIPANT, p);
	return 0;
}

struct ts_room_view *ts_participant_view(const struct ts_participant *p)
{
	return p->view ? p->view : p->room->views;
}

struct ts_room_view *ts_room_told_view(const struct ts_room *room)
{
	return room->told_view;
}

int ts_room_set_config(struct ts_room *room, const struct ts_room_config *config)
{
	struct ts_room_config old = room->config;
	if (room->closing) return TS_ECLOSED;
	room->config = *config;
	memcpy(room->config.id, old.id, sizeof(old.id));
	touch(room, TS_ROOM_CONFIG, NULL);
	return 0;
}

void ts_room_images_changed(struct ts_room *room, const char *name)
{
	(void)room, (void)name;
}

void ts_participant_settings(const struct ts_participant *p, struct ts_participant_settings *out)
{
	*out = p->settings;
}

void ts_participant_set(struct ts_participant *p, const struct ts_participant_settings *settings)
{
	p->settings = *settings;
	touch(p->room, TS_ROOM_PARTICIPANT, p);
}

/* ---- what is a participant's own: refused where it is a view, and heard */

bool ts_participant_fits_view(const struct ts_participant *p, const struct ts_room_view *view)
{
	(void)p;
	(void)view;
	return true;
}

const struct ts_wants *ts_participant_wants(const struct ts_participant *p)
{
	return &p->wants;
}

int ts_participant_set_wants(struct ts_participant *p, const struct ts_wants *wants)
{
	p->wants = *wants;
	touch(p->room, TS_ROOM_PARTICIPANT, p);
	touch(p->room, TS_ROOM_PERSONAL, p);
	return 0;
}

const char *ts_personal_because(enum ts_personal_state state)
{
	return state == TS_PERSONAL_FULL ? "limit" : NULL;
}

void ts_participant_personal_info(const struct ts_participant *p, struct ts_personal_info *out)
{
	const bool wants = p->wants.self == TS_SELF_HIDE || p->wants.doc;
	*out = (struct ts_personal_info){
		.state = wants ? TS_PERSONAL_FULL : TS_PERSONAL_NONE, .self = p->wants.self};
}

const struct ts_volumes *ts_participant_volumes(const struct ts_participant *p)
{
	return p->volumes;
}

bool ts_participant_volumes_heard(const struct ts_participant *p)
{
	return p->volumes != NULL;
}

int ts_participant_set_volumes(struct ts_participant *p, const struct ts_volume *of, size_t n)
{
	ts_volumes_unref(&p->volumes);
	touch(p->room, TS_ROOM_PARTICIPANT, p);
	return n ? ts_volumes_create(&p->volumes, of, n) : 0;
}

int ts_room_set_matrix(struct ts_room *room, const struct ts_matrix *matrix)
{
	free(room->matrix);
	room->matrix = matrix ? memcpy(malloc(sizeof(*matrix)), matrix, sizeof(*matrix)) : NULL;
	touch(room, TS_ROOM_CONFIG, NULL);
	return 0;
}

const struct ts_matrix *ts_room_matrix(const struct ts_room *room)
{
	return room->matrix;
}

size_t ts_room_matrix_rows(const struct ts_room *room)
{
	return room->matrix ? 1 : 0;
}

const struct ts_room_config *ts_room_config(const struct ts_room *room)
{
	return &room->config;
}
uint64_t ts_room_revision(const struct ts_room *room)
{
	return room->revision;
}
size_t ts_room_count(const struct ts_room *room, enum ts_kind kind)
{
	return room->count[kind];
}
struct ts_participant *ts_room_first(struct ts_room *room)
{
	return room->first;
}
struct ts_participant *ts_room_next(struct ts_participant *p)
{
	return p->next;
}
struct ts_room *ts_participant_room(struct ts_participant *p)
{
	return p->room;
}

/* What the test says, else what the policy makes of those who are here. */
const struct ts_layout *ts_room_layout(const struct ts_room *room)
{
	static struct ts_layout solved;
	if (ts_fake.layout.canvas_w) return &ts_fake.layout;
	ts_room_try_layout(room, room->doc, &solved);
	return &solved;
}

void ts_room_try_layout(
	const struct ts_room *room, const struct ts_layout_doc *doc, struct ts_layout *out)
{
	struct ts_person person[16];
	size_t n = 0;
	for (struct ts_participant *p = room->first; p && n < 16; p = p->next)
		person[n++] = (struct ts_person){p->key, p->id, "", "", 0};
	const struct ts_policy policy = {.doc = doc,
		.canvas_w = room->config.width,
		.canvas_h = room->config.height,
		.person = person,
		.n_people = n,
		.wishes = &room->wishes};
	ts_policy_place(out, &policy, NULL);
}

const struct ts_layout_doc *ts_room_layout_doc(const struct ts_room *room)
{
	return room->doc;
}

void ts_room_set_layout(struct ts_room *room, struct ts_layout_doc *doc)
{
	ts_layout_doc_ref(doc);
	ts_layout_doc_unref(&room->doc);
	room->doc = doc;
	touch(room, TS_ROOM_LAYOUT, NULL);
}

const struct ts_wishes *ts_room_wishes(const struct ts_room *room)
{
	return &room->wishes;
}

void ts_room_set_captions(struct ts_room *room, const char *text)
{
	(void)room;
	snprintf(ts_fake.captions, sizeof(ts_fake.captions), "%s", text);
}

int ts_room_set_card(struct ts_room *room, const struct ts_room_card *card)
{
	(void)room;
	ts_fake.has_card = card != NULL;
	if (card) ts_fake.card = *card;
	return 0;
}

void ts_room_set_wishes(struct ts_room *room, const struct ts_wishes *wishes)
{
	room->wishes = *wishes;
	touch(room, TS_ROOM_LAYOUT, NULL);
}

uint64_t ts_participant_key(const struct ts_participant *p)
{
	return p->key;
}

const char *ts_participant_id(const struct ts_participant *p)
{
	return p->id;
}

struct ts_participant *ts_room_by_key(struct ts_room *room, uint64_t key)
{
	for (struct ts_participant *p = room->first; p; p = p->next)
		if (p->key == key) return p;
	return NULL;
}

int ts_participant_renegotiate(
	struct ts_participant *p, const struct ts_join *join, ts_join_ready ready, void *arg)
{
	(void)p, (void)join, (void)ready, (void)arg;
	return TS_EUNSUPPORTED;
}

enum ts_participant_state ts_participant_state(const struct ts_participant *p)
{
	return p->left ? TS_P_ENDED : p->connecting ? TS_P_CONNECTING : TS_P_CONNECTED;
}

enum ts_kind ts_participant_kind(const struct ts_participant *p)
{
	return p->kind;
}

struct ts_participant *ts_participant_predecessor(const struct ts_participant *p)
{
	return p->predecessor;
}

void ts_fake_connect(struct ts_participant *p)
{
	p->predecessor = NULL;
	p->connecting = false;
	touch(p->room, TS_ROOM_PARTICIPANT, p);
}

void ts_participant_send_keyframe(struct ts_participant *p)
{
	(void)p;
}

void ts_participant_prove(struct ts_participant *p, const char *host)
{
	(void)p, (void)host;
}

void ts_participant_push_digit(
	struct ts_participant *p, char digit, enum ts_digit_way way, int64_t now_ns)
{
	struct ts_room *r = p->room;
	(void)now_ns;
	p->pressed_by_tone = way == TS_DIGIT_TONE;
	if (r->events.digit) r->events.digit(r->arg, r, p, digit);
}

bool ts_participant_pressed_by_tone(const struct ts_participant *p)
{
	return p->pressed_by_tone;
}

void ts_participant_show_notice(struct ts_participant *p, const char *text, int64_t until_ns)
{
	(void)p, (void)until_ns;
	snprintf(ts_fake.notice, sizeof(ts_fake.notice), "%s", text);
}

void ts_participant_allow_slides(struct ts_participant *p, bool allowed)
{
	if (ts_fake.allow_slides) ts_fake.allow_slides(p, allowed);
}

bool ts_participant_has_slides(const struct ts_participant *p)
{
	return ts_fake.has_slides && ts_fake.has_slides(p);
}

bool ts_participant_presents(const struct ts_participant *p)
{
	return ts_fake.presents && ts_fake.presents(p);
}

bool ts_role_is_host(const char *role)
{
	return !strcmp(role, "host") || !strcmp(role, "moderator");
}

void ts_participant_want_digits(struct ts_participant *p, bool wanted)
{
	p->wants_digits = wanted;
}

bool ts_fake_wants_digits(const struct ts_participant *p)
{
	return p->wants_digits;
}

size_t ts_room_renditions(const struct ts_room *r, const struct ts_room_view *view, size_t most,
	struct ts_step out[TS_ROOM_RENDITIONS])
{
	static const struct ts_step steps[] = {{1280, 720, 30, 1500000, false, 0},
		{640, 360, 30, 500000, false, 0}, {320, 180, 15, 120000, false, 0}};
	const size_t n = most < 3 ? most : 3;
	(void)r, (void)view;
	memcpy(out, steps, n * sizeof(*steps));
	return n;
}

int ts_room_add_sink(struct ts_room *r, struct ts_room_sink *sink)
{
	(void)r;
	const int err = ts_fake.sink_err;
	ts_fake.sink_err = 0;
	if (err) return err;
	ts_fake.sinks++;
	ts_fake.sink = sink;
	return 0;
}

void ts_room_remove_sink(struct ts_room *r, struct ts_room_sink *sink)
{
	(void)r;
	ts_fake.sinks--;
	if (ts_fake.sink == sink) ts_fake.sink = NULL;
}

void ts_room_notify_recorded(struct ts_room *r)
{
	(void)r;
}

int ts_room_snapshot(struct ts_room_view *view, ts_snapshot_ready ready, void *arg)
{
	(void)view, (void)ready, (void)arg;
	return TS_EUNSUPPORTED;
}

bool ts_room_is_streamed(const struct ts_room *r)
{
	(void)r;
	return false;
}

bool ts_room_is_recorded(const struct ts_room *r)
{
	(void)r;
	return ts_fake.sinks > 0;
}

int ts_room_add_play(struct ts_room *r, struct ts_room_play *play)
{
	(void)r;
	const int err = ts_fake.play_err;
	ts_fake.play_err = 0;
	if (err) return err;
	if (ts_fake.plays == TS_ROOM_PLAYS_MAX) return TS_ELIMIT;
	ts_fake.play[ts_fake.plays++] = play;
	return 0;
}

void ts_room_remove_play(struct ts_room *r, struct ts_room_play *play)
{
	int i = 0;
	(void)r;
	while (i < ts_fake.plays && ts_fake.play[i] != play) i++;
	if (i == ts_fake.plays) return;
	ts_fake.plays--;
	memmove(&ts_fake.play[i], &ts_fake.play[i + 1],
		(size_t)(ts_fake.plays - i) * sizeof(ts_fake.play[0]));
}

struct ts_branch *ts_participant_branch(struct ts_participant *p, enum ts_stream_kind kind)
{
	(void)p;
	return kind == TS_STREAM_VOICE && ts_fake.voice ? ts_branch_ref(ts_fake.voice) : NULL;
}

struct ts_coded *ts_participant_coded(struct ts_participant *p, enum ts_stream_kind kind)
{
	(void)p;
	(void)kind;
	return NULL;
}
