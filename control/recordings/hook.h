/* hook - the operator's program, run for each recording whose files are finished: to upload them,
 * say.
 *
 *   finished --> [ at most 64 wait ] --> posix_spawn, 2 at a time --> exit code in the log
 *
 * No shell: recording.hook is the path of a program, without arguments. What it is about stands in
 * its environment (docs/RECORDING.md), besides PATH, HOME and the like that the server has.
 * Thread  control.
 * Full    one that cannot wait is not run, which is logged and counted.
 */
#ifndef TS_CONTROL_RECORDINGS_HOOK_H
#define TS_CONTROL_RECORDINGS_HOOK_H

#include "control/recordings/recording.h"

struct ts_hook;
struct ts_loop;

/* program "": none is run */
struct ts_hook *ts_hook_new(struct ts_loop *loop, const char *program);
/* Programs that run go on. */
void ts_hook_free(struct ts_hook *hook);
void ts_hook_run(struct ts_hook *hook, const struct ts_recording *recording, const char *folder);

#endif
