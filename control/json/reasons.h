/* reasons - why a participant receives the picture they receive, is shown or not, heard or not, and
 * what their way carries: in words; pure.
 *
 *   what the room knows of the participant, and of itself --> sentences, each about one thing
 *
 * Thread  any.
 * Full    further sentences than TS_REASONS_MAX are left out; longer ones are cut.
 */
#ifndef TS_CONTROL_JSON_REASONS_H
#define TS_CONTROL_JSON_REASONS_H

#include "mixer/room/personal.h"

enum ts_about {
	TS_ABOUT_PICTURE, /* that they are sent */
	TS_ABOUT_NEEDS,   /* what would have to be otherwise for a better one */
	TS_ABOUT_LINK,
	TS_ABOUT_KEYFRAMES,
	TS_ABOUT_SHOWN,   /* to others */
	TS_ABOUT_HEARD,
	TS_ABOUT_COUNT,
};
enum { TS_REASONS_MAX = 16, TS_REASON_TEXT = 240 };

struct ts_reasons {
	size_t n;
	struct {
		enum ts_about about;
		char text[TS_REASON_TEXT];
	} reason[TS_REASONS_MAX];
};

struct ts_reasons_of {
	const struct ts_participant_info *info;
	const struct ts_room_config *room;
	const char *layout; /* its name */
	/* NULL: they want nothing of their own; and whose volumes they hear as they want them */
	const struct ts_personal_info *personal;
	bool volumes_unheard;
	size_t places, taken; /* regions of the layout of now; of these, with somebody in them */
	bool to_themselves; /* "you", and not "they" */
};

const char *ts_about_name(enum ts_about about);
void ts_reasons_find(struct ts_reasons *out, const struct ts_reasons_of *of);

#endif
