/* blob - bytes that many share and nobody changes: a piece of a live stream, say, that a hundred
 * replies are made of.
 *
 *   new (len bytes, to be filled) --> shared, constant --ref, unref--> freed with the last
 *
 * Thread  any, once it was filled.
 */
#ifndef TS_BASE_BLOB_H
#define TS_BASE_BLOB_H

#include "base/ref.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct ts_blob {
	struct ts_ref refs;
	size_t len;
	uint8_t bytes[];
};

/* NULL: out of memory. */
static inline struct ts_blob *ts_blob_new(size_t len)
{
	struct ts_blob *blob = malloc(sizeof *blob + len);
	if (!blob) return NULL;
	ts_ref_init(&blob->refs, 1);
	blob->len = len;
	return blob;
}

static inline struct ts_blob *ts_blob_ref(struct ts_blob *blob)
{
	ts_ref_get(&blob->refs);
	return blob;
}

/* Also of NULL. */
static inline void ts_blob_unref(struct ts_blob **blob)
{
	struct ts_blob *b = *blob;
	*blob = NULL;
	if (b && ts_ref_put(&b->refs)) free(b);
}

#endif
