/* imageattr - which pictures one sends or takes, as a=imageattr says it. */
#include "base/bytes.h"
#include "base/error.h"
#include "control/sdp/sdp.h"
#include "control/sdp/words.h"

enum { SIDE_DIGITS = 6, SETS_MAX = 32 };

/* ---- numbers */

/* onetonine *5DIGIT; 0: it is none. */
static int read_side(const char **at)
{
	const char *s = *at;
	int value = 0;
	if (*s < '1' || *s > '9') return 0;
	for (int i = 0; i < SIDE_DIGITS && *s >= '0' && *s <= '9'; i++)
		value = value * 10 + *s++ - '0';
	*at = s;
	return *s >= '0' && *s <= '9' ? 0 : value;
}

/* "0.5", "1", "1.3333": of what is written at most four digits count. 0: it is none. */
static double read_ratio(const char **at)
{
	const char *s = *at;
	double value = 0, place = 0.1;
	if (*s < '0' || *s > '9') return 0;
	value = *s++ - '0';
	if (*s == '.') {
		s++;
		for (int i = 0; i < 4 && *s >= '0' && *s <= '9'; i++, place /= 10)
			value += (*s++ - '0') * place;
	}
	*at = s;
	return value;
}

/* ---- one set */

struct set {
	int x, y;    /* the largest of those that are written */
	bool any_of; /* one of the two was a range or a list */
	double sar;  /* 1: not written */
	double par;  /* the middle of what is written; 0: nothing */
	double q;
};

/* "480", "[320:16:640]", "[176,352,704]": the largest. 0: none of these. */
static int read_range(const char **at, bool *any_of)
{
	const bool many = **at == '[';
	int most = 0, side;
	*at += many;
	do {
		side = read_side(at);
		if (side > most) most = side;
	} while (side && many && (**at == ':' || **at == ',') && (*at)++);
	if (!side || (many && *(*at)++ != ']')) return 0;
	*any_of |= many;
	return most;
}

/* "1.3", "[1.2-1.3]", "[0.9,1.1]": the middle of the first and the last. 0: none of these. */
static double read_ratios(const char **at)
{
	const bool many = **at == '[';
	*at += many;
	const double first = read_ratio(at);
	double last = first;
	while (last > 0 && many && (**at == '-' || **at == ',')) {
		++*at;
		last = read_ratio(at);
	}
	if (last <= 0 || first <= 0 || (many && *(*at)++ != ']')) return 0;
	return (first + last) / 2;
}

static bool takes(const char **at, const char *word)
{
	const size_t n = strlen(word);
	if (strncasecmp(*at, word, n) != 0) return false;
	*at += n;
	return true;
}

static bool read_key(const char **at, struct set *s)
{
	if (takes(at, "x=")) return (s->x = read_range(at, &s->any_of)) > 0;
	if (takes(at, "y=")) return (s->y = read_range(at, &s->any_of)) > 0;
	if (takes(at, "sar=")) return (s->sar = read_ratios(at)) > 0;
	if (takes(at, "par=")) return (s->par = read_ratios(at)) > 0;
	if (takes(at, "q=")) {
		s->q = read_ratio(at);
		return true;
	}
	/* what we do not know, with a value that may have brackets of its own */
	int depth = 0;
	while (**at && (depth || (**at != ',' && **at != ']'))) {
		depth += (**at == '[') - (**at == ']');
		++*at;
	}
	return true;
}

/* Behind its bracket, up to behind the other one. */
static bool read_set(const char **at, struct set *s)
{
	*s = (struct set){.sar = 1, .q = 0.5};
	do
		if (!read_key(at, s)) return false;
	while (**at == ',' && (*at)++);
	return *(*at)++ == ']' && s->x && s->y;
}

/* As it is shown: a wide sample makes a wide picture. */
static struct ts_sdp_shape shape_of(const struct set *s)
{
	double width = s->x * s->sar, height = s->y;
	if (s->any_of && s->par > 0) width = height * s->par;
	const double most = width > height ? width : height;
	const double scale = most > TS_SDP_SHAPE_MAX ? TS_SDP_SHAPE_MAX / most : 1;
	struct ts_sdp_shape shape = {(int)(width * scale + 0.5), (int)(height * scale + 0.5)};
	if (!shape.width) shape.width = 1;
	if (!shape.height) shape.height = 1;
	return shape;
}

/* Of several sets the one that is liked best, the first of those. "*": any picture. */
static int read_list(const char **at, struct ts_sdp_shape *out)
{
	double liked = -1;
	*out = (struct ts_sdp_shape){0, 0};
	*at = skip_blanks(*at);
	if (**at == '*') {
		++*at;
		return 0;
	}
	for (int n = 0; **at == '[' && n < SETS_MAX; n++) {
		struct set set;
		++*at;
		if (!read_set(at, &set)) return TS_EBADMSG;
		if (set.q > liked) *out = shape_of(&set);
		if (set.q > liked) liked = set.q;
		*at = skip_blanks(*at);
	}
	return liked < 0 ? TS_EBADMSG : 0;
}

int ts_sdp_imageattr_parse(struct ts_sdp_imageattr *out, const char *value)
{
	const char *at;
	struct ts_sdp_imageattr a = {.pt = -1};
	if (ts_sdp_pt_parse(&a.pt, &at, value)) return TS_EBADMSG;
	for (int i = 0; i < 2; i++) {
		const bool recv = (at = skip_blanks(at), takes(&at, "recv"));
		if (!recv && !takes(&at, "send")) break;
		if (*at != ' ' && *at != '\t') return TS_EBADMSG;
		const int err = read_list(&at, recv ? &a.recv : &a.send);
		if (err) return err;
	}
	*out = a;
	return 0;
}
