/* Each line of the input is one --set, then the result is checked and printed. (The key file around
 * it is GLib's parser.) */
#include "config/config.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_config config;
	struct ts_strings local;
	char err[TS_CONFIG_ERR_MAX], *text = strndup((const char *)data, len), *rest = text, *line;

	if (!text) return 0;
	ts_config_init_defaults(&config);
	while ((line = strsep(&rest, "\n")))
		if (ts_config_set(&config, line, err, sizeof(err)) &&
			memchr(err, '\0', sizeof(err)) == NULL)
			abort();
	ts_config_check(&config, err, sizeof(err));

	char *printed = NULL;
	size_t n;
	FILE *out = open_memstream(&printed, &n);
	if (!out) abort();
	ts_config_print(&config, out);
	fclose(out);
	free(printed);
	if (!ts_config_local_addresses(&config, &local, err, sizeof(err))) ts_strings_fini(&local);
	ts_config_fini(&config);
	free(text);
	return 0;
}
