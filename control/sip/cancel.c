/* CANCELs of ours: libre makes them from the INVITE and has no way to say why (RFC 3326). */
#include "control/sip/core.h"
#include <string.h>

static const char last[] = "\r\nContent-Length:";

static const char *why_of(const struct ts_sip_call *call)
{
	if (call->branches && !call->cancelled) return ts_sip_branches_why(call->branches);
	return call->why ? call->why : "hangup";
}

/* One that is said again has its Reason already. Whose call is gone has none. */
void ts_sip_explain_cancel(struct ts_sip_ua *ua, struct mbuf *mb)
{
	const size_t pos = mb->pos;
	const char *text = (const char *)mbuf_buf(mb);
	const size_t len = mbuf_get_left(mb);
	if (len < 7 || memcmp(text, "CANCEL ", 7) != 0 || memmem(text, len, "\r\nReason:", 9))
		return;
	const struct ts_sip_span id = ts_sip_head_call_id(text, len);
	const struct ts_sip_call *call = id.p ? ts_sip_call_with_id(ua, &id) : NULL;
	const char *end = memmem(text, len, last, sizeof(last) - 1);
	if (!call || !end) return;
	const char *line = ts_sip_reason_line(why_of(call));
	const size_t at = pos + (size_t)(end + 2 - text), more = strlen(line);
	/* without the memory it says no reason, and is whole */
	if (mb->size - mb->end < more && mbuf_resize(mb, mb->end + more)) return;
	memmove(mb->buf + at + more, mb->buf + at, mb->end - at);
	memcpy(mb->buf + at, line, more);
	mb->end += more;
}
