#include "control/sip/inner.h"
#include "control/sip/door.h"

bool ts_sip_is_inner(const struct sa *address)
{
	struct sa inner;
	return !sa_set_str(&inner, TS_SIP_INNER_ADDRESS, 0) && sa_cmp(&inner, address, SA_ADDR);
}
