#include "control/rtt/typing.h"

#include <glib.h>
#include <string.h>

enum {
	BACKSPACE = 0x08,
	ESCAPE = 0x1b,
	SOS = 0x98, /* a string for machines, up to ST */
	ST = 0x9c,
	CSI = 0x9b, /* a graphic rendition, up to its final letter */
	BOM = 0xfeff,
	LINE_SEPARATOR = 0x2028,
	PARAGRAPH_SEPARATOR = 0x2029,
};

static void end_line(struct ts_typing *t, const struct ts_typing_events *e)
{
	t->line[t->len] = '\0';
	const bool any = t->len > 0;
	t->len = 0;
	if (any) e->line(e->arg, t->line);
}

static void erase(struct ts_typing *t, const struct ts_typing_events *e)
{
	while (t->len && ((unsigned char)t->line[t->len - 1] & 0xc0) == 0x80) t->len--;
	if (t->len) t->len--;
	e->typed(e->arg, TS_TYPED_ERASE, "");
}

static void add(struct ts_typing *t, gunichar c, const struct ts_typing_events *e)
{
	char utf8[8] = "";
	const size_t n = (size_t)g_unichar_to_utf8(c, utf8);
	utf8[n] = '\0';
	memcpy(t->line + t->len, utf8, n);
	t->len += n;
	e->typed(e->arg, TS_TYPED_TEXT, utf8);
	if (t->len < TS_TYPED_LINE_MAX) return;
	e->typed(e->arg, TS_TYPED_LINE, "");
	end_line(t, e);
}

/* True: it belongs to something that is not shown. */
static bool is_skipped(struct ts_typing *t, gunichar c)
{
	if (t->skips) {
		t->skips = c != ST;
		return true;
	}
	if (t->csi) {
		t->csi = c < 0x40 || c > 0x7e;
		return true;
	}
	if (t->escape) { /* two characters: an interruption, "ESC a" */
		t->escape = false;
		return true;
	}
	t->skips = c == SOS;
	t->csi = c == CSI;
	t->escape = c == ESCAPE;
	return t->skips || t->csi || t->escape;
}

static void take(struct ts_typing *t, gunichar c, const struct ts_typing_events *e)
{
	const bool after_cr = t->cr;
	if (is_skipped(t, c)) return;
	t->cr = c == '\r';
	if (c == '\n' && after_cr) return;
	if (c == '\n' || c == '\r' || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR) {
		e->typed(e->arg, TS_TYPED_LINE, "");
		end_line(t, e);
	} else if (c == BACKSPACE || c == 0x7f) {
		erase(t, e);
	} else if (c == '\t' || (!g_unichar_iscntrl(c) && g_unichar_type(c) != G_UNICODE_FORMAT) ||
		c == 0x200c || c == 0x200d) {
		add(t, c == '\t' ? ' ' : c, e);
	}
}

/* Letters may be cut in two by packets, against RFC 4103 3. */
void ts_typing_take(
	struct ts_typing *t, const char *text, size_t len, const struct ts_typing_events *e)
{
	for (size_t i = 0; i < len; i++) {
		t->part[t->n_part++] = text[i];
		const gunichar c = text[i] ? g_utf8_get_char_validated(t->part, (gssize)t->n_part)
					   : (gunichar)-1;
		if (c == (gunichar)-2 && t->n_part < 6) continue; /* more of it is to come */
		const bool bad = c == (gunichar)-1 || c == (gunichar)-2;
		/* what cut a letter short begins another one */
		const bool again = bad && t->n_part > 1 && ((unsigned char)text[i] & 0xc0) != 0x80;
		t->n_part = 0;
		take(t, bad ? 0xfffd : c, e);
		if (again) i--;
	}
}

void ts_typing_end(struct ts_typing *t, const struct ts_typing_events *e)
{
	end_line(t, e);
	*t = (struct ts_typing){.len = 0};
}
