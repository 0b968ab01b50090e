/* audit - one line of the log for what was asked by which credential, and what became of it.
 *
 *   event="audit" by=key key=billing subject= client=192.0.2.7 method=POST
 *   route=/v1/rooms/{room}/recordings room=sales-7 status=201
 *
 * Level info for what changes something or was refused, debug for what was only read. status=0: the
 * client went away before there was an answer. Never a secret: of a key its id, of a JWT its kid
 * and sub.
 * Thread  control.
 */
#ifndef TS_CONTROL_API_AUDIT_H
#define TS_CONTROL_API_AUDIT_H

struct ts_request;
struct ts_route;

/* When that request, whose caller is known, is answered. room: "" where the route is of none. */
void ts_audit(struct ts_request *request, const struct ts_route *route, const char *room);

#endif
