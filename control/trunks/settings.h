/* settings - a trunk's settings as JSON and back: bodies of requests, stored files, groups of the
 * configuration file. One shape checks all three.
 *
 * The password is write-only: what is shown has password_set.
 * Thread  none; pure.
 */
#ifndef TS_CONTROL_TRUNKS_SETTINGS_H
#define TS_CONTROL_TRUNKS_SETTINGS_H

#include "config/config.h"
#include "control/schema/shape.h"
#include "control/sip/trunk_config.h"

extern const struct ts_shape ts_shape_trunk, ts_shape_trunks;

/* [give] NULL: they make no sense; error tells where. json was checked against ts_shape_trunk. */
struct ts_trunk_config *ts_trunk_from_json(
	const json_t *json, bool by_file, struct ts_shape_error *error);
/* [give] What a PATCH is merged into, and what is stored: with the password. */
json_t *ts_trunk_settings(const struct ts_trunk_config *config);
/* [give] The same for everybody to see, without it. */
json_t *ts_trunk_shown(const struct ts_trunk_config *config);
/* [give] Of a group of the configuration file, as a body would have it. NULL: a value is no number
 * or switch. */
json_t *ts_trunk_section_json(
	const struct ts_trunk_section *section, struct ts_shape_error *error);

#endif
