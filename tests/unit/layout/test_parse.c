#include "base/error.h"
#include "layout/json_where.h"
#include "layout/model.h"
#include "layout/solve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ts_layout_error err;

static int parse(struct ts_layout_doc **doc, const char *text)
{
	/* an exact copy: reading past its end is found by ASan */
	const size_t len = strlen(text);
	char *copy = malloc(len + !len);
	memcpy(copy, text, len);
	const int rc = ts_layout_parse(doc, copy, len, &err);
	free(copy);
	return rc;
}

static struct ts_layout_doc *good(const char *text)
{
	struct ts_layout_doc *doc = NULL;
	if (parse(&doc, text)) fail_msg("%s: %s", err.pointer, err.reason);
	return doc;
}

#define DOC(regions) "{\"name\":\"t\",\"variants\":[{\"regions\":[" regions "]}]}"
#define BOX "\"x\":0,\"y\":0,\"w\":1,\"h\":1"
#define NEXT "\"show\":\"next\""

static void every_field(void **state)
{
	(void)state;
	struct ts_layout_doc *doc = good(
		"{\"name\":\"all\",\"background\":\"#0a0b0c\",\"overflow\":{\"count\":false,"
		"\"rotate_s\":12},\"variants\":["
		"{\"max\":6,\"when\":{\"presentation\":true,\"aspect_min\":\"4/3\",\"aspect_max\":"
		"2.5},\"regions\":["
		"{\"x\":\"1/3\",\"y\":0.25,\"w\":\"2/3\",\"h\":\"0.5\",\"z\":-3,\"show\":\"role:"
		"host\",\"else\":\"identity:anna\","
		"\"fit\":\"fit\",\"label\":false,\"border\":{\"width\":\"1/180\",\"color\":"
		"\"#FFffFF\"},\"radius\":0.01,"
		"\"background\":\"#010203\",\"grid\":{\"columns\":3,\"rows\":2}}]},"
		"{\"regions\":[{" BOX "," NEXT ",\"grid\":\"auto\",\"else\":\"blank\"}]}]}");
	assert_string_equal(doc->name, "all");
	assert_int_equal(doc->background.g, 0x0b);
	assert_false(doc->count_overflow);
	assert_int_equal(doc->rotate_s, 12);
	assert_int_equal(doc->n, 2);
	const struct ts_doc_variant *v = &doc->variant[0];
	assert_int_equal(v->max, 6);
	assert_int_equal(v->presentation, TS_YES);
	assert_int_equal(v->aspect_min.num, 4);
	assert_int_equal(v->aspect_max.num, 5);
	assert_int_equal(v->aspect_max.den, 2);
	const struct ts_doc_region *r = &v->region[0];
	assert_int_equal(r->box.x.num, 1);
	assert_int_equal(r->box.x.den, 3);
	assert_int_equal(r->box.y.den, 4);
	assert_int_equal(r->box.h.den, 2);
	assert_int_equal(r->z, -3);
	assert_int_equal(r->show.show, TS_SHOW_ROLE);
	assert_string_equal(r->show.value, "host");
	assert_int_equal(r->otherwise.show, TS_SHOW_IDENTITY);
	assert_string_equal(r->otherwise.value, "anna");
	assert_int_equal(r->fit, TS_FIT_FIT);
	assert_false(r->label);
	assert_int_equal(r->border.den, 180);
	assert_int_equal(r->border_colour.r, 255);
	assert_int_equal(r->background.b, 3);
	assert_int_equal(r->radius.den, 100);
	assert_int_equal(r->grid, TS_GRID_FIXED);
	assert_int_equal(r->columns * 10 + r->rows, 32);
	assert_int_equal(doc->variant[1].region[0].grid, TS_GRID_AUTO);
	assert_int_equal(doc->variant[1].region[0].otherwise.show, TS_SHOW_BLANK);
	assert_true(doc->variant[1].region[0].label);

	struct ts_layout_doc *again = good(doc->text); /* the canonical text says the same */
	assert_string_equal(again->text, doc->text);
	ts_layout_doc_unref(&again);
	ts_layout_doc_unref(&doc);
}

struct bad {
	const char *text, *pointer, *reason; /* reason: a part of it */
};

static void refuse(const struct bad *bad)
{
	struct ts_layout_doc *doc = NULL;
	const int rc = parse(&doc, bad->text);
	if (rc != TS_EBADMSG || doc) fail_msg("accepted: %s", bad->text);
	if (strcmp(err.pointer, bad->pointer) != 0 || !strstr(err.reason, bad->reason))
		fail_msg("%.300s\n  \"%s\": %s\n  instead of \"%s\": %s", bad->text, err.pointer,
			err.reason, bad->pointer, bad->reason);
}

#define R0 "/variants/0/regions/0"

static void bad_layouts(void **state)
{
	(void)state;
	static const struct bad table[] = {
		{"", "", "end of file"},
		{"7", "", ""},
		{"[]", "", "object"},
		{"{", "", "line 1"},
		{"{}", "/name", "missing"},
		{"{\"name\":\"t\"}", "/variants", "missing"},
		{"{\"name\":\"\",\"variants\":[]}", "/name", "1 to 64"},
		{"{\"name\":\"../x\",\"variants\":[]}", "/name", "dot"},
		{"{\"name\":7,\"variants\":[]}", "/name", "1 to 64"},
		{"{\"name\":\"t\",\"variants\":[]}", "/variants", "1 to 16"},
		{"{\"name\":\"t\",\"variants\":{}}", "/variants", "1 to 16"},
		{"{\"name\":\"t\",\"colour\":1,\"variants\":[]}", "/colour", "no field"},
		{"{\"name\":\"t\",\"a/b~c\":1}", "/variants", "missing"},
		{DOC(""), "/variants/0/regions", "1 to 49"},
		{DOC("7"), R0, "object"},
		{DOC("{}"), R0 "/x", "missing"},
		{DOC("{" BOX "}"), R0 "/show", "missing"},
		{DOC("{" BOX "," NEXT ",\"a/b~c\":1}"), R0 "/a~1b~0c", "no field"},
		{DOC("{" BOX ",\"show\":\"nxt\"}"), R0 "/show", "not a selector"},
		{DOC("{" BOX ",\"show\":\"next \"}"), R0 "/show", "not a selector"},
		{DOC("{" BOX ",\"show\":\"role:\"}"), R0 "/show", "not a selector"},
		{DOC("{" BOX ",\"show\":null}"), R0 "/show", "not a selector"},
		{DOC("{" BOX ",\"show\":\"blank\"}"), R0 "/show", "not a selector"},
		{DOC("{" BOX "," NEXT ",\"else\":\"somebody\"}"), R0 "/else", "not a selector"},
		{DOC("{" BOX "," NEXT ",\"fit\":\"stretch\"}"), R0 "/fit", "letterboxed"},
		{DOC("{" BOX "," NEXT ",\"z\":0.5}"), R0 "/z", "whole number"},
		{DOC("{" BOX "," NEXT ",\"z\":99999}"), R0 "/z", "not between"},
		{DOC("{" BOX "," NEXT ",\"label\":\"yes\"}"), R0 "/label", "true or false"},
		{DOC("{" BOX "," NEXT ",\"border\":2}"), R0 "/border", "object"},
		{DOC("{" BOX "," NEXT ",\"border\":{\"width\":0.1}}"), R0 "/border/color",
			"missing"},
		{DOC("{" BOX "," NEXT ",\"border\":{\"width\":0.1,\"color\":\"red\"}}"),
			R0 "/border/color", "colour"},
		{DOC("{" BOX "," NEXT ",\"border\":{\"width\":0.6,\"color\":\"#ffffff\"}}"),
			R0 "/border", "half"},
		{DOC("{" BOX "," NEXT ",\"radius\":\"2/3\"}"), R0 "/radius", "half"},
		{DOC("{" BOX "," NEXT ",\"background\":\"#12345g\"}"), R0 "/background", "colour"},
		{DOC("{" BOX "," NEXT ",\"grid\":\"big\"}"), R0 "/grid", "auto"},
		{DOC("{" BOX "," NEXT ",\"grid\":{\"columns\":2}}"), R0 "/grid/rows", "missing"},
		{DOC("{" BOX "," NEXT ",\"grid\":{\"columns\":0,\"rows\":1}}"), R0 "/grid/columns",
			"not between"},
		{DOC("{" BOX "," NEXT ",\"grid\":{\"columns\":8,\"rows\":8}}"), R0, "49 tiles"},
		{DOC("{\"x\":-0.1,\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "negative"},
		{DOC("{\"x\":NaN,\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "line 1"},
		{DOC("{\"x\":Infinity,\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "line 1"},
		{DOC("{\"x\":\"NaN\",\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x",
			"not a fraction"},
		{DOC("{\"x\":\"1/0\",\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x",
			"not a fraction"},
		{DOC("{\"x\":\"-1/2\",\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x",
			"not a fraction"},
		{DOC("{\"x\":\"1/2 \",\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x",
			"not a fraction"},
		{DOC("{\"x\":\"99999999999999999999/3\",\"y\":0,\"w\":1,\"h\":1," NEXT "}"),
			R0 "/x", "not a fraction"},
		{DOC("{\"x\":1e300,\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "too large"},
		{DOC("{\"x\":1e999,\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "overflow"},
		{DOC("{\"x\":[],\"y\":0,\"w\":1,\"h\":1," NEXT "}"), R0 "/x", "number"},
		{DOC("{\"x\":0,\"y\":0,\"w\":0,\"h\":1," NEXT "}"), R0 "/w", "no width"},
		{DOC("{\"x\":0,\"y\":0,\"w\":1,\"h\":1e-9," NEXT "}"), R0 "/h", "no height"},
		{DOC("{\"x\":\"2/3\",\"y\":0,\"w\":\"1/2\",\"h\":1," NEXT "}"), R0 "/w",
			"leaves the canvas"},
		{DOC("{\"x\":0,\"y\":\"1/1000000\",\"w\":1,\"h\":1," NEXT "}"), R0 "/h",
			"leaves the canvas"},
		{DOC("{\"x\":3,\"y\":0,\"w\":\"1/2\",\"h\":1," NEXT "}"), R0 "/x",
			"off the canvas"},
		{DOC("{" BOX "," NEXT "},{" BOX "," NEXT "}"), "/variants/0/regions/1/z",
			"overlap"},
		{DOC("{" BOX "," NEXT ",\"z\":1},{" BOX "," NEXT
		     "},{\"x\":\"999999/1000000\",\"y\":\"999999/1000000\","
		     "\"w\":\"1/1000000\",\"h\":\"1/1000000\",\"z\":1," NEXT "}"),
			"/variants/0/regions/2/z", "regions 0 and 2"},
		{DOC("{" BOX "," NEXT ",\"x\":0}"), R0 "/x", "duplicate"},
		{"{\"name\":\"t\",\"name\":\"u\"}", "/name", "duplicate"},
		{"{\"name\":\"t\",\"overflow\":{\"rotate_s\":-1},\"variants\":[]}",
			"/overflow/rotate_s", "not between"},
		{"{\"name\":\"t\",\"overflow\":{\"every\":1},\"variants\":[]}", "/overflow/every",
			"no field"},
		{"{\"name\":\"t\",\"variants\":[{\"max\":0,\"regions\":[]}]}", "/variants/0/max",
			"not between"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"presentation\":1},\"regions\":[]}]}",
			"/variants/0/when/presentation", "true"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"aspect_min\":0},\"regions\":[]}]}",
			"/variants/0/when/aspect_min", "not 0"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"aspect_min\":2,\"aspect_max\":1},"
		 "\"regions\":[]}]}",
			"/variants/0/when/aspect_max", "less than"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"presentation\":true},"
		 "\"regions\":[{" BOX "," NEXT "}]}]}",
			"/variants", "without a presentation"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"presentation\":false},"
		 "\"regions\":[{" BOX "," NEXT "}]}]}",
			"/variants", "with a presentation"},
		{"{\"name\":\"t\",\"variants\":[{\"regions\":[{" BOX "," NEXT "}]}]} x", "",
			"end of file expected"},
		{"{\"name\":\"t\xff\"}", "/name", "decode"},
		{"{\"name\":\"t\\u0000\"}", "/name", "NUL"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) refuse(&table[i]);
}

static void append(char **text, size_t *len, const char *more)
{
	*text = realloc(*text, *len + strlen(more) + 1);
	strcpy(*text + *len, more);
	*len += strlen(more);
}

static void too_much(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	append(&text, &len, "{\"name\":\"t\",\"variants\":[{\"regions\":[");
	for (int i = 0; i < 10000; i++) append(&text, &len, i ? ",{}" : "{}");
	append(&text, &len, "]}]}");
	refuse(&(struct bad){text, "/variants/0/regions", "1 to 49"});

	len = 0;
	append(&text, &len, "{\"name\":\"t\",\"variants\":");
	for (int i = 0; i < 5000; i++) append(&text, &len, "[");
	struct ts_layout_doc *doc = NULL;
	assert_int_equal(parse(&doc, text), TS_EBADMSG);
	assert_memory_equal(err.pointer, "/variants/0/0/0", 15);

	len = 0;
	append(&text, &len, "{\"name\":\"");
	for (int i = 0; i < 6500; i++) append(&text, &len, "0123456789");
	append(&text, &len, "\",\"variants\":[]}");
	refuse(&(struct bad){text, "/name", "1 to 64"});
	append(&text, &len,
		"                                                                                ");
	for (int i = 0; i < 100; i++) append(&text, &len, "                         ");
	refuse(&(struct bad){text, "", "65536"});

	len = 0;
	append(&text, &len, "{\"name\":\"t\",\"variants\":[");
	for (int i = 0; i < 17; i++) append(&text, &len, i ? ",{}" : "{}");
	append(&text, &len, "]}");
	refuse(&(struct bad){text, "/variants", "1 to 16"});

	len = 0;
	append(&text, &len,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[{" BOX ",\"show\":\"role:");
	for (int i = 0; i < 13; i++) append(&text, &len, "0123456789");
	append(&text, &len, "\"}]}]}");
	refuse(&(struct bad){text, R0 "/show", "128"});
	free(text);
}

/* One good layout, one field of it spoiled 200 times and more: each is refused at just that
 * field. */
static void two_hundred_generated(void **state)
{
	(void)state;
	static const char *const fields[] = {
		"x", "y", "w", "h", "z", "show", "else", "fit", "label", "radius", "background"};
	static const char *const bad[] = {"-1", "NaN", "-Infinity", "null", "{}", "[]", "\"-1/2\"",
		"\"1/0\"", "\"\"", "1e400", "\"3/2/1\"", "\"9999999999/1\"",
		"[[[[[[[[[[0]]]]]]]]]]", "{\"a\":{\"b\":1}}", "-1e9", "100001", "\"\\ud800\"",
		"\"#fffff\"", "00", "0x1", "'0'"};
	int n = 0;
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		for (size_t b = 0; b < sizeof(bad) / sizeof(bad[0]); b++) {
			static const char *const fine[] = {"0", "0", "1", "1", "0", "\"next\"",
				"\"speaker\"", "\"fit\"", "true", "0", "\"#000000\""};
			char text[1024] = "{\"name\":\"t\",\"variants\":[{\"regions\":[{",
			     pointer[64];
			if (!strcmp(fields[f], "z") && bad[b][0] == '-' && bad[b][1] == '1' &&
				!bad[b][2])
				continue; /* z may be negative */
			for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
				sprintf(text + strlen(text), "%s\"%s\":%s", i ? "," : "", fields[i],
					i == f ? bad[b] : fine[i]);
			strcat(text, "}]}]}");
			struct ts_layout_doc *doc = NULL;
			snprintf(pointer, sizeof(pointer), R0 "/%s", fields[f]);
			if (parse(&doc, text) != TS_EBADMSG) fail_msg("accepted: %s", text);
			if (strncmp(err.pointer, pointer, strlen(pointer)) != 0)
				fail_msg("%s: at %s: %s", text, err.pointer, err.reason);
			assert_true(*err.reason);
			n++;
		}
	}
	assert_true(n >= 200);
}

static void of_no_use_on_a_canvas(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int w, h;
		const char *pointer;
	} table[] = {
		{DOC("{\"x\":0,\"y\":0,\"w\":\"1/2000\",\"h\":1," NEXT "}"), 1280, 720, R0 "/w"},
		{DOC("{\"x\":0,\"y\":0,\"w\":1,\"h\":\"1/721\"," NEXT "}"), 1280, 720, R0 "/h"},
		/* rounds up to 2 pixels */
		{DOC("{\"x\":0,\"y\":0,\"w\":1,\"h\":\"1/720\"," NEXT "}"), 1280, 720, ""},
		{DOC("{\"x\":0,\"y\":0,\"w\":1,\"h\":\"1/100\"," NEXT
		     ",\"grid\":{\"columns\":1,\"rows\":7}}"),
			1280, 720, R0 "/h"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"aspect_max\":1},\"regions\":[{" BOX
		 "," NEXT "}]}]}",
			1280, 720, "/variants"},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"aspect_max\":1},\"regions\":[{" BOX
		 "," NEXT "}]}]}",
			720, 1280, ""},
		{"{\"name\":\"t\",\"variants\":[{\"when\":{\"presentation\":true},"
		 "\"regions\":[{" BOX "," NEXT "}]},"
		 "{\"when\":{\"aspect_max\":1},\"regions\":[{" BOX "," NEXT "}]}]}",
			1280, 720, "/variants"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ts_layout_doc *doc = good(table[i].text);
		err.pointer[0] = '\0';
		assert_int_equal(ts_layout_check(doc, table[i].w, table[i].h, &err),
			*table[i].pointer ? TS_EINVAL : 0);
		assert_string_equal(err.pointer, table[i].pointer);
		ts_layout_doc_unref(&doc);
	}
}

static void thirds_touch(void **state)
{
	(void)state;
	const struct ts_box left = {{0, 1}, {0, 1}, {1, 3}, {1, 1}},
			    mid = {{1, 3}, {0, 1}, {1, 3}, {1, 1}},
			    right = {{2, 3}, {0, 1}, {1, 3}, {1, 1}};
	for (int w = 160; w <= 1920; w += 2) {
		const struct ts_rect a = ts_solve_box(&left, w, 720),
				     b = ts_solve_box(&mid, w, 720),
				     c = ts_solve_box(&right, w, 720);
		assert_int_equal(a.x + a.w, b.x);
		assert_int_equal(b.x + b.w, c.x);
		assert_int_equal(c.x + c.w, w);
		assert_false((a.w | b.w | c.w | b.x | c.x) & 1);
	}
}

static void where_in_a_text(void **state)
{
	(void)state;
	static const struct {
		const char *text; /* up to the place */
		const char *pointer;
	} table[] = {
		{"", ""},
		{"{\"a\":[1,2,{\"b\":", "/a/2/b"},
		{"{\"a\":1,\"b\":2,", "/b"},
		{"{\"a\":{\"x\":[[],[]]},\"b\":[", "/b/0"},
		{"{\"k\\\"ey,[{\":[\"]\",", "/k\\\"ey,[{/1"},
		{"}}]]]{\"a\":", "/a"},
		{"{\"a", "/a"},
	};
	char out[64];
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ts_json_where(out, sizeof(out), table[i].text, strlen(table[i].text),
			strlen(table[i].text));
		assert_string_equal(out, table[i].pointer);
	}
	ts_json_where(out, 8, "{\"abcdefghijkl\":{\"b\":1", 22, 22); /* no half steps */
	assert_string_equal(out, "/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
		cmocka_unit_test(bad_layouts),
		cmocka_unit_test(too_much),
		cmocka_unit_test(two_hundred_generated),
		cmocka_unit_test(of_no_use_on_a_canvas),
		cmocka_unit_test(thirds_touch),
		cmocka_unit_test(where_in_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
