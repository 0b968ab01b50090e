#include "control/rooms/windows.h"

#include "base/error.h"
#include <stdlib.h>
#include <string.h>

bool ts_view_id_ok(const char *id)
{
	const size_t len = strspn(
		id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
	return len >= 1 && len <= TS_VIEW_ID_MAX && !id[len] && *id != '.';
}

/* A number without sign or blanks. */
static bool read_side(const char **text, int *out)
{
	char *end;
	if (**text < '1' || **text > '9') return false;
	const long side = strtol(*text, &end, 10);
	*text = end;
	*out = (int)side;
	return side <= TS_WINDOW_MAX;
}

int ts_window_read(const char *text, int *width, int *height)
{
	int w, h;
	if (!read_side(&text, &w) || *text++ != 'x' || !read_side(&text, &h) || *text)
		return TS_EINVAL;
	*width = w;
	*height = h;
	return 0;
}

static bool fits(const struct ts_room_view_config *c, double aspect)
{
	if (c->aspect_min <= 0 && c->aspect_max <= 0) return false;
	return aspect >= c->aspect_min && (c->aspect_max <= 0 || aspect <= c->aspect_max);
}

static struct ts_room_view *view_for(struct ts_room *room, int width, int height)
{
	struct ts_room_view *main = ts_room_main_view(room);
	if (!width || !height) return main;
	for (struct ts_room_view *v = main; v; v = ts_room_next_view(room, v))
		if (fits(ts_room_view_config(v), (double)width / height)) return v;
	return main;
}

const char *ts_window_view(struct ts_room *room, int width, int height)
{
	return room ? ts_room_view_config(view_for(room, width, height))->id : "main";
}

int ts_window_follow(struct ts_registry *registry, struct ts_participant *participant)
{
	const struct ts_member *member = ts_registry_member(registry, participant);
	if (!member || member->window.chosen || !member->window.width) return 0;
	struct ts_room *room = ts_participant_room(participant);
	return ts_participant_set_view(
		participant, view_for(room, member->window.width, member->window.height));
}

void ts_window_follow_all(struct ts_registry *registry, struct ts_room *room)
{
	/* who cannot stays where they are */
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		ts_window_follow(registry, p);
}

int ts_window_choose(
	struct ts_registry *registry, struct ts_participant *participant, struct ts_room_view *view)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	struct ts_room *room = ts_participant_room(participant);
	struct ts_room_view *to = view ? view : ts_room_main_view(room);
	if (!view && member) to = view_for(room, member->window.width, member->window.height);
	const int err = ts_participant_set_view(participant, to);
	if (!err && member) member->window.chosen = view != NULL;
	return err;
}
