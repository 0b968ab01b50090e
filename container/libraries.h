/* libraries - which versions of the libraries that this folder wraps are running (base/library.h).
 * Thread  any. */
#ifndef TS_CONTAINER_LIBRARIES_H
#define TS_CONTAINER_LIBRARIES_H

#include "base/library.h"

void ts_container_libraries(struct ts_libraries *list);

#endif
