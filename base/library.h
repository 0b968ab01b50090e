/* library - which versions of other people's code run in this process, and which of them are known
 * to be too old.
 *
 *   each folder tells of the libraries it wraps (ts_transport_libraries, ts_codec_libraries ...) ->
 *   control/api/libraries.c logs them at start
 *
 * Versions are those met at run time, but for libraries that do not tell: those it was built with.
 * tools/setup has the same floors as Debian's packages, whose mends of an old version a version
 * number of the library itself need not show.
 * Thread  any; pure.
 */
#ifndef TS_BASE_LIBRARY_H
#define TS_BASE_LIBRARY_H

#include <stddef.h>

struct ts_library {
	const char *name;
	char version[40];
};

enum { TS_LIBRARIES_MAX = 24 };

/* A list that grows; what does not fit is left out. */
struct ts_libraries {
	struct ts_library item[TS_LIBRARIES_MAX];
	size_t n;
};
void ts_library_add(struct ts_libraries *list, const char *name /* a constant */,
	const char *version);
/* The same from numbers: "59.37.100". */
void ts_library_add_numbers(struct ts_libraries *list, const char *name, unsigned major,
	unsigned minor, unsigned micro);

/* By their numbers: < 0, 0, > 0; "3.0.9" is before "3.0.22", and what follows the numbers does not
 * count ("5.1.9-0+deb12u1"). */
int ts_version_compare(const char *a, const char *b);
/* NULL: good, or not known. Else the lowest version that is, and why. */
const char *ts_library_floor(const struct ts_library *library, const char **why);

#endif
