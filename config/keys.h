/* keys - the table of configuration keys (private to config/).
 *
 * A row says where in struct ts_config a value lives and what type it has; a type parses, prints
 * and frees the field.
 */
#ifndef TS_CONFIG_KEYS_H
#define TS_CONFIG_KEYS_H

#include "config/config.h"
#include <glib.h>

struct ts_config_key;

struct ts_config_type {
	/* Checks text and stores it; the old value is freed only on success. On failure returns
	 * false, field untouched. */
	bool (*parse)(const struct ts_config_key *key, void *field, const char *text);
	void (*print)(const struct ts_config_key *key, const void *field, GString *out);
	void (*fini)(void *field); /* NULL: nothing to free */
};

/* What SIGHUP does with another value. */
enum ts_config_reload {
	TS_RELOAD_RESTART, /* tells that it needs another start */
	/* takes it: control alone reads that field, whenever it needs it, or server/reload.c hands
	 * it on */
	TS_RELOAD_NOW
};

struct ts_config_key {
	const char *section, *name;
	const struct ts_config_type *type;
	size_t offset;      /* of the field in struct ts_config */
	const char *def;    /* parsed like any other value */
	/* completes "... is not "; NULL for integers: made of min, max and step */
	const char *allowed;
	int min, max, step; /* integers; texts: max is the longest length */
	const char *const *choices; /* NULL-terminated; the field holds the index */
	/* --set takes @FILE for it; a file that holds it should be readable by the server alone */
	bool secret;
	enum ts_config_reload reload;
	const char *help;   /* lines separated by \n */
};

extern const struct ts_config_key ts_config_keys[];
extern const size_t ts_config_n_keys;

/* config/types.c */
extern const struct ts_config_type ts_type_int, ts_type_choice, ts_type_endpoint, ts_type_ports,
	ts_type_size, ts_type_url, ts_type_token, ts_type_name, ts_type_addresses,
	ts_type_interfaces, ts_type_listeners, ts_type_path, ts_type_tokens, ts_type_ice_url,
	ts_type_origins, ts_type_endpoint_or_none;

/* config/types.c: "an even number from 160 to 1920" and the like */
void ts_config_key_allowed(const struct ts_config_key *key, char *buf, size_t cap);

#endif
