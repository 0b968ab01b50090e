/* INVITEs that are to take the place of a call that goes on, which the other end of that call sent
 * here: an attended transfer. Which call is found here, whether its place is given is control's to
 * say. RFC 3891 3. */
#include "base/log.h"
#include "control/sip/core.h"
#include "control/sip/replaces.h"
#include <string.h>

static void refuse(struct ts_sip_ua *ua, const struct sip_msg *msg, int code, const char *reason)
{
	ts_info("sip takeover refused", "code=%d", code);
	ts_sip_reply_stateless(ua, msg, code, reason, NULL);
}

struct search {
	const struct ts_sip_replaces *wanted;
};

static bool is_wanted(struct le *le, void *arg)
{
	const struct ts_sip_call *call = le->data;
	const struct ts_sip_replaces *wanted = ((const struct search *)arg)->wanted;
	return call->dialog->remote_tag && !strcmp(call->dialog->call_id, wanted->call_id) &&
		!strcmp(call->dialog->local_tag, wanted->to_tag) &&
		!strcmp(call->dialog->remote_tag, wanted->from_tag);
}

bool ts_sip_takeover(struct ts_sip_ua *ua, const struct sip_msg *msg, uint64_t *key)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REPLACES);
	struct ts_sip_replaces replaces;
	*key = 0;
	if (!header) return true;
	if (sip_msg_hdr_count(msg, SIP_HDR_REPLACES) > 1 ||
		!ts_sip_replaces_parse(&replaces, header->val.p, header->val.l)) {
		refuse(ua, msg, 400, "Bad Replaces");
		return false;
	}
	struct search search = {&replaces};
	struct le *le = hash_lookup(
		ua->by_id, hash_joaat_str(replaces.call_id), is_wanted, &search);
	const struct ts_sip_call *call = le ? le->data : NULL;
	/* nor one that we have not taken ourselves yet */
	if (!call || call->state != TS_SIP_C_UP) {
		refuse(ua, msg, 481, "Call/Transaction Does Not Exist");
		return false;
	}
	if (replaces.early_only) {
		refuse(ua, msg, 486, "Busy Here");
		return false;
	}
	*key = call->key;
	return true;
}
