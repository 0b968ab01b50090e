#include "tests/peer/json.h"

const char *ts_json_text(json_t *o, const char *key, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : otherwise;
}

int ts_json_number(json_t *o, const char *key, int otherwise)
{
	json_t *v = json_object_get(o, key);
	return json_is_integer(v) ? (int)json_integer_value(v) : otherwise;
}

bool ts_json_is_true(json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}
