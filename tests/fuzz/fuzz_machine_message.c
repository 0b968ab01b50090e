/* What a program says on the WebSocket of a room's media: whatever is read holds to its limits, and
 * what was refused says why. */
#include "control/machines/message.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_machine_message message;
	const char *why = ts_machine_message_read(&message, data, len);
	if (!why) {
		if ((unsigned)message.order >= TS_ORDERS) abort();
		if ((message.order == TS_ORDER_MEDIA) != (message.payload != NULL)) abort();
		if (message.payload_len > len) abort();
		if (message.order == TS_ORDER_MARK && !*message.name) abort();
		if (message.order == TS_ORDER_HEAR && !*message.word) abort();
		if (!g_utf8_validate(message.name, -1, NULL) ||
			!g_utf8_validate(message.word, -1, NULL) ||
			!g_utf8_validate(message.view, -1, NULL))
			abort();
	} else if (!*why) {
		abort();
	}
	ts_machine_message_fini(&message);
	return 0;
}
