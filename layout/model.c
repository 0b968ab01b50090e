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
		[TS_SHOW_IMAGE] = "image:",
		[TS_SHOW_TEXT] = "text:",
		[TS_SHOW_BLANK] = "blank",
		[TS_SHOW_NOBODY] = "",
	};
	snprintf(out, cap, "%s%s", names[s->show], s->value);
}

static bool is_of(const struct ts_selector *s, enum ts_shows shows)
{
	return (shows == TS_SHOWS_IMAGE && s->show == TS_SHOW_IMAGE) ||
		(shows == TS_SHOWS_TEXT && s->show == TS_SHOW_TEXT);
}

const struct ts_selector *ts_region_names(const struct ts_layout_doc *doc,
	const struct ts_layout *layout, const struct ts_region *region)
{
	/* a layout may still be of the document before */
	if ((size_t)layout->variant >= doc->n) return NULL;
	const struct ts_doc_variant *v = &doc->variant[layout->variant];
	if ((size_t)region->item >= v->n) return NULL;
	const struct ts_doc_region *of = &v->region[region->item];
	if (is_of(&of->show, region->shows)) return &of->show;
	return is_of(&of->otherwise, region->shows) ? &of->otherwise : NULL;
}

static bool names(const struct ts_selector *s, const char *image)
{
	return s->show == TS_SHOW_IMAGE && !strcmp(s->value, image);
}

bool ts_layout_doc_has_image(const struct ts_layout_doc *doc, const char *name)
{
	for (size_t v = 0; v < doc->n; v++)
		for (size_t i = 0; i < doc->variant[v].n; i++) {
			const struct ts_doc_region *r = &doc->variant[v].region[i];
			if (names(&r->show, name) || names(&r->otherwise, name)) return true;
		}
	return false;
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
