#include "config/reload.h"
#include "base/error.h"
#include "config/keys.h"
#include "config/trunk.h"
#include <stdlib.h>
#include <string.h>

/* [give] text_free: it may be a secret. */
static GString *print(const struct ts_config *config, const struct ts_config_key *key)
{
	GString *text = g_string_new(NULL);
	key->type->print(key, (const char *)config + key->offset, text);
	return text;
}

static void text_free(void *data)
{
	GString *text = data;
	if (!text) return;
	explicit_bzero(text->str, text->allocated_len);
	g_string_free(text, TRUE);
}

static void set(struct ts_config *config, const struct ts_config_key *key, const GString *text)
{
	bool ok = key->type->parse(key, (char *)config + key->offset, text->str);
	g_assert(ok); /* what is printed can be read */
}

static char *print_trunks(const struct ts_config *config)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	if (!out) return NULL;
	ts_config_print_trunks(config, out);
	fclose(out);
	return text;
}

static bool trunks_differ(const struct ts_config *a, const struct ts_config *b)
{
	char *texts[] = {print_trunks(a), print_trunks(b)};
	const bool differ = texts[0] && texts[1] && strcmp(texts[0], texts[1]) != 0;
	for (size_t i = 0; i < 2; i++) {
		if (texts[i]) explicit_bzero(texts[i], strlen(texts[i]));
		free(texts[i]);
	}
	return differ;
}

int ts_config_reload(struct ts_config *config, const struct ts_config *fresh,
	void (*fn)(void *arg, const struct ts_config_change *change), void *arg, char *err,
	size_t err_cap)
{
	/* of each key: what it was, where it differs */
	g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func(text_free);
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		GString *old = print(config, key), *new = print(fresh, key);
		const bool differs = !g_string_equal(old, new);
		if (differs && key->reload == TS_RELOAD_NOW) set(config, key, new);
		text_free(new);
		if (!differs) text_free(old);
		g_ptr_array_add(before, differs ? old : NULL);
	}
	int rc = ts_config_check(config, err, err_cap);
	for (size_t i = 0; i < ts_config_n_keys; i++) {
		const struct ts_config_key *key = &ts_config_keys[i];
		const GString *old = before->pdata[i];
		if (!old) continue;
		if (rc) {
			if (key->reload == TS_RELOAD_NOW) set(config, key, old);
			continue;
		}
		GString *new = print(fresh, key);
		fn(arg,
			&(struct ts_config_change){.section = key->section,
				.name = key->name,
				.taken = key->reload == TS_RELOAD_NOW,
				.value = key->secret ? NULL : new->str});
		text_free(new);
	}
	if (!rc && trunks_differ(config, fresh))
		fn(arg, &(struct ts_config_change){.section = "trunk", .name = "", .taken = false});
	return rc;
}
