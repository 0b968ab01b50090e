/* seekable - an MP4 or M4A that was written in fragments, written once more with its index in
 * front: browsers and editors seek in it at once, and play it while it is still loading.
 *
 *   in: [ ftyp moov | moof mdat | moof mdat ... ]  -->  out: [ ftyp moov(index) free | mdat ]
 *
 * No packet is coded again. Room for the index is kept in front, by how many packets there are.
 * Thread  any, but none that others wait for: it reads and writes all of the file.
 * Source  ISO/IEC 14496-12 8.2.1.
 * Ownership  both descriptors are the caller's.
 * Full    no room on the disk: TS_EIO; what is in `out` then is of no use.
 */
#ifndef TS_CONTAINER_SEEKABLE_H
#define TS_CONTAINER_SEEKABLE_H

#include "container/container.h"
#include <stdatomic.h>
#include <stdint.h>

/* packets: how many there are in it, at least; 0: not known, and they are counted first.
 * stop: becomes true when the caller has no time left: TS_ECLOSED. TS_EBADMSG: `in` cannot be
 * read. *out_bytes, *duration_ns: of the new file. */
struct ts_seekable_result { int64_t bytes, duration_ns; };
int ts_seekable_run(int in_fd, int out_fd, enum ts_container container, int64_t packets,
	const atomic_bool *stop, struct ts_seekable_result *result);

#endif
