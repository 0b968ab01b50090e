/* route - finds the handler of a method and path in a table; pure.
 *
 *   "GET" "/v1/rooms/standup/layout"  ->  row "/v1/rooms/{room}/layout", param {"standup"}
 *
 * A pattern is made of literal segments and {name} ones, which take one segment that is not empty;
 * "{name}.flv" takes what stands before the ".flv".
 * Segments are compared and handed out after percent-decoding, so that an escaped slash never
 * splits one. The first row that fits wins.
 * Thread  any. Source  RFC 3986 3.3, 6.2.2.2.
 */
#ifndef TS_CONTROL_HTTP_ROUTE_H
#define TS_CONTROL_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct ts_api;
struct ts_request;

enum { TS_ROUTE_PARAMS = 3, TS_ROUTE_PARAM_MAX = 255 };

/* Bits, so that a set of them is an Allow header. HEAD is served by GET. */
enum ts_method { TS_GET = 1, TS_POST = 2, TS_PUT = 4, TS_PATCH = 8, TS_DELETE = 16 };

enum ts_route_flags {
	TS_ROUTE_TOKEN = 1, /* needs a credential, where any is configured */
	TS_ROUTE_CORS = 2,  /* for pages of other origins: origin.h says which */
	TS_ROUTE_JOIN = 4,  /* counts against the joins of its address */
	/* replies carry the room's revision as ETag, changes look at If-Match */
	TS_ROUTE_ETAG = 8,
	TS_ROUTE_MAKES = 16, /* 201 where it made something */
	TS_ROUTE_SESSION = 64, /* its first parameter is the secret of a session */
	/* the path holds a key that opens it: pages of all origins may read it who know that */
	TS_ROUTE_KEYED = 128,
	/* a WebSocket, which pages open as they join; in the OpenAPI document where it has a
	 * scope */
	TS_ROUTE_SOCKET = 256,
	/* of no room, and yet for those who are bound to some: they see what is theirs alone */
	TS_ROUTE_SHARED = 512,
	/* takes an image, so a body that may be larger than others */
	TS_ROUTE_IMAGE = 1024,
	TS_ROUTE_PAGE = 32, /* a file for browsers, not in the OpenAPI document */
};

struct ts_shape;

/* What one row says is what the OpenAPI document says. */
struct ts_route {
	enum ts_method method;
	const char *path;
	/* The params are in the order of the pattern and live as long as the call. */
	void (*handler)(struct ts_api *api, struct ts_request *request, const char *const *param);
	unsigned flags;
	const char *summary;
	/* enum ts_scope: one of these is needed. Of TS_ROUTE_TOKEN, 0: only who has all; of
	 * TS_ROUTE_JOIN: where a credential stands in for the PIN. A path that begins with its
	 * {room} is for those who may touch that room. */
	unsigned scope;
	const struct ts_shape *query;       /* parameters */
	const struct ts_shape *takes;       /* JSON body; of PATCH, a merge patch */
	const char *takes_type;             /* body of another media type */
	int gives;                          /* status of success; 0: 200 */
	const struct ts_shape *gives_shape; /* JSON body of success */
	const char *gives_type;             /* body of another media type; neither: no body */
};

struct ts_route_match {
	const struct ts_route *route; /* NULL: no row, or none for this method */
	unsigned methods;             /* that the path has; 0: there is no such path */
	unsigned flags;               /* of any row of the path */
	/* of route; NULL: of the first row of the path */
	char param[TS_ROUTE_PARAMS][TS_ROUTE_PARAM_MAX + 1];
};

/* path is as sent: percent-encoded, without the query. */
void ts_route_find(struct ts_route_match *out, const struct ts_route *table, size_t n,
	const char *method, const char *path);
/* Is its first parameter a room? */
bool ts_route_is_of_room(const struct ts_route *route);
/* "OPTIONS, GET, HEAD, DELETE" */
void ts_route_allow(char *out, size_t cap, unsigned methods);

#endif
