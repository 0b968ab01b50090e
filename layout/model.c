#include "layout/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ts_selector_text(const struct ts_selector *s, char *out, size_t cap)
{
	static const char *const names[] = {
		[TS_SHOW_PARTICIPANT] = "participant:",
		[TS_SHOW_IDENTITY] = "identity:",
		[TS_SHOW_PRESENTATION] = "presentation",
		[TS_SHOW_ROLE] = "role:",
		[TS_SHOW_SPEAKER] = "speaker",
		[TS_SHOW_NEXT] = "next",
		[TS_SHOW_BLANK] = "blank",
		[TS_SHOW_NOBODY] = "",
	};
	snprintf(out, cap, "%s%s", names[s->show], s->value);
}

bool ts_layout_name_ok(const char *name)
{
	size_t len = strspn(
		name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
	return len >= 1 && len <= TS_LAYOUT_NAME_MAX && !name[len] && name[0] != '.';
}

struct ts_layout_doc *ts_layout_doc_ref(struct ts_layout_doc *doc)
{
	ts_ref_get(&doc->refs);
	return doc;
}

void ts_layout_doc_unref(struct ts_layout_doc **doc)
{
	struct ts_layout_doc *d = *doc;
	*doc = NULL;
	if (!d || !ts_ref_put(&d->refs)) return;
	for (size_t i = 0; i < d->n; i++) free(d->variant[i].region);
	free(d->variant);
	free(d->text);
	free(d);
}
