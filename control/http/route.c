#include "control/http/route.h"
#include "base/error.h"
#include "base/text.h"
#include "control/http/query.h"
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	enum ts_method method;
} methods[] = {
	{"GET", TS_GET},
	{"HEAD", TS_GET},
	{"POST", TS_POST},
	{"PUT", TS_PUT},
	{"PATCH", TS_PATCH},
	{"DELETE", TS_DELETE},
};
enum { N_METHODS = sizeof(methods) / sizeof(methods[0]) };

static unsigned method_of(const char *name)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (!strcmp(methods[i].name, name)) return methods[i].method;
	return 0;
}

/* Decodes the segment at *path and moves to the slash behind it. False: not decodable, or too long
 * for any name. */
static bool next_segment(char out[TS_ROUTE_PARAM_MAX + 1], const char **path)
{
	size_t len = strcspn(*path, "/");
	int rc = ts_url_decode(out, TS_ROUTE_PARAM_MAX + 1, *path, len);
	*path += len;
	return rc == 0;
}

/* What stands for the {name} of a pattern, which may have something behind it. False: it does not
 * fit. */
static bool take_param(char *out, const char *segment, const char *pattern, size_t len)
{
	const size_t head = strcspn(pattern, "}") + 1, tail = len - head, n = strlen(segment);
	if (n <= tail || memcmp(segment + n - tail, pattern + head, tail) != 0) return false;
	memcpy(out, segment, n - tail);
	out[n - tail] = '\0';
	return true;
}

static bool fits(const char *pattern, const char *path, char param[][TS_ROUTE_PARAM_MAX + 1])
{
	char segment[TS_ROUTE_PARAM_MAX + 1];
	size_t n_params = 0;
	while (*pattern == '/' && *path == '/') {
		pattern++, path++;
		size_t len = strcspn(pattern, "/");
		if (!next_segment(segment, &path)) return false;
		if (*pattern == '{') {
			if (n_params == TS_ROUTE_PARAMS ||
				!take_param(param[n_params++], segment, pattern, len))
				return false;
		} else if (strlen(segment) != len || memcmp(segment, pattern, len) != 0) {
			return false;
		}
		pattern += len;
	}
	return !*pattern && !*path;
}

void ts_route_find(struct ts_route_match *out, const struct ts_route *table, size_t n,
	const char *method, const char *path)
{
	unsigned wanted = method_of(method);
	char param[TS_ROUTE_PARAMS][TS_ROUTE_PARAM_MAX + 1] = {"", ""};
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		if (!fits(table[i].path, path, param)) continue;
		if (!out->methods) memcpy(out->param, param, sizeof(param));
		out->methods |= table[i].method;
		out->flags |= table[i].flags;
		if (out->route || table[i].method != wanted) continue;
		out->route = &table[i];
		memcpy(out->param, param, sizeof(param));
	}
}

bool ts_route_is_of_room(const struct ts_route *route)
{
	const char *param = strchr(route->path, '{');
	return param && !strncmp(param, "{room}", 6);
}

void ts_route_allow(char *out, size_t cap, unsigned allowed)
{
	struct ts_text text = ts_text(out, cap);
	ts_text_append(&text, "OPTIONS");
	for (size_t i = 0; i < N_METHODS; i++)
		if (allowed & methods[i].method) ts_text_append(&text, ", %s", methods[i].name);
}
