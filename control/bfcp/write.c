#include "base/error.h"
#include "control/bfcp/message.h"
#include <string.h>

enum { WORD = 4, MANDATORY = 1, LENGTH_MAX = 255 };

/* Where the attribute begins, whose length close_attribute fills in. */
static uint8_t *open_attribute(struct ts_wr *w, enum ts_bfcp_attribute type)
{
	uint8_t *at = w->p;
	ts_wr_u8(w, (uint8_t)(type << 1 | MANDATORY));
	ts_wr_u8(w, 0);
	return at;
}

static void close_attribute(struct ts_wr *w, uint8_t *at)
{
	const size_t length = (size_t)(w->p - at);
	if (w->bad || length > LENGTH_MAX) {
		w->bad = true;
		return;
	}
	at[1] = (uint8_t)length;
	while (!w->bad && (size_t)(w->p - at) % WORD) ts_wr_u8(w, 0);
}

static void write_u16(struct ts_wr *w, enum ts_bfcp_attribute type, uint16_t value)
{
	uint8_t *at = open_attribute(w, type);
	ts_wr_u16(w, value);
	close_attribute(w, at);
}

static void write_text(struct ts_wr *w, enum ts_bfcp_attribute type, const char *text)
{
	if (!*text) return;
	uint8_t *at = open_attribute(w, type);
	ts_wr_bytes(w, text, strlen(text));
	close_attribute(w, at);
}

static void write_user(
	struct ts_wr *w, enum ts_bfcp_attribute type, const struct ts_bfcp_user_info *user)
{
	if (!user->there) return;
	uint8_t *at = open_attribute(w, type);
	ts_wr_u16(w, user->id);
	write_text(w, TS_BFCP_USER_DISPLAY_NAME, user->name);
	write_text(w, TS_BFCP_USER_URI, user->uri);
	close_attribute(w, at);
}

static void write_status(
	struct ts_wr *w, enum ts_bfcp_attribute type, const struct ts_bfcp_request_status *status)
{
	if (!status->there) return;
	uint8_t *at = open_attribute(w, type);
	ts_wr_u16(w, status->id);
	if (status->status) {
		uint8_t *inner = open_attribute(w, TS_BFCP_REQUEST_STATUS);
		ts_wr_u8(w, status->status);
		ts_wr_u8(w, status->queue);
		close_attribute(w, inner);
	}
	write_text(w, TS_BFCP_STATUS_INFO, status->info);
	close_attribute(w, at);
}

static void write_info(struct ts_wr *w, const struct ts_bfcp_request_info *info)
{
	uint8_t *at = open_attribute(w, TS_BFCP_FLOOR_REQUEST_INFORMATION);
	ts_wr_u16(w, info->id);
	write_status(w, TS_BFCP_OVERALL_REQUEST_STATUS, &info->overall);
	for (size_t i = 0; i < info->n_floors; i++)
		write_status(w, TS_BFCP_FLOOR_REQUEST_ATTRIBUTE_STATUS, &info->floor[i]);
	write_user(w, TS_BFCP_BENEFICIARY_INFORMATION, &info->beneficiary);
	write_user(w, TS_BFCP_REQUESTED_BY_INFORMATION, &info->requested_by);
	if (info->has_priority) write_u16(w, TS_BFCP_PRIORITY, (uint16_t)(info->priority << 13));
	write_text(w, TS_BFCP_PARTICIPANT_PROVIDED_INFO, info->provided);
	close_attribute(w, at);
}

static void write_set(struct ts_wr *w, enum ts_bfcp_attribute type, uint32_t set, int shift)
{
	if (!set) return;
	uint8_t *at = open_attribute(w, type);
	for (unsigned number = 0; number < 32; number++)
		if (set >> number & 1) ts_wr_u8(w, (uint8_t)(number << shift));
	close_attribute(w, at);
}

static void write_error(struct ts_wr *w, const struct ts_bfcp_message *m)
{
	uint8_t *at = open_attribute(w, TS_BFCP_ERROR_CODE);
	ts_wr_u8(w, m->error);
	for (size_t i = 0; m->error == TS_BFCP_UNKNOWN_ATTRIBUTE && i < m->n_unknown; i++)
		ts_wr_u8(w, (uint8_t)(m->unknown[i] << 1));
	close_attribute(w, at);
	write_text(w, TS_BFCP_ERROR_INFO, m->error_info);
}

static void write_attributes(struct ts_wr *w, const struct ts_bfcp_message *m)
{
	for (size_t i = 0; i < m->n_floors; i++) write_u16(w, TS_BFCP_FLOOR_ID, m->floor[i]);
	if (m->has_beneficiary) write_u16(w, TS_BFCP_BENEFICIARY_ID, m->beneficiary);
	if (m->has_request) write_u16(w, TS_BFCP_FLOOR_REQUEST_ID, m->request);
	if (m->has_priority) write_u16(w, TS_BFCP_PRIORITY, (uint16_t)(m->priority << 13));
	write_text(w, TS_BFCP_PARTICIPANT_PROVIDED_INFO, m->provided);
	write_user(w, TS_BFCP_BENEFICIARY_INFORMATION, &m->about);
	for (size_t i = 0; i < m->n_infos; i++) write_info(w, &m->info[i]);
	if (m->error) write_error(w, m);
	write_set(w, TS_BFCP_SUPPORTED_PRIMITIVES, m->primitives, 0);
	write_set(w, TS_BFCP_SUPPORTED_ATTRIBUTES, m->attributes, 1);
}

int ts_bfcp_write(struct ts_wr *w, const struct ts_bfcp_message *m)
{
	uint8_t *at = w->p;
	ts_wr_u8(w, (uint8_t)(m->version << 5 | (m->responder && m->version > 1 ? 0x10 : 0)));
	ts_wr_u8(w, m->primitive);
	ts_wr_u16(w, 0);
	ts_wr_u32(w, m->conference);
	ts_wr_u16(w, m->transaction);
	ts_wr_u16(w, m->user);
	write_attributes(w, m);
	if (w->bad) return TS_EFULL;
	const size_t words = ((size_t)(w->p - at) - TS_BFCP_HEADER_BYTES) / WORD;
	at[2] = (uint8_t)(words >> 8);
	at[3] = (uint8_t)words;
	return 0;
}

const char *ts_bfcp_primitive_name(uint8_t primitive)
{
	static const char *const names[TS_BFCP_PRIMITIVES] = {
		[TS_BFCP_FLOOR_REQUEST] = "FloorRequest",
		[TS_BFCP_FLOOR_RELEASE] = "FloorRelease",
		[TS_BFCP_FLOOR_REQUEST_QUERY] = "FloorRequestQuery",
		[TS_BFCP_FLOOR_REQUEST_STATUS] = "FloorRequestStatus",
		[TS_BFCP_USER_QUERY] = "UserQuery",
		[TS_BFCP_USER_STATUS] = "UserStatus",
		[TS_BFCP_FLOOR_QUERY] = "FloorQuery",
		[TS_BFCP_FLOOR_STATUS] = "FloorStatus",
		[TS_BFCP_CHAIR_ACTION] = "ChairAction",
		[TS_BFCP_CHAIR_ACTION_ACK] = "ChairActionAck",
		[TS_BFCP_HELLO] = "Hello",
		[TS_BFCP_HELLO_ACK] = "HelloAck",
		[TS_BFCP_ERROR] = "Error",
		[TS_BFCP_FLOOR_REQUEST_STATUS_ACK] = "FloorRequestStatusAck",
		[TS_BFCP_FLOOR_STATUS_ACK] = "FloorStatusAck",
		[TS_BFCP_GOODBYE] = "Goodbye",
		[TS_BFCP_GOODBYE_ACK] = "GoodbyeAck"};
	return primitive && primitive < TS_BFCP_PRIMITIVES ? names[primitive] : "unknown";
}

bool ts_bfcp_is_request(uint8_t primitive)
{
	switch (primitive) {
	case TS_BFCP_FLOOR_REQUEST:
	case TS_BFCP_FLOOR_RELEASE:
	case TS_BFCP_FLOOR_REQUEST_QUERY:
	case TS_BFCP_USER_QUERY:
	case TS_BFCP_FLOOR_QUERY:
	case TS_BFCP_CHAIR_ACTION:
	case TS_BFCP_HELLO:
	case TS_BFCP_GOODBYE: return true;
	default: return false;
	}
}
