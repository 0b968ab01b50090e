#include "control/schema/params.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/query.h"
#include "control/schema/shape.h"
#include <glib.h>
#include <string.h>

static bool refuse_query(struct ts_request *request, const char *name, const char *what)
{
	g_autofree char *pointer = g_strconcat("/", name, NULL);
	ts_problem(request, 400, "query", pointer, "%s is %s", name, what);
	return false;
}

bool ts_ask_int(
	struct ts_request *request, const struct ts_shape *query, const char *name, int *out)
{
	const struct ts_field *field = query->field;
	while (strcmp(field->name, name) != 0) field++; /* the names are literals of ours */
	if (!ts_query_int(request, name, (int)field->min, (int)field->max, out)) return true;
	g_autofree char *what = g_strdup_printf(
		"a whole number from %.0f to %.0f", field->min, field->max);
	return refuse_query(request, name, what);
}

bool ts_ask_flag(struct ts_request *request, const char *name, bool *out)
{
	char text[8];
	*out = false;
	const bool ok = !ts_query_text(request, name, text, sizeof(text));
	if (ok && (!strcmp(text, "true") || !strcmp(text, "1"))) *out = true;
	if (ok && (*out || !*text || !strcmp(text, "false") || !strcmp(text, "0"))) return true;
	return refuse_query(request, name, "true or false");
}
