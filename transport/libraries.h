/* libraries - which versions of the libraries that this folder wraps are running (base/library.h).
 * Thread  any. */
#ifndef TS_TRANSPORT_LIBRARIES_H
#define TS_TRANSPORT_LIBRARIES_H

#include "base/library.h"

void ts_transport_libraries(struct ts_libraries *list);

#endif
