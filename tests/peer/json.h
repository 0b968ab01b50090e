/* json - members of a scenario, or of what the API answers, by name. A NULL object has none.
 * Thread: any. */
#ifndef TS_TESTS_PEER_JSON_H
#define TS_TESTS_PEER_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* `otherwise` for what is not there or of another type. The text is the object's. */
const char *ts_json_text(json_t *o, const char *key, const char *otherwise);
int ts_json_number(json_t *o, const char *key, int otherwise);
bool ts_json_is_true(json_t *o, const char *key);

#endif
