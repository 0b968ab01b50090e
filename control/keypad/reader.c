#include "control/keypad/reader.h"
#include <string.h>

static const struct ts_key_entry *find(const struct ts_keys *table, const char *keys)
{
	for (size_t i = 0; i < table->n; i++)
		if (!strcmp(table->entry[i].keys, keys)) return &table->entry[i];
	return NULL;
}

/* Is there an entry that goes on from there? */
static bool begins(const struct ts_keys *table, const char *keys)
{
	const size_t len = strlen(keys);
	for (size_t i = 0; i < table->n; i++)
		if (!strncmp(table->entry[i].keys, keys, len) && table->entry[i].keys[len])
			return true;
	return false;
}

static void found(struct ts_key_reader *r, const struct ts_key_entry *entry, char rest,
	struct ts_key_read *out)
{
	out->verdict = TS_KEYS_FOUND;
	out->entry = entry;
	out->rest = rest;
	*r->text = '\0';
}

static void unknown(struct ts_key_reader *r, struct ts_key_read *out)
{
	out->verdict = TS_KEYS_UNKNOWN;
	memcpy(out->keys, r->text, sizeof(out->keys));
	*r->text = '\0';
}

void ts_key_reader_push(struct ts_key_reader *r, const struct ts_keys *table, char key,
	int64_t due_ns, struct ts_key_read *out)
{
	const char alone[2] = {key, '\0'};
	const size_t len = strlen(r->text);
	const struct ts_key_entry *before = len ? find(table, r->text) : NULL;
	*out = (struct ts_key_read){.verdict = TS_KEYS_WAIT};
	r->text[len] = key;
	r->text[len + 1] = '\0';
	if (begins(table, r->text)) {
		r->due_ns = due_ns;
		return;
	}
	const struct ts_key_entry *entry = find(table, r->text);
	if (entry) {
		found(r, entry, '\0', out);
	} else if (before) {
		found(r, before, key, out);
	} else if (!len) {
		*r->text = '\0';
	} else if (begins(table, alone) || find(table, alone)) {
		*r->text = '\0';
		ts_key_reader_push(r, table, key, due_ns, out);
	} else {
		unknown(r, out);
	}
}

void ts_key_reader_expire(
	struct ts_key_reader *r, const struct ts_keys *table, struct ts_key_read *out)
{
	*out = (struct ts_key_read){.verdict = TS_KEYS_WAIT};
	if (!*r->text) return;
	const struct ts_key_entry *entry = find(table, r->text);
	if (entry)
		found(r, entry, '\0', out);
	else
		unknown(r, out);
}
