/* The first byte says what the rest is: Refer-To, Replaces, Subscription-State, sipfrag. What is
 * taken can stand in a request line or a header of ours. */
#include "control/sip/referral.h"
#include "control/sip/replaces.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const char *text, const char *never)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || strchr(never, *text)) abort();
}

static void refer_to(const char *text, size_t len)
{
	struct ts_sip_referral r;
	struct ts_sip_replaces replaces;
	if (ts_sip_referral_parse(&r, text, len) != TS_SIP_REFERRAL_OK) return;
	check(r.uri, " <>\"?");
	check(r.replaces, "");
	if (*r.replaces && !ts_sip_replaces_parse(&replaces, r.replaces, strlen(r.replaces)))
		abort();
}

static void replaces(const char *text, size_t len)
{
	struct ts_sip_replaces r;
	if (!ts_sip_replaces_parse(&r, text, len)) return;
	check(r.call_id, " ;,=");
	check(r.to_tag, " ;,=");
	check(r.from_tag, " ;,=");
	if (!*r.call_id || !*r.to_tag || !*r.from_tag) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len) return 0;
	const char *text = (const char *)data + 1;
	const size_t n = len - 1;
	int code = 0;
	switch (*data) {
	case 'r': replaces(text, n); break;
	case 's': ts_sip_subscription_over(text, n); break;
	case 'f': code = ts_sip_sipfrag_code(text, n); break;
	default: refer_to(text, n);
	}
	if (code && (code < 100 || code > 699)) abort();
	return 0;
}
