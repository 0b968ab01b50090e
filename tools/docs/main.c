/* docs - prints one page: tools/docs PAGE [VERSION]. `make docs` and `make man` run it, `tools/lint
 * generated` compares. */
#include "tools/docs/docs.h"
#include <stdio.h>
#include <string.h>

void print_cell(const char *text)
{
	for (; *text; text++)
		if (*text == '|')
			fputs("\\|", stdout);
		else
			putchar(*text == '\n' ? ' ' : *text);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*print)(const char *version);
	} pages[] = {
		{"METRICS", print_metrics},
		{"API", print_api},
		{"OVERLOAD", print_overload},
		{"tessera.1", print_man1},
		{"tessera.conf.5", print_man5},
	};
	for (size_t i = 0; argc > 1 && i < sizeof(pages) / sizeof(*pages); i++)
		if (!strcmp(argv[1], pages[i].name))
			return pages[i].print(argc > 2 ? argv[2] : "") ? 0 : 1;
	fputs("docs: METRICS, API, OVERLOAD, tessera.1 or tessera.conf.5\n", stderr);
	return 2;
}
