#include "control/schema/openapi.h"
#include "control/http/route.h"
#include "control/identity/scope.h"
#include "control/schema/shape.h"
#include <glib.h>
#include <string.h>

#define ABOUT                                                                                      \
	"Rooms in which people meet. Errors are RFC 9457 problems, whose pointer names the field " \
	"that is wrong. PATCH takes "                                                              \
	"RFC 7396 merge patches; null is the default. Unknown fields are refused. The ETag of a "  \
	"room, its participants and its "                                                          \
	"layout is the revision of the room."

static const struct {
	const char *name, *help, *pattern;
} path_params[] = {
	{"room", "Id of a room", "^(?!\\.{1,2}$)[A-Za-z0-9._~-]{1,64}$"},
	{"id", "Id of a participant, or of a call", NULL},
	{"secret", "What the Location of a join ended in", NULL},
	{"name", "Name of a layout", NULL},
	{"key", "Id of an API key; of a stream its key", NULL},
};

/* ---- shapes by name */

struct document {
	json_t *schemas;
};

static void add_schema(struct document *doc, const struct ts_shape *shape, enum ts_use use);

/* Those inside, which it refers to. */
static void add_inner(struct document *doc, const struct ts_shape *shape, enum ts_use use)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct ts_shape *inner = shape->field[i].of;
		if (!ts_field_in_use(&shape->field[i], use)) continue;
		if (inner && inner->name)
			add_schema(doc, inner, use);
		else if (inner)
			add_inner(doc, inner, use);
	}
}

static void add_schema(struct document *doc, const struct ts_shape *shape, enum ts_use use)
{
	char name[TS_SHAPE_NAME_MAX];
	ts_shape_name(name, shape, use);
	if (json_object_get(doc->schemas, name)) return;
	json_object_set_new(doc->schemas, name, ts_shape_schema(shape, use));
	add_inner(doc, shape, use);
}

static json_t *refer(struct document *doc, const struct ts_shape *shape, enum ts_use use)
{
	char name[TS_SHAPE_NAME_MAX];
	add_schema(doc, shape, use);
	ts_shape_name(name, shape, use);
	return json_pack("{s:{s:s+}}", "schema", "$ref", "#/components/schemas/", name);
}

/* ---- one operation */

static json_t *path_param(const char *name)
{
	const char *help = "", *pattern = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(path_params); i++) {
		if (strcmp(path_params[i].name, name) != 0) continue;
		help = path_params[i].help;
		pattern = path_params[i].pattern;
	}
	return json_pack("{s:s, s:s, s:b, s:s, s:{s:s, s:s*}}", "name", name, "in", "path",
		"required", 1, "description", help, "schema", "type", "string", "pattern", pattern);
}

static json_t *header_param(const char *name, const char *help)
{
	return json_pack("{s:s, s:s, s:s, s:{s:s}}", "name", name, "in", "header", "description",
		help, "schema", "type", "string");
}

static void add_path_params(json_t *params, const char *path)
{
	char name[32];
	while ((path = strchr(path, '{'))) {
		size_t len = strcspn(++path, "}");
		g_strlcpy(name, path, MIN(len + 1, sizeof(name)));
		json_array_append_new(params, path_param(name));
	}
}

static bool has_if_match(const struct ts_route *route)
{
	return route->flags & TS_ROUTE_ETAG && route->method != TS_GET && route->method != TS_POST;
}

static json_t *params_of(const struct ts_route *route)
{
	json_t *params = json_array();
	add_path_params(params, route->path);
	for (size_t i = 0; route->query && i < route->query->n; i++) {
		const struct ts_field *field = &route->query->field[i];
		json_array_append_new(params,
			json_pack("{s:s, s:s, s:o}", "name", field->name, "in", "query", "schema",
				ts_field_schema(field, TS_USE_BODY)));
	}
	if (has_if_match(route))
		json_array_append_new(params,
			header_param("If-Match", "Only if the room is still what this tag says"));
	if (route->flags & TS_ROUTE_MAKES)
		json_array_append_new(
			params, header_param("If-None-Match", "*: only if there is none yet"));
	if (route->flags & TS_ROUTE_JOIN)
		json_array_append_new(params,
			header_param("Tessera-Session",
				"Secret of the session whose identity comes back"));
	if (route->flags & TS_ROUTE_SESSION && route->takes_type)
		json_array_append_new(params,
			header_param(
				"If-Match", "ETag of the session, or *; needed with a fragment"));
	if (route->gives_type && !strcmp(route->gives_type, "text/event-stream"))
		json_array_append_new(
			params, header_param("Last-Event-ID", "Go on after this event"));
	return params;
}

static json_t *body_of(struct document *doc, const struct ts_route *route)
{
	enum ts_use use = route->method == TS_PATCH ? TS_USE_PATCH : TS_USE_BODY;
	json_t *content = json_object();
	if (route->takes)
		json_object_set_new(content,
			use == TS_USE_PATCH ? "application/merge-patch+json" : "application/json",
			refer(doc, route->takes, use));
	if (route->takes_type)
		json_object_set_new(content, route->takes_type,
			json_pack("{s:{s:s}}", "schema", "type", "string"));
	return json_pack("{s:b, s:o}", "required", 1, "content", content);
}

static json_t *success_of(struct document *doc, const struct ts_route *route)
{
	json_t *response = json_pack("{s:s}", "description", "Done"), *content = json_object();
	if (route->gives_shape)
		json_object_set_new(
			content, "application/json", refer(doc, route->gives_shape, TS_USE_REPLY));
	if (route->gives_type)
		json_object_set_new(content, route->gives_type,
			json_pack("{s:{s:s}}", "schema", "type", "string"));
	if (json_object_size(content))
		json_object_set_new(response, "content", content);
	else
		json_decref(content);
	if (route->flags & TS_ROUTE_ETAG && route->gives != 204)
		json_object_set_new(response, "headers",
			json_pack("{s:{s:s, s:{s:s}}}", "ETag", "description",
				"Revision of the room", "schema", "type", "string"));
	return response;
}

/* Those that the table tells of; what else there is, is 4XX and 5XX. */
static void add_refusals(json_t *responses, const struct ts_route *route)
{
	const bool body = route->takes || route->takes_type, join = route->flags & TS_ROUTE_JOIN;
	const bool session = route->flags & TS_ROUTE_SESSION, makes = route->flags & TS_ROUTE_MAKES;
	const struct {
		const char *status;
		bool possible;
	} rows[] = {
		{"400", body || route->query},
		{"401", join || route->flags & TS_ROUTE_TOKEN},
		{"403", join || route->flags & TS_ROUTE_TOKEN},
		{"404", strchr(route->path, '{') && !join && !makes},
		{"412", makes || has_if_match(route) || (session && route->takes_type)},
		{"413", body},
		{"415", body},
		{"422", route->takes},
		{"429", join || session},
		{"4XX", true},
		{"5XX", true},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].possible)
			json_object_set_new(responses, rows[i].status,
				json_pack("{s:s}", "$ref", "#/components/responses/Problem"));
}

static json_t *responses_of(struct document *doc, const struct ts_route *route)
{
	char status[4];
	json_t *responses = json_object(), *success = success_of(doc, route);
	g_snprintf(status, sizeof(status), "%d", route->gives ? route->gives : 200);
	json_object_set_new(responses, status, success);
	if (route->flags & TS_ROUTE_MAKES) json_object_set(responses, "201", success);
	if (route->takes_type && route->takes) /* trickled candidates have no answer */
		json_object_set_new(responses, "204", json_pack("{s:s}", "description", "Done"));
	add_refusals(responses, route);
	return responses;
}

static const char *method_name(enum ts_method method)
{
	switch (method) {
	case TS_GET: return "get";
	case TS_POST: return "post";
	case TS_PUT: return "put";
	case TS_PATCH: return "patch";
	case TS_DELETE: break;
	}
	return "delete";
}

/* "get_v1_rooms_room" */
static char *operation_id(const struct ts_route *route)
{
	GString *id = g_string_new(method_name(route->method));
	for (const char *c = route->path; *c; c++)
		if (*c == '/')
			g_string_append_c(id, '_');
		else if (g_ascii_isalnum(*c))
			g_string_append_c(id, *c);
	return g_string_free(id, FALSE);
}

/* Participant, api or server. */
static const char *tag_of(const struct ts_route *route)
{
	if (g_str_has_prefix(route->path, "/v1/layouts")) return "layouts";
	if (g_str_has_prefix(route->path, "/v1/rooms")) return "rooms";
	if (g_str_has_prefix(route->path, "/s/") || route->flags & TS_ROUTE_JOIN) return "joining";
	return "server";
}

static json_t *security_of(const struct ts_route *route)
{
	json_t *scopes = ts_scope_json(route->scope);
	if (route->flags & TS_ROUTE_TOKEN)
		return json_pack("[{s:[]}, {s:o}, {}]", "api_token", "api_key_or_jwt", scopes);
	if (route->flags & TS_ROUTE_JOIN)
		return json_pack("[{s:[]}, {s:o}, {}]", "join_pin", "api_key_or_jwt", scopes);
	json_decref(scopes);
	return json_pack("[{}]");
}

static json_t *operation(struct document *doc, const struct ts_route *route)
{
	g_autofree char *id = operation_id(route);
	json_t *json = json_pack("{s:s, s:s, s:[s], s:o, s:o, s:o}", "operationId", id, "summary",
		route->summary, "tags", tag_of(route), "security", security_of(route), "parameters",
		params_of(route), "responses", responses_of(doc, route));
	if (route->takes || route->takes_type)
		json_object_set_new(json, "requestBody", body_of(doc, route));
	return json;
}

/* ---- the document */

static json_t *paths_of(struct document *doc, const struct ts_openapi *api)
{
	json_t *paths = json_object();
	for (size_t i = 0; i < api->n_routes; i++) {
		const struct ts_route *route = &api->routes[i];
		if (route->flags & TS_ROUTE_PAGE) continue;
		if (route->flags & TS_ROUTE_SOCKET && !route->scope) continue;
		json_t *path = json_object_get(paths, route->path);
		if (!path) json_object_set_new(paths, route->path, path = json_object());
		json_object_set_new(path, method_name(route->method), operation(doc, route));
	}
	return paths;
}

static json_t *tags(void)
{
	return json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "name", "joining",
		"description", "By those who are in a room: joining, and what is one's own", "name",
		"rooms", "description", "Rooms and who is in them", "name", "layouts",
		"description", "How tiles are arranged", "name", "server", "description",
		"The server as a whole");
}

static json_t *security_schemes(void)
{
	return json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:{s:s, s:s, s:s}}",
		"api_token", "type", "http", "scheme", "bearer", "description",
		"http.api_token, where one is configured", "api_key_or_jwt", "type", "http",
		"scheme", "bearer", "bearerFormat", "tsk_ID_SECRET or a JWT", "description",
		"An API key or a JWT with one of the scopes that stand there, or admin; for "
		"players and pages also ?token=",
		"join_pin", "type", "http", "scheme", "bearer", "description",
		"The PIN or token that the join policy asks for");
}

static json_t *problem_response(struct document *doc, const struct ts_openapi *api)
{
	return json_pack("{s:s, s:{s:o}}", "description", "Refused", "content",
		"application/problem+json", refer(doc, api->problem, TS_USE_REPLY));
}

json_t *ts_openapi_json(const struct ts_openapi *api)
{
	struct document doc = {json_object()};
	json_t *paths = paths_of(&doc, api), *problem = problem_response(&doc, api);
	return json_pack(
		"{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:o, s:o, s:{s:o, s:{s:o}, "
		"s:o}}",
		"openapi", "3.1.0", "info", "title", "tessera", "version", "1", "description",
		ABOUT, "license", "name", "GPL-3.0-or-later", "identifier", "GPL-3.0-or-later",
		"servers", "url", *api->url ? api->url : "/", "tags", tags(), "paths", paths,
		"components", "schemas", doc.schemas, "responses", "Problem", problem,
		"securitySchemes", security_schemes());
}
