#include "control/http/route.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void handler_a(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api, (void)request, (void)param;
}
static void handler_b(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api, (void)request, (void)param;
}

static const struct ts_route table[] = {
	{.method = TS_GET, .path = "/", .handler = handler_a},
	{.method = TS_GET, .path = "/rooms", .handler = handler_a},
	{.method = TS_GET, .path = "/rooms/{room}", .handler = handler_a, .flags = TS_ROUTE_TOKEN},
	{.method = TS_DELETE,
		.path = "/rooms/{room}",
		.handler = handler_b,
		.flags = TS_ROUTE_CORS},
	{.method = TS_GET, .path = "/rooms/{room}/people/{id}", .handler = handler_a},
	{.method = TS_GET, .path = "/films/{room}.flv", .handler = handler_a},
};

static void find(struct ts_route_match *m, const char *method, const char *path)
{
	ts_route_find(m, table, sizeof(table) / sizeof(table[0]), method, path);
}

static void finds_rows(void **state)
{
	static const struct {
		const char *name, *method, *path;
		int row;
		const char *param[2];
	} rows[] = {
		{"root", "GET", "/", 0, {"", ""}},
		{"literal", "GET", "/rooms", 1, {"", ""}},
		{"head is get", "HEAD", "/rooms", 1, {"", ""}},
		{"one param", "GET", "/rooms/abc", 2, {"abc", ""}},
		{"by method", "DELETE", "/rooms/abc", 3, {"abc", ""}},
		{"two params", "GET", "/rooms/a/people/b", 4, {"a", "b"}},
		{"what stands behind a param", "GET", "/films/a.flv", 5, {"a", ""}},
		{"that more than once", "GET", "/films/.flv.flv", 5, {".flv", ""}},
		{"escaped", "GET", "/rooms/%61%2f%2E", 2, {"a/.", ""}},
		{"escaped literal", "GET", "/r%6foms", 1, {"", ""}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_route_match m;
		find(&m, rows[i].method, rows[i].path);
		if (m.route != &table[rows[i].row]) fail_msg("%s: another row", rows[i].name);
		assert_string_equal(m.param[0], rows[i].param[0]);
		assert_string_equal(m.param[1], rows[i].param[1]);
	}
}

static void finds_no_path(void **state)
{
	char longer[400];
	const char *const paths[] = {"/films/.flv", "/films/a.fl", "/films/a.flv/", "/films/flv",
		"", "*", "//", "/rooms/", "/rooms//people/b", "/rooms/a/people/", "/rooms/a/people",
		"/room", "/roomsx", "/rooms/a/people/b/", "/rooms/%", "/rooms/%4", "/rooms/%zz",
		"/rooms/a%00b", longer};
	(void)state;
	memset(longer, 'a', sizeof(longer));
	memcpy(longer, "/rooms/", 7);
	longer[sizeof(longer) - 1] = '\0';
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct ts_route_match m;
		find(&m, "GET", paths[i]);
		if (m.route || m.methods) fail_msg("\"%s\" was found", paths[i]);
	}
}

static void longest_param_fits(void **state)
{
	char path[7 + TS_ROUTE_PARAM_MAX + 1] = "/rooms/";
	struct ts_route_match m;
	(void)state;
	memset(path + 7, 'r', TS_ROUTE_PARAM_MAX);
	path[7 + TS_ROUTE_PARAM_MAX] = '\0';
	find(&m, "GET", path);
	assert_ptr_equal(m.route, &table[2]);
	assert_string_equal(m.param[0], path + 7);
}

static void knows_methods(void **state)
{
	struct ts_route_match m;
	char allow[80];
	(void)state;
	find(&m, "PATCH", "/rooms/abc");
	assert_null(m.route);
	assert_int_equal(m.methods, TS_GET | TS_DELETE);
	assert_int_equal(m.flags, TS_ROUTE_TOKEN | TS_ROUTE_CORS);
	ts_route_allow(allow, sizeof(allow), m.methods);
	assert_string_equal(allow, "OPTIONS, GET, HEAD, DELETE");
	ts_route_allow(allow, 10, m.methods);
	assert_true(strlen(allow) < 10);

	find(&m, "BREW", "/rooms/abc");
	assert_null(m.route);
	find(&m, "get", "/rooms/abc"); /* methods are case-sensitive: RFC 9110 9.1 */
	assert_null(m.route);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_rows),
		cmocka_unit_test(finds_no_path),
		cmocka_unit_test(longest_param_fits),
		cmocka_unit_test(knows_methods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
