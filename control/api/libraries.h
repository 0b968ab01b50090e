/* libraries - one log line of all libraries' versions at start, and a warning for each that is too
 * old (base/library.h).
 *
 * Thread  any.
 */
#ifndef TS_CONTROL_API_LIBRARIES_H
#define TS_CONTROL_API_LIBRARIES_H

#include "base/library.h"

void ts_libraries_list(struct ts_libraries *list);
void ts_libraries_log(const struct ts_libraries *list);

#endif
