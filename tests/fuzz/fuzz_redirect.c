/* The head of an HTTP answer, and where its Location leads: head, a zero, the URL asked for. */
#include "container/redirect.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char location[TS_URL_MAX], to[TS_URL_MAX];
	struct ts_url url;
	char *text = malloc(size + 2);
	if (!text) return 0;
	if (size) memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	const char *from = text + strlen(text) + (strlen(text) < size ? 1 : 0);
	if (!ts_redirect_answer(text, location) && !ts_redirect_to(to, from, location)) {
		assert(ts_url_parse(&url, to));
		assert(!strcmp(url.scheme, "http") || !strcmp(url.scheme, "https"));
	}
	free(text);
	return 0;
}
