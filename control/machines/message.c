#include "control/machines/message.h"
#include <glib.h>
#include <jansson.h>
#include <string.h>

/* A text of that member, "" where there is none; false: it is something else, or too long. */
static bool read_text(const json_t *object, const char *key, char *out, size_t cap)
{
	const json_t *value = json_object_get(object, key);
	*out = '\0';
	if (!value || json_is_null(value)) return true;
	if (!json_is_string(value) || json_string_length(value) >= cap) return false;
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return true;
}

/* RFC 4648 4, with its padding; GLib's decoder leaves out what is none. */
static bool is_base64(const char *text, size_t len)
{
	size_t pad = 0;
	if (!len || len % 4) return false;
	while (pad < 2 && text[len - 1 - pad] == '=') pad++;
	for (size_t i = 0; i < len - pad; i++)
		if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/') return false;
	return true;
}

static const char *read_media(struct ts_machine_message *out, const json_t *root)
{
	const json_t *payload = json_object_get(json_object_get(root, "media"), "payload");
	const char *text = json_string_value(payload);
	if (!text || !is_base64(text, json_string_length(payload)))
		return "media.payload is no base64";
	gsize len;
	out->payload = g_base64_decode(text, &len);
	out->payload_len = len;
	return NULL;
}

static const char *read_mark(struct ts_machine_message *out, const json_t *root)
{
	const json_t *mark = json_object_get(root, "mark");
	if (!read_text(json_is_object(mark) ? mark : root, "name", out->name, sizeof(out->name)) ||
		!*out->name)
		return "the name of a mark is a text of 1 to 128 bytes";
	return NULL;
}

static const char *read_rest(struct ts_machine_message *out, const json_t *root)
{
	switch (out->order) {
	case TS_ORDER_MEDIA: return read_media(out, root);
	case TS_ORDER_MARK: return read_mark(out, root);
	case TS_ORDER_HEAR:
		if (!read_text(root, "hears", out->word, sizeof(out->word)) || !*out->word)
			return "hears is others, all, or the id of a participant";
		return NULL;
	case TS_ORDER_SNAPSHOT:
		if (!read_text(root, "id", out->word, sizeof(out->word)))
			return "id is a text of up to 64 bytes";
		if (!read_text(root, "view", out->view, sizeof(out->view)))
			return "view is the id of a view";
		return NULL;
	default: return NULL;
	}
}

const char *ts_machine_message_read(struct ts_machine_message *out, const uint8_t *text, size_t len)
{
	static const char *const events[TS_ORDERS] = {[TS_ORDER_MEDIA] = "media",
		[TS_ORDER_MARK] = "mark",
		[TS_ORDER_CLEAR] = "clear",
		[TS_ORDER_HEAR] = "hear",
		[TS_ORDER_SNAPSHOT] = "snapshot",
		[TS_ORDER_STOP] = "stop"};
	memset(out, 0, sizeof(*out));
	json_t *root = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *event = json_string_value(json_object_get(root, "event"));
	const char *why = !root ? "this is no JSON"
		: !event        ? "this is no object with an event"
				: "there is no such event";
	for (int i = 0; event && i < TS_ORDERS; i++) {
		if (strcmp(event, events[i]) != 0) continue;
		out->order = (enum ts_machine_order)i;
		why = read_rest(out, root);
		break;
	}
	json_decref(root);
	return why;
}

void ts_machine_message_fini(struct ts_machine_message *message)
{
	g_free(message->payload);
	message->payload = NULL;
}
