/* trunk - groups [trunk NAME] of the configuration file: each is one trunk of SIP, its keys are the
 * fields of a Trunk in the API, lists with commas between. What they mean is checked where trunks
 * are made (control/trunks/); here only their names are.
 */
#ifndef TS_CONFIG_TRUNK_H
#define TS_CONFIG_TRUNK_H

#include "config/config.h"

bool ts_config_is_trunk(const char *section); /* "trunk NAME" */
/* The later value of a key counts. TS_ENOTFOUND: no such key; TS_EINVAL: no name, or too many. */
int ts_config_set_trunk(struct ts_config *config, const char *section, const char *key,
	const char *value, char *err, size_t cap);
void ts_config_fini_trunks(struct ts_config *config);
bool ts_config_has_trunk_password(const struct ts_config *config);
/* Groups that can be read again; passwords are in them, as all secrets are of what is printed. */
void ts_config_print_trunks(const struct ts_config *config, FILE *out);

#endif
