/* command - what a running relay is asked, a line each; so that a test of another language can
 * change the network on the way.
 *
 *   set down-rate 300k up-loss 5%        ok                          as on the command line
 *   add 127.0.0.1:20004                  listening 127.0.0.1:41235   ts_relay_add
 *   stats                                {"up":{...},"down":{...},...}
 *   forget                               ok                          all counts begin anew
 *
 * What cannot be understood is answered by "error WHY", and nothing of it is done.
 * Thread  one at a time.
 */
#ifndef TS_TESTS_RELAY_COMMAND_H
#define TS_TESTS_RELAY_COMMAND_H

#include "tests/relay/relay.h"

enum { TS_RELAY_ANSWER_CAP = 1024 };

/* Does what the line says, which it cuts up; dir is the network of now, changed by "set". The
 * answer is a line without its end. */
void ts_relay_command(struct ts_relay *relay, struct ts_impair_config dir[2], char *line,
	char answer[TS_RELAY_ANSWER_CAP]);
/* As "stats" answers. */
void ts_relay_print_stats(struct ts_relay *relay, char answer[TS_RELAY_ANSWER_CAP]);

#endif
