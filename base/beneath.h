/* beneath - opens a regular file of a folder for reading, by a path that cannot leave it: neither
 * by "..", nor by a symbolic link, nor absolutely. Links within the folder are followed where the
 * kernel can tell (Linux 5.6), none at all elsewhere.
 *
 * Thread  any; blocks as the disk does.
 * Source  openat2(2).
 */
#ifndef TS_BASE_BENEATH_H
#define TS_BASE_BENEATH_H

/* *fd [give]. TS_EINVAL: the path leaves the folder, or is none; TS_ENOTFOUND: there is no such
 * file; TS_EUNSUPPORTED: it is no regular file; TS_EIO. */
int ts_open_beneath(int *fd, const char *folder, const char *path);

#endif
