/* cdr - one line of JSON for each participant who left, of whatever kind, in a file: who, where,
 * when, why, and how their media went.
 *
 *   participant leaves --> struct ts_summary --> the call's, if there is one
 *                                           \--> a line --> [ file ] on a thread of its own
 *
 * Thread  control; the file has a thread of its own (file.h), so that a slow disk delays nobody.
 * Full    lines that the disk does not take in time are dropped and counted (file.h).
 */
#ifndef TS_CONTROL_CDR_CDR_H
#define TS_CONTROL_CDR_CDR_H

struct ts_calls;
struct ts_cdr;
struct ts_config;
struct ts_registry;

/* calls may be NULL. TS_EIO: cdr.file cannot be opened (logged). TS_ENOMEM. */
int ts_cdr_create(struct ts_cdr **out, const struct ts_config *config,
	struct ts_registry *registry, struct ts_calls *calls);
/* The file was moved away: another one of that name is begun. */
void ts_cdr_reopen(struct ts_cdr *cdr);
/* When the rooms are gone; what was written until then is in the file after it. */
void ts_cdr_destroy(struct ts_cdr **cdr);

#endif
