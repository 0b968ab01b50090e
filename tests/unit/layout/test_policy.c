/* Who is in which tile after each step. A step is a letter's worth of news:
 *   +A joins, -A leaves, !A is the speaker, #A presents, %A stops, ^A is pinned, *A spotlighted,
 *   ~ no more wishes, /A is apart, | nobody is, > the next turn, =BA order of tiles, @NAME another
 *   layout
 * and the answer lists the tiles in order: who, "." for nobody, small letters for a presentation,
 * "+2" hidden people in a tile. */
#include "layout/policy.h"
#include "layout/solve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct ts_layout_doc *doc;
	int w, h;
	struct ts_person person[26];
	char id[26][8];
	size_t n;
	uint64_t speaker[26];
	size_t n_speakers;
	struct ts_wishes wishes;
	int64_t now_ns, turn;
	bool anew, any;
	uint64_t apart;
	struct ts_layout layout;
	size_t hidden;
};

static void use(struct world *w, const char *json)
{
	struct ts_layout_error err;
	ts_layout_doc_unref(&w->doc);
	if (ts_layout_parse(&w->doc, json, strlen(json), &err))
		fail_msg("%s: %s", err.pointer, err.reason);
	w->anew = true;
}

static size_t index_of(const struct world *w, char who)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->person[i].key == (uint64_t)who) return i;
	fail_msg("nobody is called %c", who);
	return 0;
}

static void join(struct world *w, char who)
{
	snprintf(w->id[who - 'A'], sizeof(w->id[0]), "id-%c", who);
	/* H hosts, and comes back under the same identity */
	w->person[w->n++] = (struct ts_person){(uint64_t)who, w->id[who - 'A'],
		who == 'H' ? "boss" : "", who == 'H' ? "host" : "guest", 0};
}

static void leave(struct world *w, char who)
{
	const size_t at = index_of(w, who);
	memmove(&w->person[at], &w->person[at + 1], (w->n - at - 1) * sizeof(w->person[0]));
	w->n--;
}

static void speak(struct world *w, char who)
{
	size_t n = 0;
	uint64_t order[26] = {(uint64_t)who};
	for (size_t i = 0; i < w->n_speakers; i++)
		if (w->speaker[i] != (uint64_t)who) order[++n] = w->speaker[i];
	memcpy(w->speaker, order, sizeof(order));
	w->n_speakers = n + 1;
}

static void wish(struct ts_wish *list, char who)
{
	list->key[list->n++] = (uint64_t)who;
}

static const char *happen(struct world *w, const char *s)
{
	const char what = *s++;
	switch (what) {
	case '+': join(w, *s++); break;
	case '-': leave(w, *s++); break;
	case '!': speak(w, *s++); break;
	case '#': w->person[index_of(w, *s++)].slides_since_ns = ++w->now_ns; break;
	case '%': w->person[index_of(w, *s++)].slides_since_ns = 0; break;
	case '^': wish(&w->wishes.pinned, *s++); break;
	case '*': wish(&w->wishes.spotlight, *s++); break;
	case '~': w->wishes = (struct ts_wishes){0}; break;
	case '/': w->apart = (uint64_t)*s++; break;
	case '|': w->apart = 0; break;
	case '>': w->turn++; break;
	case '=':
		w->anew = true;
		for (w->wishes.order.n = 0; *s >= 'A'; s++) wish(&w->wishes.order, *s);
		break;
	default: fail_msg("no such step: %c", what);
	}
	return s;
}

static void place(struct world *w)
{
	struct ts_layout before = w->layout;
	const struct ts_policy policy = {.doc = w->doc,
		.canvas_w = w->w,
		.canvas_h = w->h,
		.person = w->person,
		.n_people = w->n,
		.speaker = w->speaker,
		.n_speakers = w->n_speakers,
		.wishes = &w->wishes,
		.turn = w->turn,
		.anew = w->anew,
		.apart = w->apart};
	w->hidden = ts_policy_place(&w->layout, &policy, w->any ? &before : NULL);
	w->any = true;
	w->anew = false;
}

static const char *tiles(const struct world *w, char *out)
{
	char *s = out;
	for (size_t i = 0; i < w->layout.n; i++) {
		const struct ts_region *r = &w->layout.region[i];
		*s++ = r->blank ? '_'
			: !r->occupant
			? '.'
			: (char)(r->occupant + (r->shows == TS_SHOWS_SLIDES ? 32 : 0));
		if (r->more) s += sprintf(s, "+%d", r->more);
	}
	*s = '\0';
	return out;
}

struct step {
	const char *what, *tiles;
};

static void play(struct world *w, const struct step *step)
{
	char is[256];
	for (; step->what; step++) {
		for (const char *s = step->what; *s;)
			if (*s == ' ')
				s++;
			else
				s = happen(w, s);
		place(w);
		if (strcmp(tiles(w, is), step->tiles) != 0)
			fail_msg("after %s: %s instead of %s", step->what, is, step->tiles);
	}
}

#define REGION(x, y, w, h, more) "{\"x\":" x ",\"y\":" y ",\"w\":" w ",\"h\":" h "," more "}"
#define SHOW(s) "\"show\":\"" s "\""

/* One large, three small beneath. */
static const char one_and_three[] = "{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
	"0", "0", "1", "0.5", SHOW("speaker")) "," REGION("0", "0.5", "\"1/3\"", "0.5",
	SHOW("next")) "," REGION("\"1/3\"", "0.5", "\"1/3\"", "0.5",
	SHOW("next")) "," REGION("\"2/3\"", "0.5", "\"1/3\"", "0.5", SHOW("next")) "]}]}";

static void the_automatic_grid(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
			"0", "0", "1", "1", SHOW("next") ",\"grid\":\"auto\"") "]}]}");
	static const struct step steps[] = {
		{"", ""},
		{"+A", "A"},
		{"+B", "AB"},
		{"+C +D", "ABCD"},
		{"-B", "ACD"},
		{"-A +E", "ECD"}, /* as many tiles: the newcomer takes the free one, nobody moves */
		{"!D", "ECD"},
		{"+F", "ECDF"},
		{"=FD", "FDEC"},
		{"-E", "FDC"},
		{"-F -D -C", ""},
		{0},
	};
	play(&w, steps);
	ts_layout_doc_unref(&w.doc);
}

/* As if they were not there; what they present is. */
static void who_is_apart(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w, one_and_three);
	static const struct step steps[] = {
		{"+A +B +C", "ABC."},
		{"/A", "B.C."}, /* who comes into the larger tile leaves theirs */
		{"!A", "B.C."},
		{"^A *A", "B.C."},
		{"|", "ABC."},
		{"~ /Z", "ABC."}, /* nobody of that name */
		{0},
	};
	play(&w, steps);
	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
			"0", "0", "0.5", "1", SHOW("presentation")) "," REGION("0.5", "0", "0.5",
			"1", SHOW("next") ",\"grid\":\"auto\"") "]}]}");
	static const struct step slides[] = {
		{"#B", "bABC"},
		{"/B", "bAC"},
		{"/B %B", ".AC"},
		{"-A -C", "."},
		{0},
	};
	w.any = false;
	play(&w, slides);
	assert_int_equal(w.hidden, 0);
	ts_layout_doc_unref(&w.doc);
}

static void speaker_and_others(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w, one_and_three);
	static const struct step steps[] = {
		{"+A +B +C", "ABC."},
		{"!B", "BAC."}, /* they swap */
		{"!C", "CAB."},
		{"!A", "ACB."},
		{"+D", "ACBD"},
		{"!D", "DCBA"},
		{"-C", "D.BA"}, /* nobody moves up */
		{"+E", "DEBA"},
		{"-D", "AEB."}, /* the one who spoke before them */
		{"-B -E", "A..."},
		{0},
	};
	play(&w, steps);
	ts_layout_doc_unref(&w.doc);
}

static void more_than_have_room(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w, one_and_three);
	static const struct step steps[] = {
		{"+A +B +C +D +E +F", "ABCD+2"},
		{"!C", "CBAD+2"}, /* a swap: the hidden stay hidden */
		{"!F", "FBAD+2"}, /* C takes the place that F had: none */
		{"^E", "FBAE+2"}, /* pinned: the last tile makes room */
		{"!D", "DBAE+2"},
		{"~", "DBAE+2"}, /* what is shown stays */
		{"-B", "DCAE+1"},
		{"-A", "DCFE"},
		{"-C", "D.FE"},
		{0},
	};
	play(&w, steps);
	ts_layout_doc_unref(&w.doc);
}

static void taking_turns(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w, one_and_three);
	static const struct step steps[] = {
		{"+A +B +C +D +E +F", "ABCD+2"},
		/* five go round by three: BCD, EFB, CDE, FBC, DEF; who stays keeps their tile */
		{">", "ABEF+2"},
		{"", "ABEF+2"},
		{">", "ACED+2"},
		{">", "ACBF+2"},
		{">", "ADEF+2"},
		{"!E", "EDAF+2"},
		{"^D >", "EDCF+2"},
		{0},
	};
	play(&w, steps);
	ts_layout_doc_unref(&w.doc);
}

static void several_speakers(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
			"0", "0", "0.5", "1", SHOW("speaker")) "," REGION("0.5", "0", "0.5", "1",
			SHOW("speaker")) "]}]}");
	static const struct step equal[] = {
		{"+A +B +C", "AB+1"},
		{"!B", "AB+1"}, /* two equal tiles: who is in one of them stays */
		{"!C", "CB+1"},
		{"!B", "CB+1"},
		{"!A", "AB+1"},
		{"*C", "AC+1"},
		{0},
	};
	play(&w, equal);

	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
			"0", "0", "0.75", "1", SHOW("speaker")) "," REGION("0.75", "0", "0.25", "1",
			SHOW("speaker")) "]}]}");
	static const struct step ranked[] = {
		{"~", "AB+1"},
		{"!C", "CA+1"}, /* the larger one is for the one who speaks now */
		{"!B", "BC+1"},
		{"*A", "AB+1"},
		{"!C", "AC+1"},
		{"~", "CB+1"},
		{0},
	};
	play(&w, ranked);
	ts_layout_doc_unref(&w.doc);
}

static void presentation_comes_and_goes(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION("0", "0", "0.8", "1",
			SHOW("presentation") ",\"else\":\"speaker\"") "," REGION("0.8", "0", "0.2",
			"1", SHOW("next") ",\"grid\":{\"columns\":1,\"rows\":3}") "]}]}");
	static const struct step same_variant[] = {
		{"+A +B +C", "ABC."},
		/* A leaves the large tile for a free one; B is seen with their slides */
		{"#B", "bBCA"},
		{"#C", "cBCA"}, /* the latest presenter */
		{"%C", "bBCA"},
		{"!C", "bBCA"},
		{"-B", "C..A"}, /* B took the slides along; C speaks */
		{0},
	};
	play(&w, same_variant);
	ts_layout_doc_unref(&w.doc);

	struct world v = {.w = 1280, .h = 720};
	use(&v,
		"{\"name\":\"t\",\"variants\":["
		"{\"when\":{\"presentation\":true},\"regions\":[" REGION("0", "0", "1", "1",
			SHOW("presentation")) "]},"
					      "{\"regions\":[" REGION("0", "0", "1", "1",
						      SHOW("next") ",\"grid\":\"auto\"") "]}]}");
	static const struct step other_variant[] = {
		{"+A +B +C -A +D", "BCD"},
		{"#D", "d+2"},
		{"%D", "BCD"},
		{0},
	};
	play(&v, other_variant);
	ts_layout_doc_unref(&v.doc);
}

static void by_name(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION(
			"0", "0", "0.2", "1", SHOW("next")) "," REGION("0.2", "0", "0.2", "1",
			SHOW("participant:id-C")) "," REGION("0.4", "0", "0.2", "1",
			SHOW("role:host") ",\"else\":\"speaker\"") "," REGION("0.6", "0", "0.2",
			"1", SHOW("identity:boss") ",\"else\":\"blank\"") "]}]}");
	static const struct step steps[] = {
		{"+A", "..A_"}, /* speakers are found before others are */
		{"+B", "B.A_"},
		{"+C", "BCA_"},
		{"+H", "BCAH"}, /* an identity before a role */
		{"-C", "B.AH"},
		{"-H", "B.A_"},
		{0},
	};
	play(&w, steps);

	use(&w,
		"{\"name\":\"t\",\"variants\":[{\"regions\":[" REGION("0", "0", "0.5", "1",
			SHOW("next") ",\"grid\":\"auto\"") "," REGION("0.5", "0", "0.5", "1",
			SHOW("role:guest") ",\"grid\":\"auto\",\"else\":\"blank\"") "]}]}");
	static const struct step roles[] = {
		{"", "BA"}, /* in the order of their tiles before */
		{"+H", "HBA"},
		{"-A -B", "H_"},
		{0},
	};
	play(&w, roles);
	ts_layout_doc_unref(&w.doc);
}

#define COLUMNS(n) \
	"[" REGION("0", "0", "1", "1", SHOW("next") ",\"grid\":{\"columns\":" n ",\"rows\":1}") "]"

static void variants_by_number(void **state)
{
	(void)state;
	struct world w = {.w = 1280, .h = 720};
	use(&w,
		"{\"name\":\"t\",\"overflow\":{\"count\":false},\"variants\":["
		"{\"max\":1,\"regions\":[" REGION("0", "0", "1", "1",
			SHOW("speaker")) "]},"
					 "{\"max\":3,\"regions\":" COLUMNS(
						 "3") "},"
						      "{\"max\":2,\"regions\":" COLUMNS("2") "}]}");
	static const struct step steps[] = {
		{"+A", "A"},
		{"+B", "AB."},
		{"+C", "ABC"},
		{"-A", ".BC"},
		{"+D", "DBC"},
		{"+E", "DB"}, /* none shows four: the last */
		{"-B", "DCE"},
		{"=EC", "ECD"},
		{0},
	};
	play(&w, steps);
	ts_layout_doc_unref(&w.doc);
}

/* Random news: whatever happens, nobody is shown twice, nobody is lost, and who stays in the same
 * variant moves only when tiles of a grid changed or they swapped with a speaker. */
static void nobody_twice_nobody_lost(void **state)
{
	(void)state;
	uint32_t seed = 7;
	for (size_t d = 0; ts_layout_shipped(d); d++) {
		struct world w = {.w = 1280, .h = 720};
		w.doc = ts_layout_doc_ref(ts_layout_shipped(d));
		for (int round = 0; round < 400; round++) {
			seed = seed * 1664525 + 1013904223;
			const char who = (char)('A' + (seed >> 8) % 26);
			bool here = false;
			for (size_t i = 0; i < w.n; i++) here |= w.person[i].key == (uint64_t)who;
			char step[3] = {here ? "-!#%>!!"[(seed >> 16) % 7] : '+', who, 0};
			if (step[0] == '>') step[1] = 0;
			happen(&w, step);
			place(&w);
			int times[128] = {0};
			size_t shown = 0;
			for (size_t r = 0; r < w.layout.n; r++) {
				const struct ts_region *region = &w.layout.region[r];
				const size_t at = region->occupant
					? index_of(&w, (char)region->occupant)
					: 0;
				(void)at; /* whoever has a tile is here */
				if (region->occupant && region->shows == TS_SHOWS_CAMERA)
					times[region->occupant]++;
			}
			for (size_t i = 0; i < w.n; i++) {
				bool in = false;
				for (size_t r = 0; r < w.layout.n; r++)
					in |= w.layout.region[r].occupant == w.person[i].key;
				shown += in;
				assert_in_range(times[w.person[i].key], 0, 1);
			}
			assert_int_equal(shown + w.hidden, w.n);
		}
		ts_layout_doc_unref(&w.doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_automatic_grid),
		cmocka_unit_test(who_is_apart),
		cmocka_unit_test(speaker_and_others),
		cmocka_unit_test(more_than_have_room),
		cmocka_unit_test(taking_turns),
		cmocka_unit_test(several_speakers),
		cmocka_unit_test(presentation_comes_and_goes),
		cmocka_unit_test(by_name),
		cmocka_unit_test(variants_by_number),
		cmocka_unit_test(nobody_twice_nobody_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
