/* context - what a handler is given beside its request: the parts of the server that control owns.
 * Thread  control. */
#ifndef TS_CONTROL_HTTP_CONTEXT_H
#define TS_CONTROL_HTTP_CONTEXT_H

#include "control/http/places.h"

struct ts_api {
	const struct ts_config *config;
	struct ts_registry *registry;
	const char *fingerprint; /* of our DTLS certificate: ts_nets_fingerprint */
	struct ts_admission *admission;
	struct ts_identity *identity;
	struct ts_layout_store *layouts;
	struct ts_engine *engine; /* draws pictures; NULL: none are drawn */
	struct ts_events *events;
	struct ts_calls *calls; /* NULL: no SIP */
	struct ts_recordings *recordings;
	struct ts_announcements *announcements;
	struct ts_texts *texts;
	struct ts_keypad *keypad;
	struct ts_waiting *waiting;
	struct ts_outlets *outlets;
	struct ts_hls *hls;
	struct ts_flv *flv;
	struct ts_inputs *inputs;
	struct ts_machines *machines;
	struct ts_images *images; /* NULL: none can be shown */
	struct ts_drain *drain;
	struct ts_webhooks *webhooks;
	struct ts_templates *templates;
	struct ts_breakouts *breakouts;
	struct ts_stats *stats; /* NULL: nothing is counted */
	struct ts_throttle *joins; /* per address; NULL: no limit */
	struct ts_places drawing; /* layouts that are being drawn, or wait to be */
};

#define TS_HANDLER(name) \
	void name(struct ts_api *api, struct ts_request *request, const char *const *param)

#endif
