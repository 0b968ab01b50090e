#include "container/redirect.h"

#include "base/error.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Without blanks around it. False: it is none, or one that nobody writes in a URL. */
static bool copy_value(char location[TS_URL_MAX], const char *at, size_t len)
{
	while (len && (*at == ' ' || *at == '\t')) at++, len--;
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t')) len--;
	if (!len || len >= TS_URL_MAX) return false;
	for (size_t i = 0; i < len; i++)
		if (at[i] <= ' ' || at[i] > '~' || at[i] == '\\') return false;
	memcpy(location, at, len);
	location[len] = '\0';
	return true;
}

int ts_redirect_answer(const char *head, char location[TS_URL_MAX])
{
	static const char name[] = "location:";
	int status, n = 0;
	if (sscanf(head, "HTTP/1.%*1[01] %3d", &status) != 1 || !is_redirect(status))
		return TS_ENOTFOUND;
	const char *line = strstr(head, "\r\n");
	while (line && (line += 2) && *line != '\r') {
		const char *end = strstr(line, "\r\n");
		if (!end) break;
		if (!strncasecmp(line, name, sizeof name - 1)) {
			const char *value = line + sizeof name - 1;
			/* two of them: readers take this one or that */
			if (n++ || !copy_value(location, value, (size_t)(end - value)))
				return TS_ENOTFOUND;
		}
		line = end;
	}
	return n ? 0 : TS_ENOTFOUND;
}
