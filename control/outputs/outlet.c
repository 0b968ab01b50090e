#include "control/outputs/outlet.h"

const char *ts_outlet_state_name(enum ts_outlet_state state)
{
	static const char *const names[TS_OUTLET_STATES] = {
		"connecting", "live", "retrying", "failed", "ended"};
	return names[state];
}

static const struct {
	const char *name, *words;
} reasons[TS_OUTLET_REASONS] = {
	[TS_OUTLET_NO_NAME] = {"no-such-host", "the host has no address"},
	[TS_OUTLET_DENIED] = {"not-allowed",
		"outputs.allow of this server lets no stream go to "
		"the address of the host"},
	[TS_OUTLET_REFUSED] = {"refused", "nobody answers there: the connection was refused"},
	[TS_OUTLET_TIMEOUT] = {"timeout", "the peer did not answer within 10 s"},
	[TS_OUTLET_REJECTED] = {"rejected",
		"the peer does not take the stream: perhaps its key "
		"is wrong, or in use"},
	[TS_OUTLET_CLOSED] = {"closed", "the peer closed the connection"},
	[TS_OUTLET_NO_TLS] = {"tls",
		"no secure connection could be made: perhaps the certificate "
		"of the peer is not trusted"},
	[TS_OUTLET_STALLED] = {"stalled", "the peer took nothing for 5 s"},
	[TS_OUTLET_BROKEN] = {"failed", "the stream could not be sent"},
	[TS_OUTLET_ROOM_EMPTY] = {"room-empty", "nobody is in the room any more"},
	[TS_OUTLET_SERVER_STOPPED] = {"server-stopped", "the server stops"},
};

const char *ts_outlet_reason_name(enum ts_outlet_reason reason)
{
	return reasons[reason].name;
}

const char *ts_outlet_reason_words(enum ts_outlet_reason reason)
{
	return reasons[reason].words;
}
