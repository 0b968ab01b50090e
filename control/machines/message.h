/* message - what a program says in a text message of its WebSocket: a JSON object with an "event".
 *
 *   media     {"event":"media","media":{"payload":"BASE64"}}     sound to be spoken
 *   mark      {"event":"mark","mark":{"name":"x"}}, or "name"    tell me when you are there
 *   clear     {"event":"clear"}                                  forget what is not spoken yet
 *   hear      {"event":"hear","hears":"others"|"all"|ID}         of a participant: them alone
 *   snapshot  {"event":"snapshot","id":"x","view":"main"}        a picture, please
 *   stop      {"event":"stop"}                                   I go
 *
 * Fields that are not known are left alone: programs that were written for other servers send more.
 * Thread  none: plain functions.
 * Source  Twilio Media Streams, "WebSocket messages to Twilio": media, mark, clear, stop.
 * Full    texts are cut by nobody: one that is too long makes the message bad.
 */
#ifndef TS_CONTROL_MACHINES_MESSAGE_H
#define TS_CONTROL_MACHINES_MESSAGE_H

#include "mixer/room/room.h"

enum ts_machine_order {
	TS_ORDER_MEDIA,
	TS_ORDER_MARK,
	TS_ORDER_CLEAR,
	TS_ORDER_HEAR,
	TS_ORDER_SNAPSHOT,
	TS_ORDER_STOP,
	TS_ORDERS
};

enum { TS_MACHINE_NAME_MAX = 128, TS_MACHINE_WORD_MAX = 64 };

struct ts_machine_message {
	enum ts_machine_order order;
	char name[TS_MACHINE_NAME_MAX + 1]; /* of a mark */
	char word[TS_MACHINE_WORD_MAX + 1]; /* whom to hear; id of a snapshot, "": none */
	char view[TS_VIEW_ID_MAX + 1];      /* of a snapshot; "": main */
	uint8_t *payload;                   /* of media; of GLib */
	size_t payload_len;
};

/* NULL: *out is filled, and to be finished. Else what is wrong with it, a constant. */
const char *ts_machine_message_read(
	struct ts_machine_message *out, const uint8_t *text, size_t len);
void ts_machine_message_fini(struct ts_machine_message *message);

#endif
