/* card - what a token tells of somebody for others to see: a picture, and texts of the service that
 * made it. Kept as text, which goes with whoever joins.
 *
 *   claims avatar, attributes  ->  {"avatar":"https://...","attributes":{"team":"red"}}
 *
 * Nothing of it is fetched or acted on here.
 * Pure. Thread  any.
 */
#ifndef TS_CONTROL_IDENTITY_CARD_H
#define TS_CONTROL_IDENTITY_CARD_H

#include "control/identity/caller.h"

enum {
	TS_AVATAR_MAX = 512,     /* an https URL without a user */
	TS_ATTRIBUTES_MAX = 16,  /* texts */
	TS_ATTRIBUTE_NAME = 64,  /* letters, digits, - . _ */
	TS_ATTRIBUTE_VALUE = 256 /* bytes, without control characters */
};

/* NULL, or why they are none (constant text). Either may be NULL: it is not there. "": nothing. */
const char *ts_card_read(
	char out[TS_CALLER_CARD_MAX + 1], const json_t *avatar, const json_t *attributes);
/* Into what tells of somebody: avatar_url (null), attributes ({}). */
void ts_card_add(json_t *json, const char *card);

#endif
