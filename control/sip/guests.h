/* guests - browsers that were announced (door.h) and whose connection has not come to libre yet.
 *
 *   announced --port of the half--> waits, 10 s at most --its connection--> taken
 *
 * A half that fails on its way never comes: who would have had its port later would be taken for
 * that browser.
 * Thread  the sip thread's; reads no clock.
 * Full    one for each port.
 */
#ifndef TS_CONTROL_SIP_GUESTS_H
#define TS_CONTROL_SIP_GUESTS_H

#include "control/sip/door.h"

struct ts_sip_guests;

struct ts_sip_guests *ts_sip_guests_new(void);
void ts_sip_guests_free(struct ts_sip_guests *guests);
/* [take] guest, in the place of one of the same port. */
void ts_sip_guests_add(struct ts_sip_guests *guests, struct ts_sip_guest *guest, int64_t now_ns);
/* [give] for g_free; NULL: none was announced, or too long ago. */
struct ts_sip_guest *ts_sip_guests_take(struct ts_sip_guests *guests, uint16_t port,
	int64_t now_ns);
/* Those who were announced too long ago. Returns how many wait. */
size_t ts_sip_guests_forget(struct ts_sip_guests *guests, int64_t now_ns);

#endif
