/* quiet - libjose without its habit of writing errors to stderr: whoever sends bad tokens would
 * fill the log. Thread  control. */
#ifndef TS_CONTROL_IDENTITY_QUIET_H
#define TS_CONTROL_IDENTITY_QUIET_H

#include <jose/cfg.h>

/* Lives as long as the process. */
jose_cfg_t *ts_jose_quiet(void);

#endif
