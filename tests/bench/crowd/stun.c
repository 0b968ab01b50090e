#include "tests/bench/crowd/stun.h"

#include "base/error.h"
#include "base/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

enum { PRIORITY = 2130706431 };

struct ts_stun {
	StunAgent agent;
	uint64_t tie;
	char local_ufrag[64], local_pwd[64], remote_pwd[260], username[330];
};

int ts_stun_create(struct ts_stun **out, const char *ufrag, const char *pwd)
{
	static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
		STUN_ATTRIBUTE_ERROR_CODE, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
		STUN_ATTRIBUTE_PRIORITY, STUN_ATTRIBUTE_USE_CANDIDATE, STUN_ATTRIBUTE_FINGERPRINT,
		STUN_ATTRIBUTE_ICE_CONTROLLED, STUN_ATTRIBUTE_ICE_CONTROLLING, 0};
	struct ts_stun *s = calloc(1, sizeof *s);
	*out = s;
	if (!s) return TS_ENOMEM;
	stun_agent_init(&s->agent, known, STUN_COMPATIBILITY_RFC5389,
		STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
	ts_random_bytes(&s->tie, sizeof s->tie);
	snprintf(s->local_ufrag, sizeof s->local_ufrag, "%s", ufrag);
	snprintf(s->local_pwd, sizeof s->local_pwd, "%s", pwd);
	return 0;
}

void ts_stun_destroy(struct ts_stun **s)
{
	free(*s);
	*s = NULL;
}

void ts_stun_remote(struct ts_stun *s, const char *ufrag, const char *pwd)
{
	snprintf(s->username, sizeof s->username, "%s:%s", ufrag, s->local_ufrag);
	snprintf(s->remote_pwd, sizeof s->remote_pwd, "%s", pwd);
}

size_t ts_stun_check(struct ts_stun *s, uint8_t *out)
{
	StunMessage m;
	return stun_usage_ice_conncheck_create(&s->agent, &m, out, TS_STUN_MAX,
		(uint8_t *)s->username, strlen(s->username), (uint8_t *)s->remote_pwd,
		strlen(s->remote_pwd), true, true, PRIORITY, s->tie, NULL,
		STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

static bool our_password(StunAgent *agent, StunMessage *m, uint8_t *username, uint16_t username_len,
	uint8_t **pwd, size_t *len, void *arg)
{
	struct ts_stun *s = arg;
	(void)agent, (void)m;
	size_t n = strlen(s->local_ufrag);
	if (username_len <= n || memcmp(username, s->local_ufrag, n) || username[n] != ':')
		return false;
	*pwd = (uint8_t *)s->local_pwd;
	*len = strlen(s->local_pwd);
	return true;
}

enum ts_stun_is ts_stun_input(struct ts_stun *s, const uint8_t *data, size_t len,
	const struct sockaddr_in *from, uint8_t *out, size_t *out_len)
{
	StunMessage m, reply;
	struct sockaddr_storage src = {0};
	bool controlling = true;
	if (stun_agent_validate(&s->agent, &m, data, len, our_password, s) !=
		STUN_VALIDATION_SUCCESS)
		return TS_STUN_NOTHING;
	if (stun_message_get_method(&m) != STUN_BINDING) return TS_STUN_NOTHING;
	if (stun_message_get_class(&m) == STUN_RESPONSE) return TS_STUN_ANSWER;
	if (stun_message_get_class(&m) != STUN_REQUEST) return TS_STUN_NOTHING;
	memcpy(&src, from, sizeof *from);
	*out_len = TS_STUN_MAX;
	stun_usage_ice_conncheck_create_reply(&s->agent, &m, &reply, out, out_len, &src,
		sizeof *from, &controlling, s->tie, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
	return TS_STUN_REQUEST;
}
