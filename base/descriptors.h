/* descriptors - are there file descriptors left?
 *
 * Asked before something that cannot be told "no" takes some: GLib ends the process when it gets none for a new GMainContext.
 * Thread  any.
 */
#ifndef TS_BASE_DESCRIPTORS_H
#define TS_BASE_DESCRIPTORS_H

#include <stdbool.h>

enum { TS_DESCRIPTORS_ASKED_MAX = 128 };

/* Could n more be opened just now? n is at most TS_DESCRIPTORS_ASKED_MAX. Costs as many system calls twice. */
bool ts_descriptors_left(unsigned n);

#endif
