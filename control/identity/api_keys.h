/* api_keys - the API keys: id, hash of the secret, scopes, rooms. From a file of the operator's,
 * which is only read, and from /v1/keys, which are kept in the state folder.
 *
 *   tsk_ID_SECRET --> the key of that id --> SHA-256 of SECRET is its hash? --> who that is
 *
 * Secrets are random and of 128 bits or more (made here: 256), so that there is nothing to guess
 * from a hash: a slow one as for passwords would protect nothing, and cost a request 100 ms of the
 * control thread. A key that is not there takes as long as one whose secret is wrong.
 * Thread  control. Writes the file while it is asked to, as /v1/layouts does.
 * Full    TS_API_KEYS_MAX of either kind.
 */
#ifndef TS_CONTROL_IDENTITY_API_KEYS_H
#define TS_CONTROL_IDENTITY_API_KEYS_H

#include "control/identity/caller.h"

#define TS_API_KEY_PREFIX "tsk_"
enum {
	TS_API_KEYS_MAX = 1000,
	TS_API_KEY_ID_MAX = 32,
	TS_API_KEY_SECRET_MIN = 32, /* characters: hex of 128 bits */
	TS_API_KEY_SECRET_MAX = 128,
	TS_API_KEY_TEXT_MAX = 4 + TS_API_KEY_ID_MAX + 1 + TS_API_KEY_SECRET_MAX,
	TS_API_KEYS_ERR_MAX = 200,
};

struct ts_api_key {
	char id[TS_API_KEY_ID_MAX + 1]; /* A-Z a-z 0-9 . - */
	char name[TS_CALLER_NAME_MAX + 1];
	char hash[64 + 1]; /* SHA-256 of the secret, hex in lower case */
	char room[TS_ROOM_PATTERN_MAX + 1];
	unsigned scopes;
	bool from_file;                   /* of the operator's: not to be removed here */
	int64_t created_s, last_used_s;   /* since 1970; 0: not known, never */
	uint64_t serial;                  /* no other key of this process ever has it */
};

struct ts_api_keys;

/* folder: of those that are made here. TS_EIO, TS_EBADMSG: what is stored there cannot be read; err
 * says why. */
int ts_api_keys_create(
	struct ts_api_keys **out, const char *folder, char err[TS_API_KEYS_ERR_MAX]);
/* Writes when they were last used. */
void ts_api_keys_destroy(struct ts_api_keys **keys);

/* The operator's file, in place of the one before; "": none. Keys that stay the same stay what they
 * are. TS_EIO, TS_EINVAL: err says why, without any hash, and nothing has changed. */
int ts_api_keys_load(struct ts_api_keys *keys, const char *path, char err[TS_API_KEYS_ERR_MAX]);

/* Adds one, of which id, serial, hash, created_s and from_file are chosen here. *text: what its
 * holder sends, told once. [out] lasts until it is removed. TS_ELIMIT: there are too many; TS_EIO:
 * it cannot be stored. */
int ts_api_keys_make(struct ts_api_keys *keys, const struct ts_api_key *like, int64_t now_s,
	char text[TS_API_KEY_TEXT_MAX + 1], const struct ts_api_key **out);
/* TS_ENOTFOUND; TS_EUNSUPPORTED: it is of the operator's file; TS_EIO: the file cannot be written,
 * and the key is still there. */
int ts_api_keys_remove(struct ts_api_keys *keys, const char *id);

/* In order: the operator's, then those that were made here. */
size_t ts_api_keys_n(const struct ts_api_keys *keys);
const struct ts_api_key *ts_api_keys_at(const struct ts_api_keys *keys, size_t i);
const struct ts_api_key *ts_api_keys_find(const struct ts_api_keys *keys, const char *id);

/* Who sends that: NULL where it is no key of ours. It counts as used now. */
const struct ts_api_key *ts_api_keys_judge(
	struct ts_api_keys *keys, const char *text, int64_t now_s);

#endif
