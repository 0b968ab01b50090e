/* Bodies of messages that libre has read, by the rules of body.h. */
#include "control/sip/core.h"

static struct ts_sip_text value_of(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, id);
	return header ? (struct ts_sip_text){header->val.p, header->val.l}
		      : (struct ts_sip_text){NULL, 0};
}

void ts_sip_content(struct ts_sip_body *out, const struct sip_msg *msg, const char *wanted)
{
	const struct ts_sip_body_headers headers = {
		.type = value_of(msg, SIP_HDR_CONTENT_TYPE),
		.disposition = value_of(msg, SIP_HDR_CONTENT_DISPOSITION),
		.encoding = value_of(msg, SIP_HDR_CONTENT_ENCODING),
	};
	ts_sip_body_read(
		out, wanted, &headers, (const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb));
}

/* accept: what is understood, for 415. */
static bool refuse(struct ts_sip_ua *ua, const struct sip_msg *msg,
	enum ts_sip_body_verdict verdict, const char *accept)
{
	char header[160];
	g_snprintf(header, sizeof(header), "Accept: %s\r\n", accept);
	switch (verdict) {
	case TS_SIP_BODY_TYPE:
		ts_sip_reply_stateless(ua, msg, 415, "Unsupported Media Type", header);
		return true;
	case TS_SIP_BODY_ENCODING:
		ts_sip_reply_stateless(
			ua, msg, 415, "Unsupported Media Type", "Accept-Encoding: identity\r\n");
		return true;
	case TS_SIP_BODY_BROKEN:
		ts_sip_reply_stateless(ua, msg, 400, "Bad Multipart Body", NULL);
		return true;
	case TS_SIP_BODY_NONE:
	case TS_SIP_BODY_TAKEN: break;
	}
	return false;
}

bool ts_sip_refuse_content(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *wanted)
{
	struct ts_sip_body body;
	ts_sip_content(&body, msg, wanted);
	const enum ts_sip_body_verdict verdict = body.verdict;
	ts_sip_body_fini(&body);
	return refuse(ua, msg, verdict, wanted);
}

bool ts_sip_choose_content(struct ts_sip_ua *ua, const struct sip_msg *msg,
	const char *const *wanted, size_t n, size_t *which, struct ts_sip_body *out)
{
	char accept[140] = "";
	enum ts_sip_body_verdict verdict =
		TS_SIP_BODY_NONE; /* which type is asked for: no matter */
	for (*which = 0; *which < n; ++*which) {
		ts_sip_content(out, msg, wanted[*which]);
		if (out->verdict == TS_SIP_BODY_TAKEN) return true;
		verdict = out->verdict;
		ts_sip_body_fini(out);
		if (*accept) g_strlcat(accept, ", ", sizeof(accept));
		g_strlcat(accept, wanted[*which], sizeof(accept));
	}
	return !refuse(ua, msg, verdict, accept);
}
