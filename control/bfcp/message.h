/* message - messages of BFCP, by which rooms ask for the floor: who presents. Read and written; all
 * primitives and attributes of both versions.
 *
 *   bytes --ts_bfcp_read--> [ struct ts_bfcp_message ] --ts_bfcp_write--> bytes
 *
 *   | Ver R F 000 | primitive | payload length, words | conference id | transaction | user |
 *   F, of a part of a message: | offset | length |   attributes: | type M | length | value | pad |
 *
 * Version 1 is RFC 4582 and what goes over TCP, 2 goes over UDP; rooms older than RFC 8855 speak 1
 * over UDP. What is unknown and not mandatory is passed over; what is mandatory is told of, as the
 * answer must name it. Texts are cut at TS_BFCP_TEXT_MAX.
 *
 * libre's re_bfcp has no TCP, no versions in its framing of streams, no limits on what it allocates
 * for a message, and lives on libre's thread: see docs/adr.
 * Thread  none; plain data.
 * Source  RFC 8855 5 (4582 5), 16.
 * Full    more floors, requests or unknown attributes than there is room for: the rest is dropped.
 */
#ifndef TS_CONTROL_BFCP_MESSAGE_H
#define TS_CONTROL_BFCP_MESSAGE_H

#include "base/bytes.h"

enum ts_bfcp_primitive {
	TS_BFCP_FLOOR_REQUEST = 1,
	TS_BFCP_FLOOR_RELEASE,
	TS_BFCP_FLOOR_REQUEST_QUERY,
	TS_BFCP_FLOOR_REQUEST_STATUS,
	TS_BFCP_USER_QUERY,
	TS_BFCP_USER_STATUS,
	TS_BFCP_FLOOR_QUERY,
	TS_BFCP_FLOOR_STATUS,
	TS_BFCP_CHAIR_ACTION,
	TS_BFCP_CHAIR_ACTION_ACK,
	TS_BFCP_HELLO,
	TS_BFCP_HELLO_ACK,
	TS_BFCP_ERROR,
	TS_BFCP_FLOOR_REQUEST_STATUS_ACK, /* this one and all below: only over UDP */
	TS_BFCP_FLOOR_STATUS_ACK,
	TS_BFCP_GOODBYE,
	TS_BFCP_GOODBYE_ACK,
	TS_BFCP_PRIMITIVES
};

enum ts_bfcp_attribute {
	TS_BFCP_BENEFICIARY_ID = 1,
	TS_BFCP_FLOOR_ID,
	TS_BFCP_FLOOR_REQUEST_ID,
	TS_BFCP_PRIORITY,
	TS_BFCP_REQUEST_STATUS,
	TS_BFCP_ERROR_CODE,
	TS_BFCP_ERROR_INFO,
	TS_BFCP_PARTICIPANT_PROVIDED_INFO,
	TS_BFCP_STATUS_INFO,
	TS_BFCP_SUPPORTED_ATTRIBUTES,
	TS_BFCP_SUPPORTED_PRIMITIVES,
	TS_BFCP_USER_DISPLAY_NAME,
	TS_BFCP_USER_URI,
	TS_BFCP_BENEFICIARY_INFORMATION,
	TS_BFCP_FLOOR_REQUEST_INFORMATION,
	TS_BFCP_REQUESTED_BY_INFORMATION,
	TS_BFCP_FLOOR_REQUEST_ATTRIBUTE_STATUS, /* FLOOR-REQUEST-STATUS */
	TS_BFCP_OVERALL_REQUEST_STATUS,
	TS_BFCP_ATTRIBUTES
};

enum ts_bfcp_status {
	TS_BFCP_PENDING = 1,
	TS_BFCP_ACCEPTED,
	TS_BFCP_GRANTED,
	TS_BFCP_DENIED,
	TS_BFCP_CANCELLED,
	TS_BFCP_RELEASED,
	TS_BFCP_REVOKED
};

enum ts_bfcp_error {
	TS_BFCP_NO_CONFERENCE = 1,
	TS_BFCP_NO_USER,
	TS_BFCP_UNKNOWN_PRIMITIVE,
	TS_BFCP_UNKNOWN_ATTRIBUTE,
	TS_BFCP_UNAUTHORIZED,
	TS_BFCP_NO_FLOOR,
	TS_BFCP_NO_REQUEST,
	TS_BFCP_TOO_MANY_REQUESTS,
	TS_BFCP_USE_TLS,
	TS_BFCP_UNPARSABLE,
	TS_BFCP_USE_DTLS,
	TS_BFCP_BAD_VERSION,
	TS_BFCP_BAD_LENGTH,
	TS_BFCP_GENERIC_ERROR
};

enum {
	TS_BFCP_HEADER_BYTES = 12,
	TS_BFCP_FRAGMENT_BYTES = 4, /* more of a header with F */
	TS_BFCP_MESSAGE_MAX = 1024, /* read and written, header included */
	TS_BFCP_TEXT_MAX = 64,
	TS_BFCP_FLOORS_MAX = 4,
	TS_BFCP_INFOS_MAX = 9,      /* who has a floor, and eight who wait: with names 808 bytes */
	TS_BFCP_UNKNOWN_MAX = 8,
	TS_BFCP_PRIORITY_NORMAL = 2
};

struct ts_bfcp_user_info {
	bool there;
	uint16_t id;
	char name[TS_BFCP_TEXT_MAX + 1], uri[TS_BFCP_TEXT_MAX + 1];
};
/* Of a request as a whole, or of one floor of it; status 0: not said. */
struct ts_bfcp_request_status {
	bool there;
	uint16_t id; /* of the request, or of the floor */
	uint8_t status, queue;
	char info[TS_BFCP_TEXT_MAX + 1];
};
/* FLOOR-REQUEST-INFORMATION */
struct ts_bfcp_request_info {
	uint16_t id;
	struct ts_bfcp_request_status overall;
	struct ts_bfcp_request_status floor[TS_BFCP_FLOORS_MAX];
	size_t n_floors;
	struct ts_bfcp_user_info beneficiary, requested_by;
	bool has_priority;
	uint8_t priority;
	char provided[TS_BFCP_TEXT_MAX + 1];
};

struct ts_bfcp_message {
	uint8_t version;
	bool responder; /* R: it answers; of version 1 always false */
	uint8_t primitive;
	uint32_t conference;
	uint16_t transaction, user;

	uint16_t floor[TS_BFCP_FLOORS_MAX];
	size_t n_floors;
	bool has_request, has_beneficiary, has_priority;
	uint16_t request, beneficiary;
	uint8_t priority;             /* 0..4 */
	struct ts_bfcp_request_info info[TS_BFCP_INFOS_MAX];
	size_t n_infos;
	struct ts_bfcp_user_info about; /* BENEFICIARY-INFORMATION of a UserStatus */
	uint8_t error;                /* 0: none */
	/* details of it: attributes that were not understood, and which of a message read were
	 * mandatory and are unknown here */
	uint8_t unknown[TS_BFCP_UNKNOWN_MAX];
	size_t n_unknown;
	char error_info[TS_BFCP_TEXT_MAX + 1], provided[TS_BFCP_TEXT_MAX + 1];
	uint32_t primitives, attributes; /* supported: sets of 1 << number; 0: not said */
};

/* What stands in front: enough to know how much belongs to a message, and whose it is. */
struct ts_bfcp_head {
	uint8_t version;
	bool responder, fragment;
	uint8_t primitive;
	uint16_t words;
	uint32_t conference;
	uint16_t transaction, user;
	uint16_t fragment_offset, fragment_words; /* in words */
};
/* False: there are not that many bytes yet. */
bool ts_bfcp_read_head(struct ts_bfcp_head *out, const void *bytes, size_t n);

/* A whole message: n bytes, no more and no fewer. 0, or the enum ts_bfcp_error that answers it;
 * where that is not TS_BFCP_UNPARSABLE for want of a header, the ids of *out are right. */
int ts_bfcp_read(struct ts_bfcp_message *out, const void *bytes, size_t n);
/* TS_EFULL: it does not fit. */
int ts_bfcp_write(struct ts_wr *w, const struct ts_bfcp_message *message);

const char *ts_bfcp_primitive_name(uint8_t primitive); /* "FloorRequest"; "unknown" */

/* What a client asks, and awaits an answer to. */
bool ts_bfcp_is_request(uint8_t primitive);

#endif
