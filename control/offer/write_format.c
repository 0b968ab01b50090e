#include "base/text.h"
#include "control/offer/engine.h"
#include <inttypes.h>
#include <string.h>

static const char *ip_of(const char *address)
{
	return strchr(address, ':') ? "IP6" : "IP4";
}

void ts_write_head(
	struct ts_wr *w, uint64_t id, uint64_t version, const char *address, const char *name)
{
	ts_sdp_line(w, 'v', "0");
	ts_sdp_line(
		w, 'o', "- %" PRIu64 " %" PRIu64 " IN %s %s", id, version, ip_of(address), address);
	ts_sdp_line(w, 's', "%s", name);
}

void ts_write_connection(struct ts_wr *w, const char *address)
{
	ts_sdp_line(w, 'c', "IN %s %s", ip_of(address), address);
}

/* Where am->pt[i] stands in the line: RED right behind its Opus changes places with it. */
static size_t written_at(const struct ts_answer_media *am, size_t i)
{
	if (!am->red_first) return i;
	if (i + 1 < am->n_pt && am->pt[i + 1].pt.codec == TS_CODEC_RED) return i + 1;
	return i && am->pt[i].pt.codec == TS_CODEC_RED ? i - 1 : i;
}

void ts_write_m(struct ts_wr *w, const struct ts_answer_line *line, unsigned port,
	const struct ts_answer_media *am)
{
	char text[(TS_PT_MAX + TS_ANSWER_OTHER_MAX) * 4 + 1];
	struct ts_text formats = ts_text(text, sizeof(text));
	if (!am) {
		ts_sdp_line(w, 'm', "%s 0 %s %s", line->kind, line->proto, line->format);
		return;
	}
	for (size_t i = 0; i < am->n_pt; i++)
		ts_text_append(&formats, " %u", am->pt[written_at(am, i)].pt.pt);
	for (size_t i = 0; i < am->n_other; i++)
		ts_text_append(&formats, " %u", am->other[i].pt.pt);
	ts_sdp_line(w, 'm', "%s %u %s%s", line->kind, port, line->proto, text);
}

void ts_write_mid(struct ts_wr *w, const struct ts_answer_line *line)
{
	if (*line->mid) ts_sdp_line(w, 'a', "mid:%s", line->mid);
}

void ts_write_rtpmap(struct ts_wr *w, const struct ts_answer_pt *ap)
{
	const struct ts_codec_info *info = ts_codec_info(ap->pt.codec);
	const char *name = ap->said_alias ? info->sdp_alias : info->sdp_name;
	uint32_t hz = ap->said_hz ? ap->said_hz : info->clock_hz;
	unsigned channels = info->channels > 1 && ap->said_channels ? ap->said_channels
								    : info->channels;
	if (ap->pt.apt >= 0 && ap->pt.codec != TS_CODEC_RED)
		ts_sdp_line(w, 'a', "rtpmap:%u rtx/%u", ap->pt.pt, ap->pt.clock_hz);
	else if (info->channels > 1)
		ts_sdp_line(w, 'a', "rtpmap:%u %s/%u/%u", ap->pt.pt, name, hz, channels);
	else
		ts_sdp_line(w, 'a', "rtpmap:%u %s/%u", ap->pt.pt, name, hz);
}

void ts_write_fmtp(struct ts_wr *w, const struct ts_answer_pt *ap, const struct ts_fmtp_wish *wish)
{
	char fmtp[TS_FMTP_MAX] = "";
	if (ap->pt.codec == TS_CODEC_RED) {
		ts_sdp_line(w, 'a', "fmtp:%u %d/%d", ap->pt.pt, ap->pt.apt, ap->pt.apt);
		return;
	}
	if (ap->pt.apt >= 0) {
		ts_sdp_line(w, 'a', "fmtp:%u apt=%d", ap->pt.pt, ap->pt.apt);
		return;
	}
	ts_codec_info(ap->pt.codec)->write_fmtp(fmtp, &ap->format, wish);
	if (*fmtp) ts_sdp_line(w, 'a', "fmtp:%u %s", ap->pt.pt, fmtp);
}

void ts_write_feedback(struct ts_wr *w, const struct ts_answer_pt *ap)
{
	for (size_t i = 0; i < TS_FEEDBACKS; i++)
		if (ap->feedback & ts_feedbacks[i].bit)
			ts_sdp_line(w, 'a', "rtcp-fb:%u %s", ap->pt.pt, ts_feedbacks[i].text);
}
