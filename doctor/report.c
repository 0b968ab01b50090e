#include "doctor/doctor.h"
#include <glib.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>

enum { FINDINGS_MAX = 200, WHAT_MAX = 512 };

struct finding {
	const char *check, *mend;
	enum ts_finding_kind kind;
	char what[WHAT_MAX];
};

struct ts_report {
	struct finding *finding; /* [n] */
	size_t n;
};

static const char *const kinds[TS_FINDING_KINDS] = {"good", "warning", "bad"};

struct ts_report *ts_report_new(void)
{
	struct ts_report *report = g_new0(struct ts_report, 1);
	report->finding = g_new0(struct finding, FINDINGS_MAX);
	return report;
}

void ts_report_free(struct ts_report *report)
{
	g_free(report->finding);
	g_free(report);
}

/* Names of files and hosts stand in it: what a terminal would obey becomes a question mark. */
static void scrub(char *text)
{
	if (!g_utf8_validate(text, -1, NULL))
		for (char *c = text; *c; c++)
			if (*c & 0x80) *c = '?';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
}

void ts_report_add(struct ts_report *report, const char *check, enum ts_finding_kind kind,
	const char *mend, const char *fmt, ...)
{
	if (report->n == FINDINGS_MAX) return;
	struct finding *f = &report->finding[report->n++];
	va_list args;
	*f = (struct finding){.check = check, .kind = kind, .mend = mend};
	va_start(args, fmt);
	g_vsnprintf(f->what, sizeof(f->what), fmt, args);
	va_end(args);
	scrub(f->what);
}

unsigned ts_report_count(const struct ts_report *report, enum ts_finding_kind kind)
{
	unsigned n = 0;
	for (size_t i = 0; i < report->n; i++) n += report->finding[i].kind == kind;
	return n;
}

void ts_report_print(const struct ts_report *report, FILE *out)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct finding *f = &report->finding[i];
		fprintf(out, "%-8s %-13s %s\n", kinds[f->kind], f->check, f->what);
		if (f->mend) fprintf(out, "%-22s -> %s\n", "", f->mend);
	}
	fprintf(out, "%u good, %u warnings, %u bad\n", ts_report_count(report, TS_FINDING_GOOD),
		ts_report_count(report, TS_FINDING_WARNING),
		ts_report_count(report, TS_FINDING_BAD));
}

void ts_report_print_json(const struct ts_report *report, FILE *out)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->n; i++) {
		const struct finding *f = &report->finding[i];
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s?}", "check", f->check, "status",
				kinds[f->kind], "what", f->what, "mend", f->mend));
	}
	json_t *all = json_pack(
		"{s:b, s:o}", "ok", !ts_report_count(report, TS_FINDING_BAD), "findings", list);
	json_dumpf(all, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(all);
}
