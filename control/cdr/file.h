/* file - lines for a file, written by a thread of its own in their order; rotated by size or when
 * somebody moved it.
 *
 *   add(line) --[ strand ]--> write(2), O_APPEND    beyond max_bytes: PATH -> PATH.1, a new PATH
 *
 * Thread  all functions: one, the owner's. Writing blocks the strand alone.
 * Full    TS_CDR_WAITING lines wait; further ones are dropped and counted
 *         (tessera_cdr_lines_total). A line that the disk refuses is counted as well; one that it
 *         takes half of is ended, so that the next one begins a line.
 */
#ifndef TS_CONTROL_CDR_FILE_H
#define TS_CONTROL_CDR_FILE_H

#include <stddef.h>
#include <stdint.h>

struct ts_cdr_file;

enum { TS_CDR_WAITING = 4096 };

/* max_bytes 0: it never gets too large. TS_EIO: cannot be opened; TS_ENOMEM. */
int ts_cdr_file_create(struct ts_cdr_file **out, const char *path, int64_t max_bytes);
/* line is without its end; copied. TS_EFULL. */
int ts_cdr_file_add(struct ts_cdr_file *file, const char *line, size_t n);
void ts_cdr_file_reopen(struct ts_cdr_file *file);
/* Writes what waits. */
void ts_cdr_file_destroy(struct ts_cdr_file **file);

#endif
