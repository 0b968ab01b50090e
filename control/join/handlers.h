/* handlers - the functions behind the rows of ts_routes that participants use. Each answers its
 * request, now or later.
 * Thread  control. */
#ifndef TS_CONTROL_JOIN_HANDLERS_H
#define TS_CONTROL_JOIN_HANDLERS_H

#include "control/http/context.h"

struct ts_request;

/* join.c */
TS_HANDLER(ts_do_join);
TS_HANDLER(ts_do_whip);
TS_HANDLER(ts_do_whep);

/* session.c */
TS_HANDLER(ts_do_patch_session);
TS_HANDLER(ts_do_leave);

/* own.c */
TS_HANDLER(ts_get_own);
TS_HANDLER(ts_get_own_participants);
TS_HANDLER(ts_get_own_events);
TS_HANDLER(ts_get_own_explain);
TS_HANDLER(ts_get_own_quality);
TS_HANDLER(ts_get_events);

/* written.c */
TS_HANDLER(ts_get_own_messages);
TS_HANDLER(ts_post_own_messages);

/* hosting.c */
TS_HANDLER(ts_get_own_waiting);
TS_HANDLER(ts_patch_own_waiting);
TS_HANDLER(ts_delete_own_waiting);

#endif
