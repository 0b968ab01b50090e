/* Layout documents: whatever parses is solved, filled with people, and parses again from its
 * canonical text. */
#include "layout/policy.h"
#include <stdlib.h>
#include <string.h>

static void use(const struct ts_layout_doc *doc, int w, int h)
{
	struct ts_layout_error err;
	static const uint64_t speakers[] = {3, 9};
	static const struct ts_wishes wishes = {
		.pinned = {1, {5}}, .order = {2, {4, 2}}, .spotlight = {1, {6}}};
	struct ts_person person[12];
	struct ts_layout layout, before;
	(void)ts_layout_check(doc, w, h, &err);
	for (size_t n = 0; n <= 12; n++) {
		struct ts_policy policy = {
			.doc = doc, .canvas_w = w, .canvas_h = h, .person = person, .n_people = n};
		policy.speaker = speakers;
		policy.n_speakers = n % 3;
		policy.wishes = n % 2 ? &wishes : NULL;
		policy.turn = (int64_t)n / 4;
		if (n)
			person[n - 1] = (struct ts_person){
				n, "id", "anna", n % 2 ? "host" : "", n == 8};
		if (ts_policy_place(&layout, &policy, n ? &before : NULL) > n) abort();
		for (size_t i = 0; i < layout.n; i++) {
			const struct ts_rect *r = &layout.region[i].rect;
			if (r->x < 0 || r->y < 0 || r->x + r->w > w || r->y + r->h > h ||
				r->w < 0 || r->h < 0)
				abort();
		}
		before = layout;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_layout_doc *doc, *again;
	struct ts_layout_error err;
	if (ts_layout_parse(&doc, (const char *)data, size, &err)) {
		if (!*err.reason || strlen(err.pointer) >= sizeof(err.pointer)) abort();
		return 0;
	}
	use(doc, 1280, 720);
	use(doc, 162, 288);
	if (ts_layout_parse(&again, doc->text, strlen(doc->text), &err)) abort();
	ts_layout_doc_unref(&again);
	ts_layout_doc_unref(&doc);
	return 0;
}
