/* A table of keys, and below an empty line keys that are pressed, '.' a time-out: what is read
 * prints as something that reads as the same, and no sequence outgrows its place. */
#include "control/keypad/reader.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char keys[] = "0123456789*#ABCD";
	char *text = strndup((const char *)data, len);
	struct ts_keys table = {.n = 0};
	struct ts_key_reader reader = {.text = ""};
	if (!text) abort();
	char *pressed = strstr(text, "\n\n");
	if (pressed) *pressed = '\0', pressed += 2;
	ts_keys_read(&table, text, false);
	for (size_t i = 0; i < table.n; i++) {
		char action[TS_KEYS_ACTION_TEXT];
		struct ts_key_entry again;
		ts_key_entry_print(action, &table.entry[i]);
		if (!ts_key_entry_read(&again, table.entry[i].keys, action) ||
			memcmp(&again, &table.entry[i], sizeof(again)) != 0)
			abort();
	}
	for (; pressed && *pressed; pressed++) {
		struct ts_key_read read = {.rest = *pressed};
		if (*pressed == '.')
			ts_key_reader_expire(&reader, &table, &read);
		else if (!strchr(keys, *pressed))
			continue;
		while (read.rest) ts_key_reader_push(&reader, &table, read.rest, 1, &read);
		if (strlen(reader.text) > TS_KEYS_LEN) abort();
	}
	free(text);
	return 0;
}
