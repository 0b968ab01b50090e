/* check - the STUN messages of a connectivity check, read and written by libnice's STUN library.
 *
 * Pure. Thread  any.   Source  RFC 8445 7.1, 7.3; RFC 8489 6, 14.
 */
#ifndef TS_TRANSPORT_ICE_CHECK_H
#define TS_TRANSPORT_ICE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	TS_CHECK_MAX = 800, /* bytes of one that we write: a name of 513, and all the rest */
	TS_CHECK_ID = 12,
	TS_CHECK_NAME = 32, /* the longest of ours */
};

enum ts_check_kind { TS_CHECK_NONE, TS_CHECK_REQUEST, TS_CHECK_REPLY };
/* Of a whole Binding message with the transaction that it is of; name: whom a request is for (what
 * is before the colon), "" of a reply. NONE too where that is longer than any of ours, and of
 * indications. Nothing is proved by it. */
enum ts_check_kind ts_check_read(char name[TS_CHECK_NAME + 1], const uint8_t *data, size_t len);

struct ts_check_request {
	bool proved;        /* by our password */
	bool use_candidate;
	uint32_t priority;  /* 0: none was told */
};
/* What a request says, and the reply to it; its length, 0: none is due. */
size_t ts_check_answer(uint8_t reply[TS_CHECK_MAX], struct ts_check_request *request,
	const uint8_t *data, size_t len, const struct sockaddr_storage *from, const char *our_pwd);

/* One of ours, as the controlled side: its length. name: "theirs:ours". */
size_t ts_check_make(uint8_t out[TS_CHECK_MAX], uint8_t id[TS_CHECK_ID], const char *name,
	const char *their_pwd, uint32_t priority);
/* Is it the success response to that, proved by their password? */
bool ts_check_succeeded(const uint8_t *data, size_t len, const uint8_t id[TS_CHECK_ID],
	const char *their_pwd);

#endif
