#include "control/sip/frame.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_CAP = 1024 };

void ts_sip_frame_fini(struct ts_sip_frame *frame)
{
	free(frame->buf);
	*frame = (struct ts_sip_frame){0};
}

bool ts_sip_frame_is_begun(const struct ts_sip_frame *frame)
{
	return frame->len && !frame->whole;
}

static enum ts_sip_frame_result bad(struct ts_sip_frame *frame, int code, const char *why)
{
	frame->code = code;
	frame->why = why;
	return TS_FRAME_BAD;
}

/* Doubling keeps what is copied linear in what comes. */
static bool append(struct ts_sip_frame *frame, const uint8_t *data, size_t n)
{
	size_t cap = frame->cap ? frame->cap : FIRST_CAP;
	while (cap < frame->len + n) cap *= 2;
	if (cap != frame->cap) {
		uint8_t *buf = realloc(frame->buf, cap);
		if (!buf) return false;
		frame->buf = buf;
		frame->cap = cap;
	}
	memcpy(frame->buf + frame->len, data, n);
	frame->len += n;
	return true;
}

/* ---- Content-Length */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One header with the lines it is folded over. Its length; 0: there is none. */
static size_t header_at(const uint8_t *p, size_t len)
{
	size_t n = 0;
	while (n < len) {
		const uint8_t *lf = memchr(p + n, '\n', len - n);
		n = lf ? (size_t)(lf - p) + 1 : len;
		if (n == len || (p[n] != ' ' && p[n] != '\t')) break;
	}
	return n;
}

static bool is_content_length(const uint8_t *p, size_t n)
{
	while (n && is_blank(p[n - 1])) n--;
	return (n == 1 && (*p == 'l' || *p == 'L')) ||
		(n == 14 && !strncasecmp((const char *)p, "Content-Length", 14));
}

/* Digits alone, at most cap. */
static bool read_length(const uint8_t *p, size_t n, size_t cap, size_t *out)
{
	size_t v = 0;
	while (n && is_blank(*p)) p++, n--;
	while (n && is_blank(p[n - 1])) n--;
	if (!n) return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9') return false;
		v = v * 10 + (size_t)(p[i] - '0');
		if (v > cap) v = cap + 1; /* goes on: it may be no number at all */
	}
	*out = v;
	return true;
}

static enum ts_sip_frame_result end_header(struct ts_sip_frame *frame)
{
	size_t at = header_at(frame->buf, frame->len), body = 0;
	unsigned lengths = 0;
	frame->header_len = frame->len;
	for (size_t n; (n = header_at(frame->buf + at, frame->len - at)); at += n) {
		const uint8_t *p = frame->buf + at, *colon = memchr(p, ':', n);
		if (!colon || !is_content_length(p, (size_t)(colon - p))) continue;
		if (lengths++) return bad(frame, 400, "Repeated Content-Length");
		if (!read_length(colon + 1, (size_t)(p + n - colon - 1), TS_SIP_FRAME_MAX, &body))
			return bad(frame, 400, "Bad Content-Length");
	}
	if (!lengths) return bad(frame, 400, "Missing Content-Length");
	if (body > TS_SIP_FRAME_MAX - frame->header_len)
		return bad(frame, 513, "Message Too Large");
	frame->message_len = frame->header_len + body;
	return TS_FRAME_MORE;
}

/* ---- bytes */

/* Line ends between messages. */
static enum ts_sip_frame_result skip_line_ends(
	struct ts_sip_frame *frame, const uint8_t **data, size_t *len)
{
	while (*len && (**data == '\r' || **data == '\n')) {
		bool lf = **data == '\n';
		(*data)++, (*len)--;
		if (!lf || ++frame->lf < 2) continue;
		frame->lf = 0;
		return TS_FRAME_KEEPALIVE;
	}
	return TS_FRAME_MORE;
}

/* How many of these bytes still belong to the header; frame->lf is 2 when it ends with them. */
static size_t scan_header(struct ts_sip_frame *frame, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\r') continue;
		frame->lf = data[i] == '\n' ? frame->lf + 1 : 0;
		if (frame->lf == 2) return i + 1;
	}
	return len;
}

static enum ts_sip_frame_result read_header(
	struct ts_sip_frame *frame, const uint8_t **data, size_t *len)
{
	size_t n = scan_header(frame, *data, *len);
	if (n > TS_SIP_FRAME_HEADER_MAX - frame->len) return bad(frame, 513, "Message Too Large");
	if (!append(frame, *data, n)) return bad(frame, 500, "Server Error");
	*data += n;
	*len -= n;
	return frame->lf == 2 ? end_header(frame) : TS_FRAME_MORE;
}

static enum ts_sip_frame_result read_body(
	struct ts_sip_frame *frame, const uint8_t **data, size_t *len)
{
	size_t left = frame->message_len - frame->len, n = *len < left ? *len : left;
	if (!append(frame, *data, n)) return bad(frame, 500, "Server Error");
	*data += n;
	*len -= n;
	frame->whole = n == left;
	return frame->whole ? TS_FRAME_MESSAGE : TS_FRAME_MORE;
}

void ts_sip_frame_let_go(struct ts_sip_frame *frame)
{
	free(frame->buf);
	*frame = (struct ts_sip_frame){.why = frame->why, .code = frame->code};
}

enum ts_sip_frame_result ts_sip_frame_push(
	struct ts_sip_frame *frame, const uint8_t **data, size_t *len)
{
	enum ts_sip_frame_result result = TS_FRAME_MORE;
	if (frame->why) return TS_FRAME_BAD;
	if (frame->whole) ts_sip_frame_let_go(frame);
	if (!frame->len) {
		result = skip_line_ends(frame, data, len);
		if (*len && result == TS_FRAME_MORE) frame->lf = 0;
	}
	if (*len && result == TS_FRAME_MORE && !frame->header_len)
		result = read_header(frame, data, len);
	if (result == TS_FRAME_MORE && frame->header_len) result = read_body(frame, data, len);
	return result;
}
