/* What the document says of refusals, from a table of three rows. */
#include "control/http/route.h"
#include "control/schema/openapi.h"
#include "control/schema/shape.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdbool.h>
#include <string.h>

static const struct ts_field fields[] = {{.name = "name", .type = TS_F_STRING}};
static const struct ts_shape shape = TS_SHAPE("Thing", fields, "A thing");
static const struct ts_route routes[] = {
	{TS_POST, "/join/{room}", .flags = TS_ROUTE_JOIN, .summary = "Join",
		.takes_type = "application/sdp"},
	{TS_GET, "/v1/things/{id}", .flags = TS_ROUTE_TOKEN | TS_ROUTE_ETAG, .summary = "One",
		.gives_shape = &shape},
	{TS_PATCH, "/v1/things/{id}", .flags = TS_ROUTE_TOKEN | TS_ROUTE_ETAG, .summary = "Change",
		.takes = &shape, .gives_shape = &shape},
	{TS_GET, "/healthz", .summary = "Alive"},
};

static void refusals_are_named(void **state)
{
	static const char *const all[] = {
		"400", "401", "403", "404", "412", "413", "415", "422", "429", "4XX", "5XX"};
	static const struct {
		const char *path, *method, *named;
	} rows[] = {
		{"/join/{room}", "post", "400 401 403 413 415 429 4XX 5XX"},
		{"/v1/things/{id}", "get", "401 403 404 4XX 5XX"},
		{"/v1/things/{id}", "patch", "400 401 403 404 412 413 415 422 4XX 5XX"},
		{"/healthz", "get", "4XX 5XX"},
	};
	const struct ts_openapi api = {routes, sizeof(routes) / sizeof(routes[0]), &shape, ""};
	json_t *json = ts_openapi_json(&api);
	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *path = json_object_get(json_object_get(json, "paths"), rows[i].path);
		json_t *responses = json_object_get(
			json_object_get(path, rows[i].method), "responses");
		assert_non_null(json_object_get(responses, "200"));
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			bool named = strstr(rows[i].named, all[k]);
			json_t *response = json_object_get(responses, all[k]);
			if (!response != !named)
				fail_msg("%s %s %s", rows[i].method, rows[i].path, all[k]);
			if (response)
				assert_string_equal(
					json_string_value(json_object_get(response, "$ref")),
					"#/components/responses/Problem");
		}
	}
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refusals_are_named)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
