#include "mixer/room/snapshot.h"

#include "base/error.h"
#include "base/loop.h"
#include "codec/jpeg.h"
#include "mixer/room/model.h"
#include <stdlib.h>

/* Does not need the room once the view has looked. */
struct shot {
	struct ts_view_capture look;
	struct ts_task task;
	struct ts_engine *engine;
	AVFrame *canvas;
	int err;
	uint8_t *jpeg;
	size_t len;
	ts_snapshot_ready ready;
	void *arg;
};

static void shot_free(struct shot *shot)
{
	av_frame_free(&shot->canvas);
	free(shot->jpeg);
	free(shot);
}

static void on_ready(struct ts_task *task)
{
	struct shot *shot = ts_container_of(task, struct shot, task);
	uint8_t *jpeg = shot->jpeg;
	shot->jpeg = NULL;
	shot->ready(shot->arg, shot->err, jpeg, shot->len);
	shot_free(shot);
}

static void notify(struct shot *shot)
{
	av_frame_free(&shot->canvas);
	shot->task.fn = on_ready;
	if (ts_loop_post(shot->engine->control, &shot->task)) shot_free(shot);
}

static void encode(struct ts_task *task)
{
	struct shot *shot = ts_container_of(task, struct shot, task);
	shot->err = ts_jpeg(&shot->jpeg, &shot->len, shot->canvas);
	notify(shot);
}

/* On the view's strand. */
static void on_canvas(struct ts_view_capture *look, AVFrame *canvas)
{
	struct shot *shot = ts_container_of(look, struct shot, look);
	shot->canvas = canvas;
	shot->task.fn = encode;
	/* once it is posted the shot is the painter's */
	const int err = canvas ? ts_painter_post(shot->engine->painter, &shot->task) : TS_ENOTFOUND;
	if (!err) return;
	shot->err = err;
	notify(shot);
}

int ts_room_snapshot(struct ts_room_view *view, ts_snapshot_ready ready, void *arg)
{
	const struct ts_room *room = view->room;
	if (!room->engine->painter) return TS_EUNSUPPORTED;
	if (room->closing) return TS_ECLOSED;
	struct shot *shot = calloc(1, sizeof(*shot));
	if (!shot) return TS_ENOMEM;
	shot->look.looked = on_canvas;
	shot->engine = room->engine;
	shot->ready = ready;
	shot->arg = arg;
	ts_room_look_at_view(view);
	const int err = ts_view_capture(view->view, &shot->look);
	if (err) shot_free(shot);
	return err;
}
