#include "transport/ice/check.h"

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"
#include "transport/ice/stun.h"
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

enum { HEADER = 20, ID_AT = 8, USERNAME = 0x0006, REQUEST = 0x0001, SUCCESS = 0x0101 };

static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
	STUN_ATTRIBUTE_ERROR_CODE, STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE,
	STUN_ATTRIBUTE_ICE_CONTROLLED, STUN_ATTRIBUTE_ICE_CONTROLLING, 0};

/* Forgets what it sent: transactions are remembered by who makes them. */
static void agent_init(StunAgent *agent)
{
	stun_agent_init(agent, known, STUN_COMPATIBILITY_RFC5389,
		STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static unsigned type_of(const uint8_t *data)
{
	return (unsigned)(data[0] << 8 | data[1]);
}

static enum ts_check_kind read_name(char name[TS_CHECK_NAME + 1], const uint8_t *data, size_t len)
{
	struct ts_rd r = ts_rd(data, len);
	ts_rd_bytes(&r, HEADER);
	while (ts_rd_left(&r) && !r.bad) {
		const uint16_t type = ts_rd_u16(&r), n = ts_rd_u16(&r);
		const uint8_t *value = ts_rd_bytes(&r, (n + 3u) & ~3u);
		if (r.bad || type != USERNAME) continue;
		const uint8_t *colon = memchr(value, ':', n);
		const size_t ours = colon ? (size_t)(colon - value) : 0;
		if (!ours || ours > TS_CHECK_NAME || memchr(value, '\0', ours)) break;
		memcpy(name, value, ours);
		name[ours] = '\0';
		return TS_CHECK_REQUEST;
	}
	return TS_CHECK_NONE;
}

enum ts_check_kind ts_check_read(char name[TS_CHECK_NAME + 1], const uint8_t *data, size_t len)
{
	*name = '\0';
	if (!ts_stun_is_binding(data, len)) return TS_CHECK_NONE;
	switch (type_of(data)) {
	case REQUEST: return read_name(name, data, len);
	case SUCCESS: return TS_CHECK_REPLY;
	default: return TS_CHECK_NONE; /* errors, indications */
	}
}

static bool give_password(StunAgent *agent, StunMessage *message, uint8_t *username,
	uint16_t username_len, uint8_t **password, size_t *password_len, void *pwd)
{
	(void)agent, (void)message, (void)username, (void)username_len;
	*password = pwd;
	*password_len = strlen(pwd);
	return true;
}

size_t ts_check_answer(uint8_t reply[TS_CHECK_MAX], struct ts_check_request *request,
	const uint8_t *data, size_t len, const struct sockaddr_storage *from, const char *our_pwd)
{
	StunAgent agent;
	StunMessage message, answer;
	size_t n = TS_CHECK_MAX;
	bool controlling = false;
	uint64_t tie = 0; /* the peer's is never less: who says that they are controlled are told */
	*request = (struct ts_check_request){0};
	agent_init(&agent);
	const StunValidationStatus status = stun_agent_validate(
		&agent, &message, data, len, give_password, (void *)(uintptr_t)our_pwd);
	if (status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE)
		return stun_agent_build_unknown_attributes_error(
			&agent, &answer, reply, n, &message);
	/* without MESSAGE-INTEGRITY, or a wrong one, nothing is told */
	if (status != STUN_VALIDATION_SUCCESS || !message.key) return 0;
	const StunUsageIceReturn said = stun_usage_ice_conncheck_create_reply(&agent, &message,
		&answer, reply, &n, from, ts_address_len(from), &controlling, tie,
		STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
	request->proved = said == STUN_USAGE_ICE_RETURN_SUCCESS;
	request->use_candidate = stun_usage_ice_conncheck_use_candidate(&message);
	request->priority = stun_usage_ice_conncheck_priority(&message);
	return n;
}

size_t ts_check_make(uint8_t out[TS_CHECK_MAX], uint8_t id[TS_CHECK_ID], const char *name,
	const char *their_pwd, uint32_t priority)
{
	StunAgent agent;
	StunMessage message;
	uint64_t tie;
	agent_init(&agent);
	ts_random_bytes(&tie, sizeof tie);
	const size_t n = stun_usage_ice_conncheck_create(&agent, &message, out, TS_CHECK_MAX,
		(const uint8_t *)name, strlen(name), (const uint8_t *)their_pwd, strlen(their_pwd),
		false, false, priority, tie, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
	if (n) memcpy(id, out + ID_AT, TS_CHECK_ID);
	return n;
}

bool ts_check_succeeded(
	const uint8_t *data, size_t len, const uint8_t id[TS_CHECK_ID], const char *their_pwd)
{
	return len >= HEADER && type_of(data) == SUCCESS &&
		!memcmp(data + ID_AT, id, TS_CHECK_ID) &&
		ts_stun_is_peers(data, len, "", their_pwd);
}
