#include "control/schema/shape.h"
#include <glib.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- checking */

/* Where the check is: pointers are built from here outwards only when something is wrong. */
struct place {
	const struct place *up;
	const char *key; /* NULL: the whole body, or item `index` of a list */
	size_t index;
	struct ts_shape_error *error;
};

static void write_pointer(const struct place *at, GString *out)
{
	if (!at->up) return;
	write_pointer(at->up, out);
	g_string_append_c(out, '/');
	if (!at->key) g_string_append_printf(out, "%zu", at->index);
	for (const char *c = at->key; c && *c && out->len < sizeof(at->error->pointer); c++) {
		if (*c == '~')
			g_string_append(out, "~0");
		else if (*c == '/')
			g_string_append(out, "~1");
		else
			g_string_append_c(out, *c);
	}
}

__attribute__((format(printf, 2, 3))) static bool wrong(
	const struct place *at, const char *fmt, ...)
{
	g_autoptr(GString) pointer = g_string_new(NULL);
	const char *end;
	va_list args;
	va_start(args, fmt);
	g_vsnprintf(at->error->detail, sizeof(at->error->detail), fmt, args);
	va_end(args);
	write_pointer(at, pointer);
	g_strlcpy(at->error->pointer, pointer->str, sizeof(at->error->pointer));
	if (!g_utf8_validate(at->error->pointer, -1, &end))
		at->error->pointer[end - at->error->pointer] = '\0';
	return false;
}

bool ts_field_in_use(const struct ts_field *field, enum ts_use use)
{
	return !(field->flags & (use == TS_USE_REPLY ? TS_F_WRITE : TS_F_READ));
}

static bool is_text(const char *text)
{
	for (; *text; text = g_utf8_next_char(text))
		if (g_unichar_iscntrl(g_utf8_get_char(text))) return false;
	return true;
}

/* [give] "one, two" */
static char *list_of(const char *const *choices)
{
	GString *list = g_string_new(*choices);
	while (*++choices) g_string_append_printf(list, ", %s", *choices);
	return g_string_free(list, FALSE);
}

static bool check_string(const struct ts_field *field, const json_t *value, const struct place *at)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (!text) return wrong(at, "is a string");
	if (field->choices) {
		g_autofree char *all = list_of(field->choices);
		return g_strv_contains(field->choices, text) || wrong(at, "is one of %s", all);
	}
	if (field->min < field->max && ((double)len < field->min || (double)len > field->max))
		return wrong(at, "has %.0f to %.0f bytes", field->min, field->max);
	if (strlen(text) != len || (!(field->flags & TS_F_LINES) && !is_text(text)))
		return wrong(at, "has no control characters");
	if (field->ok && !field->ok(text)) return wrong(at, "matches %s", field->pattern);
	return true;
}

static bool check_number(const struct ts_field *field, const json_t *value, const struct place *at)
{
	double number = json_number_value(value);
	/* 30.0 is a whole number as well (JSON Schema 2020-12 6.1.1) */
	if (!json_is_number(value) || !isfinite(number) ||
		(field->type == TS_F_INT && number != floor(number)))
		return wrong(at, field->type == TS_F_INT ? "is a whole number" : "is a number");
	if (field->min < field->max && (number < field->min || number > field->max))
		return wrong(at, "is from %g to %g", field->min, field->max);
	if (field->step > 0 && fmod(number, field->step) != 0)
		return wrong(at, "is a multiple of %g", field->step);
	return true;
}

static bool check_object(
	const struct ts_shape *shape, enum ts_use use, json_t *json, const struct place *at);

static bool is_of_numbers(const struct ts_field *field)
{
	return field->type == TS_F_MAP && field->min < field->max;
}

static bool check_item(
	const struct ts_field *field, enum ts_use use, json_t *item, const struct place *at)
{
	if (field->of) return check_object(field->of, use, item, at);
	if (is_of_numbers(field)) return check_number(field, item, at);
	return json_is_string(item) || wrong(at, "is a string");
}

static bool check_list(
	const struct ts_field *field, enum ts_use use, const json_t *value, const struct place *at)
{
	if (json_is_string(value) && field->choices) return check_string(field, value, at);
	if (!json_is_array(value)) return wrong(at, "is a list");
	if (field->max > 0 && (double)json_array_size(value) > field->max)
		return wrong(at, "has at most %.0f items", field->max);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const struct place inside = {.up = at, .index = i, .error = at->error};
		if (!check_item(field, use, json_array_get(value, i), &inside)) return false;
	}
	return true;
}

static bool check_map(
	const struct ts_field *field, enum ts_use use, json_t *value, const struct place *at)
{
	const char *key;
	json_t *item;
	if (!json_is_object(value)) return wrong(at, "is an object");
	json_object_foreach(value, key, item)
	{
		const struct place inside = {.up = at, .key = key, .error = at->error};
		if (use == TS_USE_PATCH && json_is_null(item)) continue; /* it goes */
		if (!check_item(field, use, item, &inside)) return false;
	}
	return true;
}

static bool check_field(
	const struct ts_field *field, enum ts_use use, json_t *value, const struct place *at)
{
	if (json_is_null(value) && (use == TS_USE_PATCH || field->flags & TS_F_NULL)) return true;
	switch (field->type) {
	case TS_F_STRING: return check_string(field, value, at);
	case TS_F_INT:
	case TS_F_NUMBER: return check_number(field, value, at);
	case TS_F_BOOL: return json_is_boolean(value) || wrong(at, "is true or false");
	case TS_F_OBJECT: return check_object(field->of, use, value, at);
	case TS_F_LIST: return check_list(field, use, value, at);
	case TS_F_MAP: return check_map(field, use, value, at);
	case TS_F_ANY: break;
	}
	return true;
}

static const struct ts_field *field_named(const struct ts_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n; i++)
		if (!strcmp(shape->field[i].name, name)) return &shape->field[i];
	return NULL;
}

static bool check_object(
	const struct ts_shape *shape, enum ts_use use, json_t *json, const struct place *at)
{
	const char *key;
	json_t *value;
	if (!json_is_object(json)) return wrong(at, "is an object");
	json_object_foreach(json, key, value)
	{
		const struct place inside = {.up = at, .key = key, .error = at->error};
		const struct ts_field *field = field_named(shape, key);
		if (!field) return wrong(&inside, "is not a field of this resource");
		if (!ts_field_in_use(field, use)) return wrong(&inside, "is read only");
		if (!check_field(field, use, value, &inside)) return false;
	}
	for (size_t i = 0; i < shape->n; i++) {
		const struct ts_field *field = &shape->field[i];
		const struct place inside = {.up = at, .key = field->name, .error = at->error};
		bool needed = use == TS_USE_REPLY
			? ts_field_in_use(field, use) && !(field->flags & TS_F_OPTIONAL)
			: use == TS_USE_BODY && field->flags & TS_F_NEEDED;
		if (needed && !json_object_get(json, field->name))
			return wrong(&inside, "is missing");
	}
	return true;
}

bool ts_shape_check(
	const struct ts_shape *shape, enum ts_use use, json_t *json, struct ts_shape_error *error)
{
	const struct place top = {.error = error};
	return check_object(shape, use, json, &top);
}

/* ---- describing */

void ts_shape_name(char out[TS_SHAPE_NAME_MAX], const struct ts_shape *shape, enum ts_use use)
{
	static const char *const suffix[] = {
		[TS_USE_REPLY] = "", [TS_USE_BODY] = "Body", [TS_USE_PATCH] = "Patch"};
	g_snprintf(out, TS_SHAPE_NAME_MAX, "%s%s", shape->name, suffix[use]);
}

static json_t *describe(const struct ts_shape *shape, enum ts_use use)
{
	char name[TS_SHAPE_NAME_MAX];
	if (!shape->name) return ts_shape_schema(shape, use);
	ts_shape_name(name, shape, use);
	return json_pack("{s:s+}", "$ref", "#/components/schemas/", name);
}

static json_t *number_or_int(double value)
{
	return value == floor(value) ? json_integer((json_int_t)value) : json_real(value);
}

static void add_choices(json_t *schema, const struct ts_field *field)
{
	json_t *choices = json_array();
	for (const char *const *c = field->choices; *c; c++)
		json_array_append_new(choices, json_string(*c));
	json_object_set_new(schema, "enum", choices);
}

static void add_limits(json_t *schema, const struct ts_field *field)
{
	bool string = field->type == TS_F_STRING;
	if (field->min < field->max) {
		/* bytes are at least as many as characters: a text that passes the server passes
		 * the schema */
		if (!string || field->min > 0)
			json_object_set_new(schema, string ? "minLength" : "minimum",
				number_or_int(string ? 1 : field->min));
		json_object_set_new(
			schema, string ? "maxLength" : "maximum", number_or_int(field->max));
	}
	if (field->step > 0) json_object_set_new(schema, "multipleOf", number_or_int(field->step));
	if (field->pattern) json_object_set_new(schema, "pattern", json_string(field->pattern));
	if (field->choices) add_choices(schema, field);
}

static json_t *describe_items(const struct ts_field *field, enum ts_use use)
{
	if (!is_of_numbers(field))
		return field->of ? describe(field->of, use) : json_pack("{s:s}", "type", "string");
	json_t *number = json_pack(
		"{s:s, s:f, s:f}", "type", "number", "minimum", field->min, "maximum", field->max);
	if (use != TS_USE_PATCH) return number;
	return json_pack("{s:[o, {s:s}]}", "anyOf", number, "type", "null"); /* it goes */
}

/* A list, or a word for one. */
static json_t *describe_list(const struct ts_field *field, enum ts_use use)
{
	json_t *list = json_pack(
		"{s:s, s:o}", "type", "array", "items", describe_items(field, use));
	if (list && field->max > 0 && use != TS_USE_REPLY)
		json_object_set_new(list, "maxItems", json_integer((json_int_t)field->max));
	if (!field->choices) return list;
	json_t *word = json_pack("{s:s}", "type", "string");
	add_choices(word, field);
	return json_pack("{s:[o, o]}", "anyOf", list, word);
}

static json_t *describe_type(const struct ts_field *field, enum ts_use use)
{
	switch (field->type) {
	case TS_F_STRING: return json_pack("{s:s}", "type", "string");
	case TS_F_INT: return json_pack("{s:s}", "type", "integer");
	case TS_F_NUMBER: return json_pack("{s:s}", "type", "number");
	case TS_F_BOOL: return json_pack("{s:s}", "type", "boolean");
	case TS_F_LIST: return describe_list(field, use);
	case TS_F_MAP:
		return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			describe_items(field, use));
	case TS_F_OBJECT: return describe(field->of, use);
	case TS_F_ANY: break;
	}
	return json_object();
}

json_t *ts_field_schema(const struct ts_field *field, enum ts_use use)
{
	json_t *schema = describe_type(field, use);
	bool null = field->type != TS_F_ANY && (use == TS_USE_PATCH || field->flags & TS_F_NULL);
	if (field->type != TS_F_LIST && field->type != TS_F_MAP && field->type != TS_F_OBJECT)
		add_limits(schema, field);
	if (null) schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
	if (field->help) json_object_set_new(schema, "description", json_string(field->help));
	return schema;
}

json_t *ts_shape_schema(const struct ts_shape *shape, enum ts_use use)
{
	json_t *properties = json_object(), *required = json_array();
	for (size_t i = 0; i < shape->n; i++) {
		const struct ts_field *field = &shape->field[i];
		if (!ts_field_in_use(field, use)) continue;
		json_object_set_new(properties, field->name, ts_field_schema(field, use));
		if (use == TS_USE_REPLY ? !(field->flags & TS_F_OPTIONAL)
					: use == TS_USE_BODY && field->flags & TS_F_NEEDED)
			json_array_append_new(required, json_string(field->name));
	}
	json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
		"additionalProperties", 0);
	if (json_array_size(required))
		json_object_set_new(schema, "required", required);
	else
		json_decref(required);
	if (shape->help) json_object_set_new(schema, "description", json_string(shape->help));
	return schema;
}
