/* matrix - /v1/rooms/{room}/audio/matrix: who hears whom, for exceptions. */
#include "control/json/matrix.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>

void ts_get_matrix(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_of_room(api, request, room, ts_matrix_json(room));
}

/* False: answered, and nothing has changed. */
static bool use(struct ts_request *request, struct ts_room *room, const struct ts_matrix *matrix)
{
	const int err = ts_room_set_matrix(room, matrix);
	if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-mixes", "/entries",
			"those who are here would hear in more than %d ways, or all rooms in more "
			"than %d",
			TS_AUDIO_ROWS, TS_MATRIX_ROWS_ALL);
	else if (err)
		ts_reply_later(request, err);
	return !err;
}

void ts_put_matrix(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room || !ts_api_precondition(api, request, room)) return;
	json_t *body = ts_body_read(request, &ts_shape_matrix, TS_USE_BODY);
	if (!body) return;
	struct ts_matrix *matrix = g_new0(struct ts_matrix, 1);
	size_t at = 0;
	if (!ts_matrix_read(matrix, body, &at)) {
		char pointer[40];
		g_snprintf(pointer, sizeof(pointer), "/entries/%zu", at);
		ts_problem(request, 422, "field", pointer,
			"%s has a from and a to, each an id, identity:NAME, role:NAME or *",
			pointer);
	} else if (use(request, room, matrix)) {
		ts_reply_of_room(api, request, room, ts_matrix_json(room));
	}
	g_free(matrix);
	json_decref(body);
}

void ts_delete_matrix(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room && ts_api_precondition(api, request, room) && use(request, room, NULL))
		ts_reply_nothing(request);
}
