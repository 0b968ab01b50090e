/* texts - what is written in rooms: messages that participants and the API send, and captions of
 * what participants say. One model for the page, REST, SIP, recordings and streams.
 *
 *   page, REST, SIP, real-time text --ts_texts_send----> [ messages of a room ] --+--> watchers
 *   REST ----------------------------ts_texts_caption--> [ captions of a room ] --+
 *
 * A caption grows: interim ones of a participant replace each other, under one id, until a final
 * one. What comes next of them is another. All writing is clean before it is kept or told
 * (layout/clean.h).
 * Thread  control.
 * Life    of a room: all of it goes with the last who was there, or with the room. Whoever is lent
 *         something may look at it until the next call.
 * Full    the oldest of TS_MESSAGES_MAX messages and TS_CAPTIONS_MAX final captions go, and what is
 *         beyond TS_MESSAGE_BYTES_MAX of a room. Each participant, the API in each room, and each
 *         room have a rate; beyond it TS_EAGAIN.
 */
#ifndef TS_CONTROL_TEXT_TEXTS_H
#define TS_CONTROL_TEXT_TEXTS_H

#include "base/random.h"
#include "control/rooms/registry.h"
#include "layout/caption.h"
#include <stdbool.h>

enum {
	TS_MESSAGE_MAX = 4096, /* bytes of one */
	TS_MESSAGES_MAX = 200, /* of a room, that are kept */
	TS_MESSAGE_BYTES_MAX = 128 * 1024,
	TS_CAPTION_MAX = 500,
	TS_CAPTIONS_MAX = 128, /* final ones of a room, that are kept */
	TS_CAPTION_LANG_MAX = 15,
	TS_TEXT_WATCHERS_MAX = 8,
};

enum ts_message_way { TS_SENT_BY_API, TS_SENT_BY_PAGE, TS_SENT_BY_SIP, TS_SENT_TYPED };
enum { TS_MESSAGE_WAYS = TS_SENT_TYPED + 1 };

struct ts_message {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1];
	char from[TS_ULID_LEN + 1];   /* id of the participant; "": the API */
	char name[TS_NAME_MAX + 1];   /* of whoever sent it, as it was then */
	char to[TS_ULID_LEN + 1];     /* id of the participant; "": all */
	enum ts_message_way way;
	int64_t sent_ms;              /* since 1970 */
	size_t len;
	char text[];
};

struct ts_caption {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1];
	char participant[TS_ULID_LEN + 1]; /* who says it; "": nobody in particular */
	char name[TS_NAME_MAX + 1];
	char lang[TS_CAPTION_LANG_MAX + 1];  /* BCP 47; "": not told */
	char text[TS_CAPTION_MAX + 1];
	bool final;
	/* when its first interim one came; when this one did; how long it is to be read */
	int64_t begun_ns, at_ns, lasts_ns;
};

struct ts_texts;

void ts_texts_create(struct ts_texts **out, struct ts_loop *loop, struct ts_registry *registry);
void ts_texts_destroy(struct ts_texts **texts); /* after the rooms have closed; also of NULL */

struct ts_texts_watcher {
	void (*message)(void *arg, const struct ts_message *message); /* may be NULL, both */
	void (*caption)(void *arg, const struct ts_caption *caption);
};
/* From within either nothing may be sent. At most TS_TEXT_WATCHERS_MAX. */
void ts_texts_watch(struct ts_texts *texts, const struct ts_texts_watcher *watcher, void *arg);
void ts_texts_unwatch(struct ts_texts *texts, const void *arg);

/* Who watches only is not heard, and does not write either. */
bool ts_texts_may_write(const struct ts_participant *participant);

struct ts_message_wish {
	struct ts_participant *from; /* NULL: the API */
	const char *name;            /* of the API's; NULL: none */
	struct ts_participant *to;   /* NULL: all */
	enum ts_message_way way;
	const char *text;
};
/* TS_EINVAL: nothing is left of the text when it is clean, or it is longer than TS_MESSAGE_MAX;
 * TS_EAGAIN: too many, *wait_ns says when there may be another; TS_ELIMIT: the room's are. */
int ts_texts_send(struct ts_texts *texts, struct ts_room *room, const struct ts_message_wish *wish,
	int64_t now_ns, const struct ts_message **out, int64_t *wait_ns);

struct ts_caption_wish {
	struct ts_participant *participant; /* NULL: nobody in particular */
	const char *text, *lang;            /* lang NULL: not told */
	bool final;
};
/* As above. A final one without text ends what was interim. */
int ts_texts_caption(struct ts_texts *texts, struct ts_room *room,
	const struct ts_caption_wish *wish, int64_t now_ns, const struct ts_caption **out,
	int64_t *wait_ns);

/* The oldest first; *at: 0 for the first. reader: an id of a participant, who gets what was sent to
 * all, to them and by them; NULL: all of it. NULL: no more. */
const struct ts_message *ts_texts_next(struct ts_texts *texts, const char *room_id,
	const char *reader, size_t *at);
/* Final ones, in order of their end; likewise. */
const struct ts_caption *ts_texts_next_caption(struct ts_texts *texts, const char *room_id,
	size_t *at);
/* What is said now, a line for each of the last; cap: TS_CAPTION_TEXT_MAX + 1. True: some of it
 * will go by itself. */
bool ts_texts_lines(struct ts_texts *texts, const char *room_id, int64_t now_ns, char *out,
	size_t cap);

bool ts_caption_lang_ok(const char *lang);
#define TS_CAPTION_LANG_PATTERN "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$"

#endif
