#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>

struct ts_text ts_text(char *buf, size_t cap)
{
	if (cap) buf[0] = '\0';
	return (struct ts_text){buf, cap, 0};
}

void ts_text_append(struct ts_text *t, const char *fmt, ...)
{
	size_t room = t->len < t->cap ? t->cap - t->len : 0;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(room ? t->buf + t->len : NULL, room, fmt, args);
	va_end(args);
	if (n > 0) t->len += (size_t)n;
}
