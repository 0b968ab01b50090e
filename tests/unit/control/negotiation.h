/* negotiation - one offer, its plan and its answer, for test_offer*.c. Every answer is judged by
 * answer_check. */
#ifndef TS_TESTS_UNIT_CONTROL_NEGOTIATION_H
#define TS_TESTS_UNIT_CONTROL_NEGOTIATION_H

#include "control/offer/webrtc.h"

/* Of the last negotiation. */
extern struct ts_sdp *ts_n_offer, *ts_n_answer;
extern struct ts_negotiated *ts_n_plan;
extern char ts_n_text[TS_ANSWER_MAX + 1], ts_n_err[160]; /* the answer; why there is none */

extern struct ts_transport_local ts_n_local; /* 198.51.100.7 port 20000, and an IPv6 one */
extern const struct ts_answer_ids ts_n_ids;

int ts_n_setup(void **state);
int ts_n_teardown(void **state);

/* Parses and plans; "random" numbers are 1001, 1002, ... */
int ts_n_make_plan(const char *sdp, size_t len, const struct ts_offer_policy *policy);
/* Writes the answer and fails the test if it is not lawful. */
void ts_n_make_answer(void);
/* Both; must succeed. */
void ts_negotiate(const char *sdp, enum ts_offer_kind kind);

/* Has the answer this whole line; how often? */
size_t ts_says(const char *line);
const struct ts_media_config *ts_n_audio(void);
const struct ts_media_config *ts_n_video(void);
/* Of those we receive; NULL: none. */
const struct ts_pt *ts_n_find_pt(const struct ts_media_config *cfg, int pt);

#endif
