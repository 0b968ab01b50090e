/* frame - cuts the bytes of a SIP connection into messages. Pure but for its memory.
 *
 *   bytes --push--> [ header, each byte looked at once ][ body by Content-Length ] --> MESSAGE
 *                   CRLF CRLF between messages (RFC 5626 4.4.1)                      --> KEEPALIVE
 *                   no Content-Length, two, "-1", more than fits, endless header     --> BAD, for
 *                                                        good: the stream has no more bounds
 *
 * The header ends where libre sees it end: at the second LF with nothing but CR between.
 * Thread  none.   Source  RFC 3261 7.5, 18.3, 20.14; 4475 3.1.2.3.
 * Full    a header of TS_SIP_FRAME_HEADER_MAX, a message of TS_SIP_FRAME_MAX bytes: BAD. A message
 *         begun takes twice its size at most.
 */
#ifndef TS_CONTROL_SIP_FRAME_H
#define TS_CONTROL_SIP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_SIP_FRAME_MAX = 65535, TS_SIP_FRAME_HEADER_MAX = 48 * 1024 };

enum ts_sip_frame_result { TS_FRAME_MORE, TS_FRAME_MESSAGE, TS_FRAME_KEEPALIVE, TS_FRAME_BAD };

/* Zeroed before the first push. */
struct ts_sip_frame {
	uint8_t *buf; /* [owned] */
	size_t len, cap;
	size_t header_len, message_len; /* 0: the header has not ended */
	unsigned lf;                    /* line ends since the last byte of text */
	bool whole;                     /* buf holds a message that was handed out */
	const char *why;                /* phrase of a response; NULL: nothing is wrong */
	int code;                       /* that goes with it */
};

void ts_sip_frame_fini(struct ts_sip_frame *frame);

/* Takes bytes from *data until there is something to tell; *data and *len are moved past what was
 * taken. MORE: all was taken. MESSAGE: buf[0..len) until the next push. BAD: buf[0..len) is what
 * came of the message, code and why say what is wrong. Either is followed by ts_sip_frame_let_go as
 * soon as it was read. */
enum ts_sip_frame_result ts_sip_frame_push(struct ts_sip_frame *frame, const uint8_t **data,
	size_t *len);
/* Gives back the memory of what was handed out: nothing is held between messages. */
void ts_sip_frame_let_go(struct ts_sip_frame *frame);
/* A message was begun and is not whole. */
bool ts_sip_frame_is_begun(const struct ts_sip_frame *frame);

#endif
