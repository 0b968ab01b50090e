/* json_where - the JSON pointer of a place in a text, for errors of a parser that tells only a byte
 * offset.
 *
 *   {"a":[1,2,{"b":nan}]}   offset 17   ->   "/a/2/b"
 *
 * Thread  any; keeps nothing. The text may be anything: it is walked once, up to the offset.
 * Source  RFC 8259, RFC 6901.
 * Full    what does not fit into out is left out at the end, whole steps at a time; nesting is
 *         followed for 32 levels.
 */
#ifndef TS_LAYOUT_JSON_WHERE_H
#define TS_LAYOUT_JSON_WHERE_H

#include <stddef.h>

void ts_json_where(char *out, size_t cap, const char *text, size_t len, size_t offset);
/* Adds "/key" with ~ and / escaped. */
void ts_json_pointer_append(char *pointer, size_t cap, const char *key);

#endif
