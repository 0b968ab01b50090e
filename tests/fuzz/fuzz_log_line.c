/* Names of strangers in lines of the log: whatever they are, a line is one JSON object with the
 * keys that we gave it, and one line of text. */
#include "base/log.h"
#include "base/log_line.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_line(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) abort();
}

/* Quotes that begin or end a string. */
static unsigned quotes(const char *line, size_t len)
{
	unsigned n = 0;
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\')
			i++;
		else
			n += line[i] == '"';
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[512], pairs[1024], line[4096];
	if (size >= sizeof(name)) return 0;
	memcpy(name, data, size);
	name[size] = '\0';
	snprintf(pairs, sizeof(pairs), "name=%s last=yes", TS_LOG_STR(name));
	const struct ts_log_record quoted = {.event = "joined", .pairs = pairs};
	size_t len = ts_log_json_line(line, sizeof(line), &quoted);
	check_line(line, len);
	/* ts, level, event, name, last, and their values */
	if (quotes(line, len) != 20 || strncmp(line + len - 15, "\",\"last\":\"yes\"}", 15) != 0)
		abort();
	check_line(line, ts_log_text_line(line, sizeof(line), &quoted));

	/* as it is, and in little room */
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
	const struct ts_log_record bare = {.event = name, .pairs = name};
	len = ts_log_json_line(line, 256 + size, &bare);
	check_line(line, len);
	if (len >= 256 + size || line[len - 1] != '}' || quotes(line, len) % 2) abort();
	ts_log_journal_message(line, 256 + size, &bare);
	return 0;
}
