/* templates - settings that rooms may be made from: the groups [template NAME] of the
 * configuration.
 *
 *   [template NAME] --read once, checked as a body of POST /v1/rooms--> JSON --> below what a body
 *   says that names it; room.template: what rooms are made from that a join makes
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_API_TEMPLATES_H
#define TS_CONTROL_API_TEMPLATES_H

#include <jansson.h>

struct ts_api;
struct ts_config;
struct ts_templates;

/* TS_EINVAL: a group makes no sense (logged). TS_ENOMEM. */
int ts_templates_create(struct ts_templates **out, const struct ts_config *config);
void ts_templates_destroy(struct ts_templates **templates); /* also of NULL */
/* The templates'; NULL: there is none of that name. */
json_t *ts_templates_find(const struct ts_templates *templates, const char *name);
/* Has the registry make rooms for joins from room.template, if that is set. TS_EINVAL: there is no
 * such one, or it says what is for rooms alone that somebody made (logged). */
int ts_templates_use(struct ts_api *api);

#endif
