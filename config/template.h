/* template - groups [template NAME] of the configuration file: each is settings of a room, which a
 * room may be made from. Keys are the fields of a Room in the API, those of objects with a dot
 * (video.fps). What they mean is checked where rooms are made (control/api/templates.h); here is
 * only what was written.
 */
#ifndef TS_CONFIG_TEMPLATE_H
#define TS_CONFIG_TEMPLATE_H

#include "config/config.h"

bool ts_config_is_template(const char *section); /* "template NAME" */
/* The later value of a key counts. TS_EINVAL: no name, or too many of either. */
int ts_config_set_template(struct ts_config *config, const char *section, const char *key,
	const char *value, char *err, size_t cap);
void ts_config_fini_templates(struct ts_config *config);
bool ts_config_template_has_pin(const struct ts_config *config);
bool ts_config_is_template_pin(const char *key);
/* Groups that can be read again; PINs are in them. */
void ts_config_print_templates(const struct ts_config *config, FILE *out);

#endif
