/* key_file - API keys on disk.
 *
 *   [{"id": "billing", "hash": "sha256:HEX", "scopes": ["record"], "room": "sales-*",
 *     "name": "Billing"}, ...]
 *
 * Written whole or not at all, readable by the server alone. room and name may be left out: every
 * room, no name.
 * Thread  control.
 */
#ifndef TS_CONTROL_IDENTITY_KEY_FILE_H
#define TS_CONTROL_IDENTITY_KEY_FILE_H

#include "control/identity/api_keys.h"
#include <glib.h>

enum { TS_KEY_FILE_MAX = 1024 * 1024 };

/* *out: of struct ts_api_key, [give]; untouched on failure. TS_EIO; TS_EINVAL: err says which entry
 * is wrong and why. */
int ts_key_file_read(const char *path, GPtrArray **out, char err[TS_API_KEYS_ERR_MAX]);
/* The same of a text. */
int ts_key_text_read(
	const char *text, size_t len, GPtrArray **out, char err[TS_API_KEYS_ERR_MAX]);
/* Those that are not from_file. TS_EIO: logged. */
int ts_key_file_write(const char *path, const GPtrArray *keys);

#endif
