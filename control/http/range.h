/* range - the Range header of a request for a file; pure.
 *
 *   "bytes=0-499" "bytes=500-" "bytes=-500"  -->  first, length
 *
 * Several ranges, other units and what is no range at all are left out of account, which RFC 9110
 * allows: the whole file is the answer.
 * Thread  any. Source  RFC 9110 14.1.2, 14.2.
 */
#ifndef TS_CONTROL_HTTP_RANGE_H
#define TS_CONTROL_HTTP_RANGE_H

#include <stdint.h>

enum ts_range { TS_RANGE_WHOLE, TS_RANGE_PART, TS_RANGE_NONE /* nothing of it is there: 416 */ };

/* header: NULL: there is none. size: of the file, not below 0. *first, *len: what is asked for,
 * within the file; of NONE undefined. */
enum ts_range ts_range_parse(const char *header, int64_t size, int64_t *first, int64_t *len);

#endif
