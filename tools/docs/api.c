/* api - docs/API.md: routes and their shapes (control/api/api.c, control/json/), events
 * (control/events/kinds.h), problems (control/http/problem_types.h). */
#include "control/api/api.h"
#include "control/events/kinds.h"
#include "control/http/problem_types.h"
#include "control/identity/scope.h"
#include "control/schema/shape.h"
#include "tools/docs/docs.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>

/* Shapes with a name, in the order of their first use. */
static GPtrArray *shapes;

static void note_shape(const struct ts_shape *shape)
{
	if (!shape) return;
	if (shape->name) {
		if (g_ptr_array_find(shapes, shape, NULL)) return;
		g_ptr_array_add(shapes, (void *)shape);
	}
	for (size_t i = 0; i < shape->n; i++) note_shape(shape->field[i].of);
}

static const char *method_name(enum ts_method method)
{
	switch (method) {
	case TS_GET: return "GET";
	case TS_POST: return "POST";
	case TS_PUT: return "PUT";
	case TS_PATCH: return "PATCH";
	case TS_DELETE: break;
	}
	return "DELETE";
}

/* ---- fields */

static void print_type(const struct ts_field *field);

static void print_inner(const struct ts_shape *shape)
{
	if (shape->name) {
		printf("[%s](#%s)", shape->name, g_ascii_strdown(shape->name, -1));
		return;
	}
	putchar('{');
	for (size_t i = 0; i < shape->n; i++) {
		printf("%s`%s` ", i ? ", " : "", shape->field[i].name);
		print_type(&shape->field[i]);
	}
	putchar('}');
}

static void print_type(const struct ts_field *field)
{
	static const char *const names[] = {"string", "integer", "number", "true or false",
		"object", "list of strings", "map", "any"};
	switch (field->type) {
	case TS_F_OBJECT: print_inner(field->of); break;
	case TS_F_LIST:
		if (!field->of) fputs(names[TS_F_LIST], stdout);
		if (field->of) fputs("list of ", stdout), print_inner(field->of);
		break;
	case TS_F_MAP:
		if (!field->of) fputs("map to strings", stdout);
		if (field->of) fputs("map from ids to ", stdout), print_inner(field->of);
		break;
	default: fputs(names[field->type], stdout);
	}
	for (size_t i = 0; field->choices && field->choices[i]; i++)
		printf("%s`%s`", i ? ", " : ": ", field->choices[i]);
	if (field->pattern) {
		fputs(", `", stdout);
		print_cell(field->pattern);
		putchar('`');
	} else if (field->type == TS_F_STRING && field->max > 0) {
		printf(", %g to %g bytes", field->min, field->max);
	} else if (field->min < field->max && field->type != TS_F_LIST) {
		printf(", %.15g to %.15g", field->min, field->max);
	}
	if (field->step > 0) printf(", in steps of %g", field->step);
	if (field->flags & TS_F_NULL) fputs(", or null", stdout);
}

static void print_fields(const struct ts_shape *shape)
{
	puts("| field | type | | |\n|---|---|---|---|");
	for (size_t i = 0; i < shape->n; i++) {
		const struct ts_field *field = &shape->field[i];
		printf("| `%s` | ", field->name);
		print_type(field);
		printf(" | %s%s%s%s | ", field->flags & TS_F_READ ? "read only" : "",
			field->flags & TS_F_WRITE ? "write only" : "",
			field->flags & TS_F_NEEDED ? "needed" : "",
			field->flags & TS_F_OPTIONAL ? "may be left out" : "");
		print_cell(field->help ? field->help : "");
		puts(" |");
	}
}

/* ---- routes */

static void print_shape_link(const struct ts_shape *shape)
{
	if (shape->name) print_inner(shape);
}

static const char *authority_of(const struct ts_route *route)
{
	static char scopes[TS_SCOPE_TEXT_MAX + 64];
	if (route->flags & TS_ROUTE_TOKEN) {
		char list[TS_SCOPE_TEXT_MAX];
		ts_scope_write(list, sizeof(list), route->scope);
		g_snprintf(scopes, sizeof(scopes), "API token, or a credential with `%s`", list);
		return scopes;
	}
	if (route->flags & TS_ROUTE_JOIN) return "PIN or token of joining";
	if (route->flags & TS_ROUTE_SESSION) return "the address itself";
	return "nothing";
}

static void print_route(const struct ts_route *route)
{
	printf("\n### %s %s\n\n%s. Needs: %s.", method_name(route->method), route->path,
		route->summary, authority_of(route));
	if (route->takes || route->takes_type) fputs(" Takes: ", stdout);
	if (route->takes) print_shape_link(route->takes);
	if (route->takes_type) printf("%s`%s`", route->takes ? " or " : "", route->takes_type);
	if (route->takes || route->takes_type) putchar('.');
	printf(" Answers %d", route->gives ? route->gives : 200);
	if (route->flags & TS_ROUTE_MAKES) fputs(", or 201 when it made it", stdout);
	if (route->gives_shape || route->gives_type) fputs(": ", stdout);
	if (route->gives_shape) print_shape_link(route->gives_shape);
	if (route->gives_type)
		printf("%s`%s`", route->gives_shape ? " or " : "", route->gives_type);
	puts(".");
	if (route->flags & TS_ROUTE_ETAG && route->method != TS_POST)
		puts(route->method == TS_GET ? "The ETag is the revision of the room or layout."
					     : "If-Match makes it depend on the revision (412).");
	if (!route->query) return;
	for (const struct ts_route *other = ts_routes; other < route; other++) {
		if (other->query != route->query) continue;
		printf("Parameters: those of %s %s.\n", method_name(other->method), other->path);
		return;
	}
	puts("");
	print_fields(route->query);
}

static void print_routes(void)
{
	puts("\n## Routes\n");
	puts("| | | |\n|---|---|---|");
	for (size_t i = 0; i < ts_n_routes; i++)
		printf("| %s | `%s` | %s |\n", method_name(ts_routes[i].method), ts_routes[i].path,
			ts_routes[i].summary);
	for (size_t i = 0; i < ts_n_routes; i++) {
		if (ts_routes[i].flags & TS_ROUTE_PAGE) continue;
		print_route(&ts_routes[i]);
		note_shape(ts_routes[i].takes);
		note_shape(ts_routes[i].gives_shape);
	}
}

/* ---- who may do what */

static void print_scopes(void)
{
	puts("\n## Scopes\n\n"
	     "What an API key or a JWT may do ([IDENTITY.md](IDENTITY.md)); `http.api_token` may "
	     "do everything. One that is for some rooms alone gets\n"
	     "403 for all others, whether they are there or not.\n\n"
	     "| scope | for |\n|---|---|");
	for (size_t i = 0; i < ts_n_scope_names; i++)
		printf("| `%s` | %s |\n", ts_scope_names[i].name, ts_scope_names[i].help);
	puts("\n### Route by scope\n\n"
	     "x: opens it. \"rooms\": what a credential of some rooms gets there: own, its rooms "
	     "alone (layouts are of no room); no, 403. Ways to join\n"
	     "take a PIN or nothing as well, as `join.policy` says. What is not here asks for no "
	     "credential.\n");
	fputs("| route | rooms |", stdout);
	for (size_t i = 0; i < ts_n_scope_names; i++) printf(" %s |", ts_scope_names[i].name);
	fputs("\n|---|---|", stdout);
	for (size_t i = 0; i < ts_n_scope_names; i++) fputs("---|", stdout);
	for (size_t r = 0; r < ts_n_routes; r++) {
		const struct ts_route *route = &ts_routes[r];
		if (!(route->flags & (TS_ROUTE_TOKEN | TS_ROUTE_JOIN))) continue;
		printf("\n| %s `%s` | %s |", method_name(route->method), route->path,
			route->flags & TS_ROUTE_SHARED || ts_route_is_of_room(route) ? "own"
										     : "no");
		for (size_t i = 0; i < ts_n_scope_names; i++)
			fputs(ts_scope_allows(ts_scope_names[i].bits, route->scope) ? " x |" : " |",
				stdout);
	}
	puts("");
}

static void print_shapes(void)
{
	puts("\n## Shapes\n\nWhat is read-only is refused in a body. PATCH takes any of the "
	     "others (RFC 7396); null is the default.");
	for (guint i = 0; i < shapes->len; i++) {
		const struct ts_shape *shape = shapes->pdata[i];
		printf("\n### %s\n\n", shape->name);
		if (shape->help) printf("%s.\n\n", shape->help);
		print_fields(shape);
	}
}

/* ---- events, problems */

static void print_event(const char *name, const char *api, const char *person, const char *when)
{
	printf("| `%s` | ", name);
	print_cell(when);
	printf(" | `%s` | ", api);
	if (*person) printf("`%s`", person);
	puts(" |");
}

static void print_events(void)
{
	puts("\n## Events\n\n"
	     "Server-sent events (WHATWG HTML 9.2), at `/v1/events` for the API and "
	     "`/s/{secret}/events` for one participant. Each has a name\n"
	     "(`event:`), an id BOOT.N (`id:`) and data, one line of JSON. A reader that comes "
	     "back with `Last-Event-ID` gets what it\n"
	     "missed, else `reset` and `snapshot`. Many changes of one thing in one turn of the "
	     "server are one event, which carries the thing\n"
	     "as GET shows it then. Names with a capital are shapes (above).\n\n"
	     "| event | when | data for the API | data for participants |\n|---|---|---|---|");
#define X(id, name, api, person, when) print_event(name, api, person, when);
	TS_EVENTS(X)
#undef X
}

static void print_problem(
	const char *type, const char *status, const char *means, const char *advice)
{
	char *const statuses = g_strjoinv(", ", g_strsplit(status, " ", -1));
	printf("| `%s` | %s | ", type, statuses);
	print_cell(means);
	fputs(" | ", stdout);
	print_cell(advice);
	puts(" |");
}

static void print_problems(void)
{
	puts("\n## Problems\n\n"
	     "Refusals are `application/problem+json` (RFC 9457) with `type`, `title`, `status`, "
	     "`detail` and, where one field or parameter is\n"
	     "wrong, `pointer` (RFC 6901). `type` is `urn:tessera:problem:` and a word of this "
	     "table, or `about:blank` where the status says it\n"
	     "all: 401 without the API token, 404 and 405 of paths, 413 of bodies over 64 kB, 503 "
	     "for want of memory. 429 and most 503\n"
	     "have `Retry-After`.\n\n"
	     "| type | status | means | what to do |\n|---|---|---|---|");
#define X(type, status, means, advice) print_problem(type, status, means, advice);
	TS_PROBLEMS(X)
#undef X
#define X(error)                                                                               \
	print_problem(error, "503", "The server cannot do that now: an error of base/error.h", \
		"Try again as Retry-After says");
	TS_PROBLEM_ERRORS(X)
#undef X
}

bool print_api(const char *version)
{
	(void)version;
	shapes = g_ptr_array_new();
	puts("# API\n");
	printf(GENERATED, "the tables of routes, shapes, events and problems in control/");
	puts("A running server has the same as OpenAPI 3.1 at `/v1/openapi.json`. JSON in and "
	     "out; unknown fields are refused; lists are\n"
	     "`{\"items\": [...]}`. Layouts: [LAYOUTS.md](LAYOUTS.md). Joining is RFC 9725 (WHIP) "
	     "with an answer: POST an offer, PATCH candidates, DELETE\n"
	     "to leave.\n\n"
	     "Three planes of authority: `Authorization: Bearer` with `http.api_token`, an API key "
	     "or a JWT for `/v1` and `/metrics` (none is asked for\n"
	     "where none is configured; [scopes](#scopes)), the PIN or token that `join.policy` "
	     "asks of those who join, in whose place a key or JWT\n"
	     "may stand, and the address `/s/{secret}` that a join answers as Location for what "
	     "one participant may do themselves.");
	print_routes();
	print_scopes();
	print_shapes();
	print_events();
	print_problems();
	return true;
}
