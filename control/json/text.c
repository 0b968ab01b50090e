/* text - messages and captions as JSON, and the shapes of what is sent and shown. */
#include "base/clock.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/text/texts.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const ways[] = {"api", "page", "sip", "typed", NULL};
_Static_assert(sizeof(ways) / sizeof(*ways) == TS_MESSAGE_WAYS + 1,
	"ways are those of control/text/texts.h");

#define MS_MAX 9e15
static const char to_help[] = "all, or the id of the participant who alone gets it";
static const char text_help[] =
	"Without control characters and marks of direction; ends of lines stay";
static const char lang_help[] = "As of BCP 47, such as de or pt-BR; null: not told";
static const char whose_help[] = "Id of who says it; null: nobody in particular";

static const struct ts_field message_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"room", TS_F_STRING, TS_F_READ},
	{"from", TS_F_STRING, TS_F_NULL, .help = "Id of the participant; null: it came by REST"},
	{"name", TS_F_STRING, TS_F_NULL, .help = "What who sent it was called then"},
	{"to", TS_F_STRING, .help = to_help},
	{"text", TS_F_STRING, TS_F_LINES, .help = text_help},
	{"via", TS_F_STRING, .choices = ways,
		.help = "sip: as SIP MESSAGE; typed: a line of real-time text"},
	{"sent_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Milliseconds since 1970"},
};
const struct ts_shape ts_shape_message = TS_SHAPE("Message", message_fields,
	"What somebody wrote; it is gone when the last has left the room, or when 200 came after");

static const struct ts_field messages_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_message, .help = "The oldest first"}};
const struct ts_shape ts_shape_messages = TS_SHAPE("Messages", messages_fields, NULL);

static const struct ts_field message_new_fields[] = {
	{"text", TS_F_STRING, TS_F_NEEDED | TS_F_LINES, .min = 1, .max = TS_MESSAGE_MAX,
		.help = "At most 4096 bytes of UTF-8"},
	{"to", TS_F_STRING, .min = 1, .max = TS_ULID_LEN, .help = to_help},
	{"name", TS_F_STRING, TS_F_NULL, .min = 0, .max = TS_NAME_MAX,
		.help = "Shown as who sent it; null: nobody"},
};
const struct ts_shape ts_shape_message_new = TS_SHAPE("MessageNew", message_new_fields, NULL);

static const struct ts_field own_message_new_fields[] = {
	{"text", TS_F_STRING, TS_F_NEEDED | TS_F_LINES, .min = 1, .max = TS_MESSAGE_MAX,
		.help = "At most 4096 bytes of UTF-8"},
	{"to", TS_F_STRING, .min = 1, .max = TS_ULID_LEN, .help = to_help},
};
const struct ts_shape ts_shape_own_message_new = TS_SHAPE(
	"OwnMessageNew", own_message_new_fields, NULL);

static const struct ts_field caption_fields[] = {
	{"id", TS_F_STRING, TS_F_READ,
		.help = "A ULID; of interim ones and the final one that follows the same"},
	{"room", TS_F_STRING, TS_F_READ},
	{"participant", TS_F_STRING, TS_F_NULL, .help = whose_help},
	{"name", TS_F_STRING, TS_F_NULL, .help = "What they are called"},
	{"text", TS_F_STRING, .help = "One line; empty: what was interim is not said after all"},
	{"final", TS_F_BOOL, .help = "False: another one with this id replaces it"},
	{"lang", TS_F_STRING, TS_F_NULL, .help = lang_help},
	{"begun_ms", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "When the first of this id came, milliseconds since 1970"},
	{"sent_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "When this one came"},
};
const struct ts_shape ts_shape_caption = TS_SHAPE(
	"Caption", caption_fields, "What somebody says, written: docs/TEXT.md");

static const struct ts_field captions_fields[] = {{"items", TS_F_LIST, .of = &ts_shape_caption,
	.help = "Final ones, the oldest first; 128 of a room are kept"}};
const struct ts_shape ts_shape_captions = TS_SHAPE("Captions", captions_fields, NULL);

static const struct ts_field caption_new_fields[] = {
	{"participant", TS_F_STRING, TS_F_NULL, .min = 1, .max = TS_ULID_LEN, .help = whose_help},
	{"text", TS_F_STRING, TS_F_NEEDED | TS_F_LINES, .min = 0, .max = TS_CAPTION_MAX,
		.help = "At most 500 bytes of UTF-8; may be empty where an interim one ends"},
	{"final", TS_F_BOOL, .help = "False: interim, another one replaces it; true if left out"},
	{"lang", TS_F_STRING, TS_F_NULL, .ok = ts_caption_lang_ok,
		.pattern = TS_CAPTION_LANG_PATTERN, .help = lang_help},
};
const struct ts_shape ts_shape_caption_new = TS_SHAPE("CaptionNew", caption_new_fields, NULL);

json_t *ts_message_json(const struct ts_message *m)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s, s:I}", "id", m->id, "room", m->room,
		"from", ts_text_or_null(m->from), "name", ts_text_or_null(m->name), "to",
		*m->to ? m->to : "all", "text", m->text, "via", ways[m->way], "sent_ms",
		(json_int_t)m->sent_ms);
}

json_t *ts_caption_json(const struct ts_caption *c)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:b, s:s?, s:I, s:I}", "id", c->id, "room",
		c->room, "participant", ts_text_or_null(c->participant), "name",
		ts_text_or_null(c->name), "text", c->text, "final", c->final, "lang",
		ts_text_or_null(c->lang), "begun_ms", (json_int_t)ts_unix_ms_from_ns(c->begun_ns),
		"sent_ms", (json_int_t)ts_unix_ms_from_ns(c->at_ns));
}
