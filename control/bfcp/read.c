#include "base/error.h"
#include "control/bfcp/message.h"
#include <string.h>

enum { WORD = 4, GROUP_HEADER = 4 };

bool ts_bfcp_read_head(struct ts_bfcp_head *out, const void *bytes, size_t n)
{
	struct ts_rd r = ts_rd(bytes, n);
	const uint8_t first = ts_rd_u8(&r);
	*out = (struct ts_bfcp_head){
		.version = first >> 5, .responder = first & 0x10, .fragment = first & 0x08};
	out->primitive = ts_rd_u8(&r);
	out->words = ts_rd_u16(&r);
	out->conference = ts_rd_u32(&r);
	out->transaction = ts_rd_u16(&r);
	out->user = ts_rd_u16(&r);
	if (out->fragment) {
		out->fragment_offset = ts_rd_u16(&r);
		out->fragment_words = ts_rd_u16(&r);
	}
	/* the bit was reserved */
	if (out->version < 2) out->responder = false;
	return !r.bad;
}

/* ---- attributes */

struct attribute {
	uint8_t type;
	bool mandatory;
	struct ts_rd value;
};

/* The next one of what is left, which is behind it then. False: there is none, or (bad) it is cut
 * off. The last one may lack its padding. */
static bool next_attribute(struct ts_rd *r, struct attribute *out)
{
	if (r->bad || !ts_rd_left(r)) return false;
	const uint8_t type = ts_rd_u8(r), length = ts_rd_u8(r);
	if (r->bad || length < 2) {
		r->bad = true;
		return false;
	}
	out->type = type >> 1;
	out->mandatory = type & 1;
	out->value = ts_rd_sub(r, length - 2u);
	const size_t pad = (size_t)(-length & (WORD - 1));
	ts_rd_bytes(r, pad < ts_rd_left(r) ? pad : ts_rd_left(r));
	return !r->bad;
}

static uint16_t read_id(struct ts_rd *value, struct ts_rd *all)
{
	const uint16_t id = ts_rd_u16(value);
	all->bad |= value->bad;
	return id;
}

/* No more of it than there is room for, and cut between letters. NUL ends it. */
static void read_text(char out[TS_BFCP_TEXT_MAX + 1], struct ts_rd value)
{
	size_t n = ts_rd_left(&value);
	if (n > TS_BFCP_TEXT_MAX) {
		n = TS_BFCP_TEXT_MAX;
		while (n && (value.p[n] & 0xc0) == 0x80) n--;
	}
	const uint8_t *end = n ? memchr(value.p, 0, n) : NULL;
	if (end) n = (size_t)(end - value.p);
	if (n) memcpy(out, value.p, n);
	out[n] = '\0';
}

static uint8_t read_priority(struct ts_rd *value, struct ts_rd *all)
{
	const uint8_t priority = ts_rd_u16(value) >> 13;
	all->bad |= value->bad;
	return priority > 4 ? 4 : priority;
}

static void note_unknown(struct ts_bfcp_message *m, const struct attribute *a)
{
	if (a->mandatory && m->n_unknown < TS_BFCP_UNKNOWN_MAX)
		m->unknown[m->n_unknown++] = a->type;
}

static void read_user_info(
	struct ts_bfcp_message *m, struct ts_bfcp_user_info *out, struct ts_rd *value)
{
	struct attribute a;
	*out = (struct ts_bfcp_user_info){.there = true, .id = ts_rd_u16(value)};
	while (next_attribute(value, &a)) switch (a.type) {
		case TS_BFCP_USER_DISPLAY_NAME: read_text(out->name, a.value); break;
		case TS_BFCP_USER_URI: read_text(out->uri, a.value); break;
		default: note_unknown(m, &a);
		}
}

static void read_status(
	struct ts_bfcp_message *m, struct ts_bfcp_request_status *out, struct ts_rd *value)
{
	struct attribute a;
	*out = (struct ts_bfcp_request_status){.there = true, .id = ts_rd_u16(value)};
	while (next_attribute(value, &a)) switch (a.type) {
		case TS_BFCP_REQUEST_STATUS:
			out->status = ts_rd_u8(&a.value);
			out->queue = ts_rd_u8(&a.value);
			value->bad |= a.value.bad;
			break;
		case TS_BFCP_STATUS_INFO: read_text(out->info, a.value); break;
		default: note_unknown(m, &a);
		}
}

static void read_request_info(
	struct ts_bfcp_message *m, struct ts_bfcp_request_info *out, struct ts_rd *value)
{
	struct attribute a;
	struct ts_bfcp_request_status more;
	*out = (struct ts_bfcp_request_info){.id = ts_rd_u16(value)};
	while (next_attribute(value, &a)) {
		switch (a.type) {
		case TS_BFCP_OVERALL_REQUEST_STATUS: read_status(m, &out->overall, &a.value); break;
		case TS_BFCP_FLOOR_REQUEST_ATTRIBUTE_STATUS:
			read_status(m,
				out->n_floors < TS_BFCP_FLOORS_MAX ? &out->floor[out->n_floors++]
								   : &more,
				&a.value);
			break;
		case TS_BFCP_BENEFICIARY_INFORMATION:
			read_user_info(m, &out->beneficiary, &a.value);
			break;
		case TS_BFCP_REQUESTED_BY_INFORMATION:
			read_user_info(m, &out->requested_by, &a.value);
			break;
		case TS_BFCP_PRIORITY:
			out->has_priority = true;
			out->priority = read_priority(&a.value, value);
			break;
		case TS_BFCP_PARTICIPANT_PROVIDED_INFO: read_text(out->provided, a.value); break;
		default: note_unknown(m, &a);
		}
		value->bad |= a.value.bad;
	}
}

static uint32_t read_set(struct ts_rd value, int shift)
{
	uint32_t set = 0;
	while (ts_rd_left(&value)) {
		const unsigned number = ts_rd_u8(&value) >> shift;
		if (number < 32) set |= UINT32_C(1) << number;
	}
	return set;
}

static void read_error(struct ts_bfcp_message *m, struct attribute *a, struct ts_rd *r)
{
	m->error = ts_rd_u8(&a->value);
	r->bad |= a->value.bad;
	while (m->error == TS_BFCP_UNKNOWN_ATTRIBUTE && ts_rd_left(&a->value) &&
		m->n_unknown < TS_BFCP_UNKNOWN_MAX)
		m->unknown[m->n_unknown++] = ts_rd_u8(&a->value) >> 1;
}

static void read_attribute(struct ts_bfcp_message *m, struct attribute *a, struct ts_rd *r)
{
	struct ts_bfcp_request_info more;
	switch (a->type) {
	case TS_BFCP_BENEFICIARY_ID:
		m->has_beneficiary = true;
		m->beneficiary = read_id(&a->value, r);
		break;
	case TS_BFCP_FLOOR_ID: {
		const uint16_t id = read_id(&a->value, r);
		if (m->n_floors < TS_BFCP_FLOORS_MAX) m->floor[m->n_floors++] = id;
		break;
	}
	case TS_BFCP_FLOOR_REQUEST_ID:
		m->has_request = true;
		m->request = read_id(&a->value, r);
		break;
	case TS_BFCP_PRIORITY:
		m->has_priority = true;
		m->priority = read_priority(&a->value, r);
		break;
	case TS_BFCP_ERROR_CODE: read_error(m, a, r); break;
	case TS_BFCP_ERROR_INFO: read_text(m->error_info, a->value); break;
	case TS_BFCP_PARTICIPANT_PROVIDED_INFO: read_text(m->provided, a->value); break;
	case TS_BFCP_SUPPORTED_ATTRIBUTES: m->attributes = read_set(a->value, 1); break;
	case TS_BFCP_SUPPORTED_PRIMITIVES: m->primitives = read_set(a->value, 0); break;
	case TS_BFCP_BENEFICIARY_INFORMATION:
		read_user_info(m, &m->about, &a->value);
		r->bad |= a->value.bad;
		break;
	case TS_BFCP_FLOOR_REQUEST_INFORMATION:
		read_request_info(m,
			m->n_infos < TS_BFCP_INFOS_MAX ? &m->info[m->n_infos++] : &more, &a->value);
		r->bad |= a->value.bad;
		break;
	/* of use inside of others alone */
	case TS_BFCP_REQUEST_STATUS:
	case TS_BFCP_STATUS_INFO:
	case TS_BFCP_USER_DISPLAY_NAME:
	case TS_BFCP_USER_URI:
	case TS_BFCP_REQUESTED_BY_INFORMATION:
	case TS_BFCP_FLOOR_REQUEST_ATTRIBUTE_STATUS:
	case TS_BFCP_OVERALL_REQUEST_STATUS: break;
	default: note_unknown(m, a);
	}
}

int ts_bfcp_read(struct ts_bfcp_message *m, const void *bytes, size_t n)
{
	struct ts_bfcp_head head;
	memset(m, 0, sizeof *m);
	if (!ts_bfcp_read_head(&head, bytes, n)) return TS_BFCP_UNPARSABLE;
	m->version = head.version;
	m->responder = head.responder;
	m->primitive = head.primitive;
	m->conference = head.conference;
	m->transaction = head.transaction;
	m->user = head.user;
	if (head.version != 1 && head.version != 2) return TS_BFCP_BAD_VERSION;
	if (head.fragment) return TS_BFCP_UNPARSABLE;
	if (TS_BFCP_HEADER_BYTES + (size_t)head.words * WORD != n) return TS_BFCP_BAD_LENGTH;
	if (!head.primitive || head.primitive >= TS_BFCP_PRIMITIVES)
		return TS_BFCP_UNKNOWN_PRIMITIVE;
	struct ts_rd r = ts_rd(
		(const uint8_t *)bytes + TS_BFCP_HEADER_BYTES, n - TS_BFCP_HEADER_BYTES);
	struct attribute a;
	while (next_attribute(&r, &a)) read_attribute(m, &a, &r);
	if (r.bad) return TS_BFCP_UNPARSABLE;
	return m->n_unknown && !m->error ? TS_BFCP_UNKNOWN_ATTRIBUTE : 0;
}
