/* docs - pages that are printed from the tables of the sources: main.c says which. Each page goes
 * to standard output; false: a table lacks something, which standard error names.
 * Thread  none. */
#ifndef TS_TOOLS_DOCS_DOCS_H
#define TS_TOOLS_DOCS_DOCS_H

#include <stdbool.h>

bool print_metrics(const char *version);
bool print_api(const char *version);
bool print_overload(const char *version);
bool print_man1(const char *version);
bool print_man5(const char *version);

/* Text in a cell of a Markdown table: bars escaped, line breaks made blanks. */
void print_cell(const char *text);

#define GENERATED "<!-- Printed by `make docs` from %s. Do not edit: change the table. -->\n\n"

#endif
