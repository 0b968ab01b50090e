/* layout_store - the layouts that rooms can be told by name: the shipped ones, and those that the
 * API stored.
 *
 *   PUT --> checked document --> FOLDER/layouts/NAME.json (written whole or not at all)
 *       --> read again at the next start
 *
 * Thread  control. Writing waits for the disk: layouts are stored by people, not by programs.
 * Full    256 stored layouts.
 */
#ifndef TS_CONTROL_ROOMS_LAYOUT_STORE_H
#define TS_CONTROL_ROOMS_LAYOUT_STORE_H

#include "layout/model.h"

struct ts_layout_store;

enum { TS_STORED_LAYOUTS_MAX = 256 };

/* folder "": the user's own, as XDG and systemd say ($STATE_DIRECTORY, else
 * $XDG_STATE_HOME/tessera). It is made when something is stored. A file that cannot be read is told
 * of in the log and left alone. TS_ENOMEM. */
int ts_layout_store_create(struct ts_layout_store **out, const char *folder);
void ts_layout_store_destroy(struct ts_layout_store **store);

/* NULL: there is none. It lives as long as it is stored: take a reference. */
struct ts_layout_doc *ts_layout_store_find(const struct ts_layout_store *store, const char *name);
/* Shipped ones first, then by name. NULL: no more. */
struct ts_layout_doc *ts_layout_store_at(const struct ts_layout_store *store, size_t index);
bool ts_layout_is_shipped(const char *name);

/* Takes a reference. *replaced tells whether there was one of that name. TS_EEXIST: it is a shipped
 * name; TS_ELIMIT; TS_EIO: not written (logged), and not stored. */
int ts_layout_store_put(struct ts_layout_store *store, struct ts_layout_doc *doc, bool *replaced);
/* TS_EEXIST: shipped; TS_ENOTFOUND; TS_EIO */
int ts_layout_store_remove(struct ts_layout_store *store, const char *name);

#endif
