#include "base/library.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first row of that name counts whose branch the version belongs to; "": all others. */
static const struct floor {
	const char *name, *branch, *version, *why;
} floors[] = {
	{"openssl", "3.5.", "3.5.7", "CVE-2026-75806"},
	{"openssl", "", "3.0.22", "CVE-2026-75806: one forged record ends DTLS"},
	{"ffmpeg", "7.1.", "7.1.5", "CVE-2026-8461"},
	{"ffmpeg", "", "5.1.9", "CVE-2023-49502, CVE-2024-35367"},
	{"glib", "2.84.", "2.84.4", "CVE-2026-16118"},
	{"glib", "", "2.74.6", "CVE-2025-13601"},
};

void ts_library_add(struct ts_libraries *list, const char *name, const char *version)
{
	if (list->n == TS_LIBRARIES_MAX) return;
	struct ts_library *library = &list->item[list->n++];
	library->name = name;
	snprintf(library->version, sizeof(library->version), "%s", version ? version : "");
	/* a value of a log line */
	library->version[strcspn(library->version, " \t\"=")] = '\0';
}

void ts_library_add_numbers(
	struct ts_libraries *list, const char *name, unsigned major, unsigned minor, unsigned micro)
{
	char version[40];
	snprintf(version, sizeof(version), "%u.%u.%u", major, minor, micro);
	ts_library_add(list, name, version);
}

int ts_version_compare(const char *a, const char *b)
{
	while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
		char *after_a, *after_b;
		unsigned long x = strtoul(a, &after_a, 10), y = strtoul(b, &after_b, 10);
		if (x != y) return x < y ? -1 : 1;
		a = after_a + (*after_a == '.');
		b = after_b + (*after_b == '.');
	}
	return 0;
}

/* "7.1" and "7.1.3" are of branch "7.1."; all are of "". */
static bool is_of(const char *version, const char *branch)
{
	size_t n = strlen(branch);
	return !n || !strncmp(version, branch, n) ||
		(!strncmp(version, branch, n - 1) && !isdigit((unsigned char)version[n - 1]));
}

const char *ts_library_floor(const struct ts_library *library, const char **why)
{
	if (!isdigit((unsigned char)library->version[0])) return NULL;
	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++) {
		const struct floor *f = &floors[i];
		if (strcmp(f->name, library->name) || !is_of(library->version, f->branch)) continue;
		if (ts_version_compare(library->version, f->version) >= 0) return NULL;
		*why = f->why;
		return f->version;
	}
	return NULL;
}
