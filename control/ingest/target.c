#include "control/ingest/target.h"

#include "base/error.h"
#include "control/http/query.h"
#include "control/rooms/registry.h"
#include <string.h>

enum { VALUE_MAX = 512 };
#define LIVE "live" /* the usual name of an app, which is no room where a key follows */

/* Text of which a part is looked at. */
struct part {
	const char *at;
	size_t len;
};

static struct part part_of(const char *text)
{
	return (struct part){text, strlen(text)};
}

static struct part cut(struct part *p, char at)
{
	const char *found = p->len ? memchr(p->at, at, p->len) : NULL;
	struct part first = *p;
	if (!found) {
		*p = (struct part){p->at + p->len, 0};
		return first;
	}
	first.len = (size_t)(found - p->at);
	*p = (struct part){found + 1, p->len - first.len - 1};
	return first;
}

static bool is(struct part p, const char *text)
{
	return p.len == strlen(text) && !memcmp(p.at, text, p.len);
}

static int copy(char *out, size_t cap, struct part p)
{
	if (p.len >= cap) return TS_EINVAL;
	memcpy(out, p.at, p.len);
	out[p.len] = '\0';
	return 0;
}

static void set_name(struct ts_target *t, const char *name)
{
	char clean[TS_NAME_TEXT_MAX + 1];
	_Static_assert((int)TS_NAME_TEXT_MAX <= (int)TS_NAME_MAX, "a cleaned name fits");
	ts_name_clean(clean, name);
	memcpy(t->name, clean, sizeof clean);
}

static int read_query(struct ts_target *t, struct part query)
{
	char value[VALUE_MAX];
	int err = 0;
	while (query.len && !err) {
		struct part pair = cut(&query, '&');
		const struct part name = cut(&pair, '=');
		const bool secret = is(name, "pin") || is(name, "token");
		if (!secret && !is(name, "name")) continue;
		err = ts_url_decode(value, sizeof value, pair.at, pair.len);
		if (!err && secret)
			err = copy(t->secret, sizeof t->secret, part_of(value));
		else if (!err)
			set_name(t, value);
	}
	explicit_bzero(value, sizeof value);
	return err ? TS_EINVAL : 0;
}

static struct part trim(struct part p)
{
	while (p.len && *p.at == '/') p = (struct part){p.at + 1, p.len - 1};
	while (p.len && p.at[p.len - 1] == '/') p.len--;
	return p;
}

static int check(struct ts_target *t, int err)
{
	if (!err && !ts_room_id_ok(t->room)) err = TS_EINVAL;
	if (err) explicit_bzero(t, sizeof *t);
	return err;
}

/* ROOM, ROOM/SECRET or live/ROOM...; the room may be missing. */
static int read_path(struct ts_target *t, struct part path)
{
	path = trim(path);
	const struct part room = cut(&path, '/');
	const int err = copy(t->room, sizeof t->room, room);
	return err || !path.len ? err : copy(t->secret, sizeof t->secret, path);
}

int ts_target_of_rtmp(struct ts_target *t, const char *app, const char *key)
{
	struct part app_query = part_of(app), key_query = part_of(key);
	struct part path = trim(cut(&app_query, '?')), secret = trim(cut(&key_query, '?'));
	*t = (struct ts_target){0};
	struct part rest = path;
	if (is(cut(&rest, '/'), LIVE)) path = rest;
	int err = 0;
	if (!path.len)
		err = read_path(t, secret);
	else {
		err = read_path(t, path);
		if (!err && secret.len) err = copy(t->secret, sizeof t->secret, secret);
	}
	if (!err) err = read_query(t, app_query);
	if (!err) err = read_query(t, key_query);
	return check(t, err);
}

static int read_fields(struct ts_target *t, struct part fields)
{
	char name[VALUE_MAX];
	int err = 0;
	while (fields.len && !err) {
		struct part value = cut(&fields, ',');
		const struct part key = cut(&value, '=');
		if (is(key, "r"))
			err = read_path(t, value);
		else if (is(key, "s"))
			err = copy(t->secret, sizeof t->secret, value);
		else if (is(key, "u") && !(err = copy(name, sizeof name, value)))
			set_name(t, name);
		else if (is(key, "m") && !is(value, "publish"))
			err = TS_EUNSUPPORTED;
	}
	return err;
}

static int read_streamid(struct ts_target *t, const char *streamid)
{
	struct part query = part_of(streamid);
	if (!strncmp(streamid, "#!::", 4))
		return check(t, read_fields(t, (struct part){query.at + 4, query.len - 4}));
	struct part path = trim(cut(&query, '?')), rest = path;
	if (is(cut(&rest, '/'), LIVE) && rest.len) path = rest;
	int err = read_path(t, path);
	if (!err) err = read_query(t, query);
	return check(t, err);
}

int ts_target_of_streamid(struct ts_target *t, const char *streamid)
{
	char decoded[VALUE_MAX + 1];
	*t = (struct ts_target){0};
	if (strncmp(streamid, "%23", 3) != 0) return read_streamid(t, streamid);
	const int err = ts_url_decode(decoded, sizeof decoded, streamid, strlen(streamid));
	const int rc = err ? TS_EINVAL : read_streamid(t, decoded);
	explicit_bzero(decoded, sizeof decoded);
	return rc;
}
