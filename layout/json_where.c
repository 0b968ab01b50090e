#include "layout/json_where.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS_MAX = 32, KEY_MAX = 64 };

/* One open array or object. */
struct level {
	bool object, in_value; /* in_value: behind the colon */
	size_t index;          /* of an array */
	char key[KEY_MAX];     /* of an object, as written between the quotes */
};

struct walk {
	struct level level[LEVELS_MAX];
	size_t n, too_deep; /* too_deep: levels that are open but not followed */
};

void ts_json_pointer_append(char *pointer, size_t cap, const char *key)
{
	const size_t start = strlen(pointer);
	size_t at = start;
	if (at + 1 < cap) pointer[at++] = '/';
	for (; *key; key++) {
		const char *escaped = *key == '~' ? "~0" : *key == '/' ? "~1" : NULL;
		if (at + 2 >= cap) {
			at = start;
			break;
		}
		pointer[at++] = escaped ? escaped[0] : *key;
		if (escaped) pointer[at++] = escaped[1];
	}
	pointer[at] = '\0';
}

/* text[at] is a quote; returns the offset behind the closing one, or end. */
static size_t skip_string(const char *text, size_t at, size_t end)
{
	for (at++; at < end && text[at] != '"'; at++)
		if (text[at] == '\\') at++;
	return at < end ? at + 1 : end;
}

static void read_key(struct walk *w, const char *text, size_t from, size_t to)
{
	struct level *top = w->n && !w->too_deep ? &w->level[w->n - 1] : NULL;
	if (!top || !top->object || top->in_value) return;
	snprintf(top->key, sizeof(top->key), "%.*s",
		(int)(to - from < KEY_MAX ? to - from : KEY_MAX - 1), text + from);
}

static void open_level(struct walk *w, bool object)
{
	if (w->n == LEVELS_MAX)
		w->too_deep++;
	else
		w->level[w->n++] = (struct level){.object = object};
}

static void close_level(struct walk *w)
{
	if (w->too_deep)
		w->too_deep--;
	else if (w->n)
		w->n--;
}

static void take(struct walk *w, char c)
{
	struct level *top = w->n && !w->too_deep ? &w->level[w->n - 1] : NULL;
	if (c == '{' || c == '[')
		open_level(w, c == '{');
	else if (c == '}' || c == ']')
		close_level(w);
	else if (c == ':' && top)
		top->in_value = true;
	else if (c == ',' && top) {
		top->in_value = false;
		top->index++;
	}
}

void ts_json_where(char *out, size_t cap, const char *text, size_t len, size_t offset)
{
	struct walk w = {.n = 0};
	const size_t end = offset < len ? offset : len;
	for (size_t at = 0; at < end;) {
		if (text[at] == '"') {
			const size_t behind = skip_string(text, at, end);
			const bool closed = behind > at + 1 && text[behind - 1] == '"';
			read_key(&w, text, at + 1, closed ? behind - 1 : behind);
			at = behind;
		} else {
			take(&w, text[at++]);
		}
	}
	*out = '\0';
	for (size_t i = 0; i < w.n; i++) {
		char index[24];
		const struct level *level = &w.level[i];
		snprintf(index, sizeof(index), "%zu", level->index);
		if (!level->object)
			ts_json_pointer_append(out, cap, index);
		else if (*level->key)
			ts_json_pointer_append(out, cap, level->key);
	}
}
