#include "control/api/templates.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "control/api/handlers.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include <glib.h>
#include <string.h>

struct ts_templates {
	json_t *all; /* name -> settings */
};

/* ---- reading */

static const struct ts_field *field_in(const struct ts_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n; i++)
		if (!strcmp(shape->field[i].name, name)) return &shape->field[i];
	return NULL;
}

static json_t *number_of(const char *text)
{
	char *end;
	const double number = g_ascii_strtod(text, &end);
	if (end == text || *end) return NULL;
	return number == (double)(json_int_t)number ? json_integer((json_int_t)number)
						    : json_real(number);
}

/* [give] NULL: it is no value of that type. What needs brackets is JSON. */
static json_t *value_of(const struct ts_field *field, const char *text)
{
	if (field->flags & TS_F_NULL && !strcmp(text, "null")) return json_null();
	switch (field->type) {
	case TS_F_STRING: return json_string(text);
	case TS_F_INT:
	case TS_F_NUMBER: return number_of(text);
	case TS_F_BOOL:
		return !strcmp(text, "true") || !strcmp(text, "on")      ? json_true()
			: !strcmp(text, "false") || !strcmp(text, "off") ? json_false()
									 : NULL;
	default:
		return *text == '{' || *text == '[' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL)
						    : json_string(text);
	}
}

/* NULL, or what is wrong. */
static const char *add(json_t *json, const char *key, const char *text)
{
	g_auto(GStrv) part = g_strsplit(key, ".", 2);
	const struct ts_field *field = field_in(&ts_shape_room, part[0] ? part[0] : "");
	if (!field || !strcmp(field->name, "id") || !strcmp(field->name, "number") ||
		!strcmp(field->name, "template"))
		return "is no setting that a template may have";
	json_t *of = json;
	if (part[1]) {
		const struct ts_shape *shape = field->type == TS_F_OBJECT ? field->of : NULL;
		field = shape ? field_in(shape, part[1]) : NULL;
		if (!field) return "is no setting of a room";
		of = json_object_get(json, part[0]);
		if (!of) json_object_set_new(json, part[0], of = json_object());
		if (!json_is_object(of)) return "is set twice";
	}
	json_t *value = value_of(field, text);
	if (!value) return "has no value of its type";
	json_object_set_new(of, field->name, value);
	return NULL;
}

/* [give] NULL: it makes no sense, and that was logged. */
static json_t *read_section(const struct ts_template_section *section)
{
	struct ts_shape_error error;
	json_t *json = json_object();
	if (!ts_template_name_ok(section->name)) {
		ts_error("template", "name=%s why=\"a name is 1 to 32 of A-Z a-z 0-9 - . _\"",
			TS_LOG_STR(section->name));
		json_decref(json);
		return NULL;
	}
	for (size_t i = 0; i < section->n; i++) {
		const char *why = add(json, section->setting[i].key, section->setting[i].value);
		if (!why) continue;
		ts_error("template", "name=%s key=%s why=\"%s\"", section->name,
			TS_LOG_STR(section->setting[i].key), why);
		json_decref(json);
		return NULL;
	}
	if (ts_shape_check(&ts_shape_room, TS_USE_BODY, json, &error)) return json;
	ts_error("template", "name=%s key=%s why=\"%s\"", section->name, error.pointer,
		error.detail);
	json_decref(json);
	return NULL;
}

int ts_templates_create(struct ts_templates **out, const struct ts_config *config)
{
	struct ts_templates *templates = g_new0(struct ts_templates, 1);
	templates->all = json_object();
	*out = templates;
	for (size_t i = 0; i < config->templates.n; i++) {
		json_t *json = read_section(&config->templates.item[i]);
		if (!json) {
			ts_templates_destroy(out);
			return TS_EINVAL;
		}
		json_object_set_new(templates->all, config->templates.item[i].name, json);
	}
	return 0;
}

void ts_templates_destroy(struct ts_templates **templatesp)
{
	struct ts_templates *templates = *templatesp;
	*templatesp = NULL;
	if (!templates) return;
	json_decref(templates->all);
	g_free(templates);
}

json_t *ts_templates_find(const struct ts_templates *templates, const char *name)
{
	return templates ? json_object_get(templates->all, name) : NULL;
}

/* ---- of rooms that joins make */

/* Who may join is asked before there is a room, and one that waits for hosts would stay. */
static const char *const of_made_ones[] = {
	"pin", "host_pin", "wait_for_host", "locked", "valid_from_ms", "valid_until_ms"};

int ts_templates_use(struct ts_api *api)
{
	const char *name = api->config->room.template;
	struct ts_room_config room;
	if (!*name) return 0;
	json_t *json = ts_templates_find(api->templates, name);
	if (!json) {
		ts_error("room.template", "template=%s why=\"there is no such group\"", name);
		return TS_EINVAL;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(of_made_ones); i++)
		if (json_object_get(json, of_made_ones[i])) {
			ts_error("room.template",
				"template=%s key=%s why=\"not for rooms that a join makes\"", name,
				of_made_ones[i]);
			return TS_EINVAL;
		}
	const char *layout = json_string_value(json_object_get(json, "layout"));
	struct ts_layout_doc *doc = layout ? ts_layout_store_find(api->layouts, layout) : NULL;
	if ((layout && !doc) || !ts_room_config_read(api, NULL, json, NULL, &room)) {
		ts_error("room.template", "template=%s why=\"%s\"", name,
			layout && !doc ? "there is no such layout"
				       : "its settings do not go together");
		return TS_EINVAL;
	}
	g_strlcpy(room.template, name, sizeof(room.template));
	ts_registry_set_joined(api->registry, &room, doc,
		(json_object_get(json, "max_participants") ? TS_OWN_PARTICIPANTS : 0) |
			(json_object_get(json, "max_watchers") ? TS_OWN_WATCHERS : 0));
	return 0;
}

/* ---- handlers */

static json_t *template_json(const char *name, json_t *settings)
{
	json_t *shown = json_copy(settings);
	json_object_del(shown, "pin");
	json_object_del(shown, "host_pin");
	return json_pack("{s:s, s:o, s:b, s:b}", "name", name, "settings", shown, "pin_set",
		json_object_get(settings, "pin") != NULL, "host_pin_set",
		json_object_get(settings, "host_pin") != NULL);
}

void ts_get_templates(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array(), *settings;
	const char *name;
	(void)param;
	json_object_foreach(api->templates ? api->templates->all : NULL, name, settings)
	{
		json_array_append_new(array, template_json(name, settings));
	}
	ts_reply_json(request, ts_items_json(array), NULL);
}
