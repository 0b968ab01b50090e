#include "config/trunk.h"
#include "base/error.h"
#include <glib.h>
#include <string.h>

#define PREFIX "trunk "

static const char *const keys[] = {"registrar", "proxy", "domain", "transport", "user", "auth_user",
	"password", "realm", "expires", "options_interval", "inbound", "trusted", "number_format",
	"dial", "numbers", "default_room", "headers", "codecs", "srtp", "browsers", NULL};

bool ts_config_is_trunk(const char *section)
{
	return g_str_has_prefix(section, PREFIX);
}

static struct ts_trunk_section *section_of(struct ts_config *config, const char *name)
{
	for (size_t i = 0; i < config->trunks.n; i++)
		if (!strcmp(config->trunks.item[i].name, name)) return &config->trunks.item[i];
	if (config->trunks.n == TS_TRUNK_SECTIONS_MAX) return NULL;
	struct ts_trunk_section *added = &config->trunks.item[config->trunks.n++];
	added->name = g_strdup(name);
	return added;
}

int ts_config_set_trunk(struct ts_config *config, const char *section, const char *key,
	const char *value, char *err, size_t cap)
{
	const char *name = section + strlen(PREFIX);
	if (!g_strv_contains(keys, key)) {
		snprintf(err, cap, "[%.64s] %.64s is not a known key of a trunk", section, key);
		return TS_ENOTFOUND;
	}
	struct ts_trunk_section *trunk = *name ? section_of(config, name) : NULL;
	if (!trunk) {
		snprintf(err, cap, "[%.64s]: a trunk needs a name, and there are at most %d",
			section, TS_TRUNK_SECTIONS_MAX);
		return TS_EINVAL;
	}
	struct ts_trunk_setting *setting = NULL;
	for (size_t i = 0; i < trunk->n; i++)
		if (!strcmp(trunk->setting[i].key, key)) setting = &trunk->setting[i];
	if (!setting) {
		setting = &trunk->setting[trunk->n++]; /* as many as there are keys */
		setting->key = g_strdup(key);
	}
	g_free(setting->value);
	setting->value = g_strdup(value);
	return 0;
}

void ts_config_fini_trunks(struct ts_config *config)
{
	for (size_t i = 0; i < config->trunks.n; i++) {
		struct ts_trunk_section *trunk = &config->trunks.item[i];
		for (size_t k = 0; k < trunk->n; k++) {
			g_free(trunk->setting[k].key);
			explicit_bzero(trunk->setting[k].value, strlen(trunk->setting[k].value));
			g_free(trunk->setting[k].value);
		}
		g_free(trunk->name);
	}
	config->trunks.n = 0;
}

bool ts_config_has_trunk_password(const struct ts_config *config)
{
	for (size_t i = 0; i < config->trunks.n; i++)
		for (size_t k = 0; k < config->trunks.item[i].n; k++)
			if (!strcmp(config->trunks.item[i].setting[k].key, "password")) return true;
	return false;
}

void ts_config_print_trunks(const struct ts_config *config, FILE *out)
{
	g_autoptr(GKeyFile) escaper = g_key_file_new();
	fputs("\n# A group [trunk NAME] for each SIP trunk, with keys as docs/TRUNKS.md has them:\n"
	      "#   [trunk carrier]\n#   registrar=sip.example.net\n#   user=4930555\n"
	      "#   password=secret\n#   dial=(+.)=\\\\1\n#   numbers=+49305551=team\n",
		out);
	for (size_t i = 0; i < config->trunks.n; i++) {
		const struct ts_trunk_section *trunk = &config->trunks.item[i];
		fprintf(out, "\n[" PREFIX "%s]\n", trunk->name);
		for (size_t k = 0; k < trunk->n; k++) {
			g_key_file_set_string(
				escaper, "t", trunk->setting[k].key, trunk->setting[k].value);
			g_autofree char *value = g_key_file_get_value(
				escaper, "t", trunk->setting[k].key, NULL);
			fprintf(out, "%s=%s\n", trunk->setting[k].key, value);
		}
	}
}
