#include "control/machines/texts.h"
#include <glib.h>

json_t *ts_machine_connected_json(void)
{
	return json_pack("{s:s, s:s, s:s}", "event", "connected", "protocol", "tessera.media",
		"version", "1.0.0");
}

json_t *ts_machine_start_json(const struct ts_machine_start *start)
{
	const char *encoding = start->codec == TS_CODEC_OPUS ? "audio/opus"
		: start->codec == TS_CODEC_PCMU              ? "audio/x-mulaw"
							     : "audio/x-l16";
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:{s:s, s:i, s:i, "
			 "s:i}}}",
		"event", "start", "sequenceNumber", "1", "streamSid", start->participant, "start",
		"streamSid", start->participant, "room", start->room, "participant",
		start->participant, "hears", start->hears, "speaks", start->speaks, "framing",
		start->framing, "began_ms", (json_int_t)start->began_ms, "mediaFormat", "encoding",
		encoding, "sampleRate", start->rate_hz, "channels", 1, "frame_ms", 20);
}

json_t *ts_machine_media_json(const char *participant, const struct ts_machine_told *frame)
{
	char number[16], ms[16];
	g_autofree char *payload = g_base64_encode(frame->data, frame->len);
	g_snprintf(number, sizeof(number), "%u", (unsigned)frame->number + 1);
	g_snprintf(ms, sizeof(ms), "%u", (unsigned)frame->time_ms);
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "event", "media",
		"sequenceNumber", number, "streamSid", participant, "media", "track", "inbound",
		"chunk", number, "timestamp", ms, "payload", payload);
}

json_t *ts_machine_mark_json(const struct ts_machine_told *mark)
{
	return json_pack("{s:s, s:{s:s}, s:b, s:i}", "event", "mark", "mark", "name",
		(const char *)mark->data, "cleared", mark->what == TS_MACHINE_CLEARED, "time_ms",
		(int)mark->time_ms);
}

json_t *ts_machine_talk_json(const char *participant, const char *name, bool talks, uint32_t ms)
{
	return json_pack("{s:s, s:s, s:s?, s:b, s:i}", "event", "talk", "participant", participant,
		"name", name, "talking", talks, "time_ms", (int)ms);
}

json_t *ts_machine_digit_json(const char *participant, char digit)
{
	const char text[] = {digit, '\0'};
	return json_pack("{s:s, s:s, s:{s:s}}", "event", "dtmf", "participant", participant, "dtmf",
		"digit", text);
}

json_t *ts_machine_dropped_json(const char *direction, uint32_t frames)
{
	return json_pack("{s:s, s:s, s:i}", "event", "dropped", "direction", direction, "frames",
		(int)frames);
}

json_t *ts_machine_snapshot_json(const char *id, const uint8_t *jpeg, size_t len)
{
	g_autofree char *payload = g_base64_encode(jpeg, len);
	return json_pack("{s:s, s:s, s:s, s:s}", "event", "snapshot", "id", id, "media_type",
		"image/jpeg", "payload", payload);
}

json_t *ts_machine_error_json(const char *about, const char *why)
{
	return json_pack("{s:s, s:s, s:s}", "event", "error", "about", about, "message", why);
}
