/* "RULE\nUSER": whichever room comes out is one; a rule that is said to be good takes any user
 * without harm. */
#include "control/sip/number.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *rule = strndup((const char *)data, len), room[65];
	if (!rule) abort();
	char *user = strchr(rule, '\n');
	if (user) {
		*user++ = '\0';
		const char *const rules[] = {rule, "9(X.)=room-\\1"};
		size_t first = ts_sip_number_ok(rule) ? 0 : 1;
		if (ts_sip_number_room(room, sizeof(room), user, rules + first, 2 - first) &&
			(!*room || strlen(room) >= sizeof(room)))
			abort();
	}
	free(rule);
	return 0;
}
