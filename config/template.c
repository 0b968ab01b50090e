#include "config/template.h"
#include "base/error.h"
#include <glib.h>
#include <string.h>

#define PREFIX "template "

bool ts_config_is_template(const char *section)
{
	return g_str_has_prefix(section, PREFIX);
}

bool ts_config_is_template_pin(const char *key)
{
	return !strcmp(key, "pin") || !strcmp(key, "host_pin");
}

static struct ts_template_section *section_of(struct ts_config *config, const char *name)
{
	for (size_t i = 0; i < config->templates.n; i++)
		if (!strcmp(config->templates.item[i].name, name))
			return &config->templates.item[i];
	if (config->templates.n == TS_TEMPLATES_MAX) return NULL;
	struct ts_template_section *added = &config->templates.item[config->templates.n++];
	added->name = g_strdup(name);
	return added;
}

int ts_config_set_template(struct ts_config *config, const char *section, const char *key,
	const char *value, char *err, size_t cap)
{
	const char *name = section + strlen(PREFIX);
	struct ts_template_section *template = *name ? section_of(config, name) : NULL;
	if (!template) {
		snprintf(err, cap, "[%.64s]: a template needs a name, and there are at most %d",
			section, TS_TEMPLATES_MAX);
		return TS_EINVAL;
	}
	size_t i = 0;
	while (i < template->n && strcmp(template->setting[i].key, key) != 0) i++;
	if (i == TS_TEMPLATE_SETTINGS_MAX) {
		snprintf(err, cap, "[%.64s]: a template has at most %d settings", section,
			TS_TEMPLATE_SETTINGS_MAX);
		return TS_EINVAL;
	}
	if (i == template->n) template->setting[template->n++].key = g_strdup(key);
	g_free(template->setting[i].value);
	template->setting[i].value = g_strdup(value);
	return 0;
}

void ts_config_fini_templates(struct ts_config *config)
{
	for (size_t i = 0; i < config->templates.n; i++) {
		struct ts_template_section *template = &config->templates.item[i];
		for (size_t k = 0; k < template->n; k++) {
			g_free(template->setting[k].key);
			explicit_bzero(
				template->setting[k].value, strlen(template->setting[k].value));
			g_free(template->setting[k].value);
		}
		g_free(template->name);
	}
	memset(&config->templates, 0, sizeof(config->templates));
}

bool ts_config_template_has_pin(const struct ts_config *config)
{
	for (size_t i = 0; i < config->templates.n; i++)
		for (size_t k = 0; k < config->templates.item[i].n; k++)
			if (ts_config_is_template_pin(config->templates.item[i].setting[k].key))
				return true;
	return false;
}

void ts_config_print_templates(const struct ts_config *config, FILE *out)
{
	g_autoptr(GKeyFile) escaper = g_key_file_new();
	fputs("\n# A group [template NAME] for each template of rooms, with keys as "
	      "docs/MODERATION.md has them:\n"
	      "#   [template class]\n#   wait_for_host=true\n#   mute_on_entry=soft\n"
	      "#   max_duration_s=3600\n#   video.fps=15\n",
		out);
	for (size_t i = 0; i < config->templates.n; i++) {
		const struct ts_template_section *template = &config->templates.item[i];
		fprintf(out, "\n[" PREFIX "%s]\n", template->name);
		for (size_t k = 0; k < template->n; k++) {
			g_key_file_set_string(
				escaper, "t", template->setting[k].key, template->setting[k].value);
			g_autofree char *value = g_key_file_get_value(
				escaper, "t", template->setting[k].key, NULL);
			fprintf(out, "%s=%s\n", template->setting[k].key, value);
		}
	}
}
