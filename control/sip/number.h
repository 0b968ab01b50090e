/* number - which room a dialled user part means: patterns of numbers, else the user part itself.
 * Pure.
 *
 *   rules "+4930555(1XXX)=team-\1, 9XX.=sales"      dial "+49305551234" -> "team-1234"
 *
 * In a pattern X is a digit, N one of 2-9, Z one of 1-9, [13-5] one of those, "." one or more of
 * any; anything else stands for itself. (...) keeps what it matched for \1 to \9 on the right side.
 * The first rule that fits counts; for a telephone number the rules are tried as it was dialled and
 * then without visual separators (RFC 3966 5.1.1): "+49-(30)". Upper and lower case are told apart,
 * as RFC 3261 19.1.4 does in user parts.
 * Thread  none.
 */
#ifndef TS_CONTROL_SIP_NUMBER_H
#define TS_CONTROL_SIP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Is it a rule "PATTERN=ROOM" that makes sense? */
bool ts_sip_number_ok(const char *rule);
/* A telephone number without what is there for the eye. False: that is none. */
bool ts_sip_number_strip(char *out, size_t cap, const char *user);
/* The room's id into out; false: no rule fits and user is no room id. */
bool ts_sip_number_room(char *out, size_t cap, const char *user, const char *const *rules,
	size_t n_rules);

/* By the rules alone. */
bool ts_sip_number_rule(char *out, size_t cap, const char *user, const char *const *rules,
	size_t n_rules);

/* Is it a rule "PATTERN=NUMBER": the same patterns; on the right digits, + * # and \1 to \9? */
bool ts_sip_number_rewrite_ok(const char *rule);
/* The number that the first rule that fits makes of one without visual separators; false: none
 * fits, or nothing is left of it. */
bool ts_sip_number_rewrite(char *out, size_t cap, const char *number, const char *const *rules,
	size_t n_rules);

#endif
