/* pictures - layouts as PNG, drawn by the compositor itself, and rooms as JPEG. The request waits
 * while another thread draws.
 *
 *   GET, POST --> job --> painter's strand (draw, encode) --> control: reply
 *
 * Full  beyond 16 layouts that wait to be drawn: 503.
 */
#include "base/error.h"
#include "base/loop.h"
#include "control/api/api.h"
#include "control/api/handlers.h"
#include "control/api/layout_body.h"
#include "control/http/deferred.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/query.h"
#include "control/json/shapes.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/rooms/windows.h"
#include "control/schema/params.h"
#include "layout/png.h"
#include "layout/policy.h"
#include "layout/preview.h"
#include "mixer/room/engine.h"
#include "mixer/room/snapshot.h"
#include "mixer/view/painter.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE_MAX = TS_PREVIEW_PEOPLE_MAX, DRAWN_MAX = 16 };

/* One picture on its way. */
struct job {
	struct ts_deferred reply; /* held by whoever draws */
	struct ts_api *api;
	struct ts_engine *engine;
	struct ts_task task;
	struct ts_layout layout;
	size_t people;
	int err;
	uint8_t *data;
	size_t len;
};

static void destroy(struct ts_deferred *deferred)
{
	struct job *job = ts_container_of(deferred, struct job, reply);
	free(job->data);
	free(job);
}

static void reply(struct job *job, const char *type)
{
	if (!job->reply.request) return;
	if (job->err == TS_ENOTFOUND) {
		ts_problem(
			job->reply.request, 404, "no-picture", NULL, "nobody was in this room yet");
	} else if (job->err) {
		ts_problem(job->reply.request, 503, ts_strerror(job->err), NULL,
			"the picture could not be drawn now");
	} else {
		ts_reply(job->reply.request, 200, type, job->data, job->len, TS_BODY_FREE);
		job->data = NULL;
		ts_reply_header(job->reply.request, "Cache-Control", "no-store");
		ts_reply_send(job->reply.request);
	}
}

static struct job *job_for(struct ts_api *api, struct ts_request *request)
{
	struct job *job = api->engine && api->engine->painter ? calloc(1, sizeof(*job)) : NULL;
	if (!job) {
		ts_problem(request, 503, "no-painter", NULL, "this server draws no pictures now");
		return NULL;
	}
	job->api = api;
	job->engine = api->engine;
	job->reply.destroy = destroy;
	ts_deferred_begin(&job->reply, request);
	return job;
}

/* ---- layouts */

static const char *const names[] = {"Ada Lovelace", "Alan Turing", "Grace Hopper",
	"Edsger Dijkstra", "Hedy Lamarr", "Claude Shannon", "Radia Perlman", "Donald Knuth",
	"Barbara Liskov", "Dennis Ritchie", "Frances Allen", "Ken Thompson", "Margaret Hamilton"};

static int draw(struct job *job)
{
	struct ts_preview_person person[PEOPLE_MAX];
	const size_t n_names = sizeof(names) / sizeof(names[0]);
	AVFrame *canvas = ts_preview_slide(job->layout.canvas_w, job->layout.canvas_h),
		*slide = ts_preview_slide(1280, 720);
	struct ts_label_maker *maker = ts_painter_maker(job->engine->painter);
	int err = canvas && slide && maker ? 0 : TS_ENOMEM;
	for (size_t i = 0; i < job->people; i++)
		person[i] = (struct ts_preview_person){
			.key = i + 1, .name = names[i % n_names], .slides = slide};
	if (!err) {
		ts_preview_draw(canvas, &job->layout, person, job->people, maker);
		err = ts_png(&job->data, &job->len, canvas);
	}
	av_frame_free(&canvas);
	av_frame_free(&slide);
	return err;
}

static void on_drawn(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	job->api->drawing--;
	reply(job, "image/png");
	ts_deferred_release(&job->reply);
}

static void on_draw(struct ts_task *task)
{
	struct job *job = ts_container_of(task, struct job, task);
	job->err = draw(job);
	job->task.fn = on_drawn;
	if (ts_loop_post(job->engine->control, &job->task)) ts_deferred_release(&job->reply);
}

/* What is asked for, as of preview.svg. */
struct preview {
	int count, width, height;
	bool presentation;
};

static bool read_preview(struct ts_api *api, struct ts_request *request, struct preview *out)
{
	const struct ts_room_config *c = ts_registry_defaults(api->registry);
	*out = (struct preview){.count = 5, .width = c->width, .height = c->height};
	const struct ts_shape *shape = &ts_shape_picture_query;
	return ts_ask_int(request, shape, "count", &out->count) &&
		ts_ask_int(request, shape, "width", &out->width) &&
		ts_ask_int(request, shape, "height", &out->height) &&
		ts_ask_flag(request, "presentation", &out->presentation);
}

static void solve(
	struct ts_layout *out, const struct ts_layout_doc *doc, const struct preview *preview)
{
	static const struct ts_wishes none;
	struct ts_person person[PEOPLE_MAX];
	for (int i = 0; i < preview->count; i++)
		person[i] = (struct ts_person){(uint64_t)i + 1, "", "", "",
			preview->presentation && i == preview->count - 1};
	const struct ts_policy policy = {.doc = doc,
		.canvas_w = preview->width & ~1,
		.canvas_h = preview->height & ~1,
		.person = person,
		.n_people = (size_t)preview->count,
		.wishes = &none};
	ts_policy_place(out, &policy, NULL);
}

static void draw_layout(struct ts_api *api, struct ts_request *request,
	const struct ts_layout_doc *doc, const struct preview *preview)
{
	if (api->drawing >= DRAWN_MAX) {
		ts_reply_later(request, TS_EFULL);
		return;
	}
	struct job *job = job_for(api, request);
	if (!job) return;
	job->people = (size_t)preview->count;
	solve(&job->layout, doc, preview);
	job->task.fn = on_draw;
	job->err = ts_painter_post(api->engine->painter, &job->task);
	if (!job->err) {
		api->drawing++;
		return;
	}
	reply(job, NULL);
	ts_deferred_release(&job->reply);
}

void ts_get_layout_png(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_layout_doc *doc = ts_layout_store_find(api->layouts, param[0]);
	struct preview preview;
	if (!doc)
		ts_problem(request, 404, "no-such-layout", NULL, "there is no layout \"%.64s\"",
			param[0]);
	if (doc && read_preview(api, request, &preview)) draw_layout(api, request, doc, &preview);
}

/* One that is not stored yet. */
void ts_post_layout_png(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_layout_error err;
	struct preview preview;
	if (!read_preview(api, request, &preview)) return;
	struct ts_layout_doc *doc = ts_layout_body(request, param[0]);
	if (!doc) return;
	if (ts_layout_check(doc, preview.width & ~1, preview.height & ~1, &err))
		ts_layout_refuse(request, 422, &err);
	else
		draw_layout(api, request, doc, &preview);
	ts_layout_doc_unref(&doc);
}

/* ---- rooms */

static void on_snapshot(void *arg, int err, uint8_t *jpeg, size_t len)
{
	struct job *job = arg;
	job->err = err;
	job->data = jpeg;
	job->len = len;
	reply(job, "image/jpeg");
	ts_deferred_release(&job->reply);
}

/* NULL: answered. */
static struct ts_room_view *asked_view(struct ts_request *request, struct ts_room *room)
{
	char id[TS_VIEW_ID_MAX + 1];
	const int err = ts_query_text(request, "view", id, sizeof(id));
	struct ts_room_view *view = ts_room_main_view(room);
	if (!err && *id) view = ts_view_id_ok(id) ? ts_room_find_view(room, id) : NULL;
	if (!err && view) return view;
	ts_problem(request, 404, "no-such-view", "/view", "room \"%s\" has no such view",
		ts_room_config(room)->id);
	return NULL;
}

void ts_get_snapshot(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	struct ts_room_view *view = room ? asked_view(request, room) : NULL;
	struct job *job = view ? job_for(api, request) : NULL;
	if (!job) return;
	job->err = ts_room_snapshot(view, on_snapshot, job);
	if (!job->err) return;
	reply(job, NULL);
	ts_deferred_release(&job->reply);
}
