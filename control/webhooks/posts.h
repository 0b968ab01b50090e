/* posts - requests to receivers of events: libcurl, driven by a loop, with what hostile receivers
 * and names may not do.
 *
 *   send --> name looked up (by libcurl's threads) --> each address asked: webhooks.allow?
 *       --> POST --> status, Retry-After; of the answer nothing else is kept
 *
 * Redirects are not followed, proxies of the environment and cookies are not used, certificates are
 * verified. An answer whose head or body is longer than it may be is cut off there.
 * Thread  the loop's.
 * Full    how many there are is the caller's matter.
 * Source  libcurl's multi interface, "socket action".
 */
#ifndef TS_CONTROL_WEBHOOKS_POSTS_H
#define TS_CONTROL_WEBHOOKS_POSTS_H

#include "config/config.h"
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct ts_loop;
struct ts_post;
struct ts_posts;

enum { TS_POST_HEAD_MAX = 16 * 1024, TS_POST_BODY_MAX = 16 * 1024 };

struct ts_posts_config {
	const struct ts_strings *rules; /* webhooks.allow; it stays */
	int timeout_ms;
};

struct ts_post_request {
	const char *url;
	const char *const *headers; /* "Name: value", NULL behind the last */
	GString *body;              /* [take] */
	void (*done)(void *arg, const struct ts_post *post); /* on the loop, later; the last */
	void *arg;
};

/* What became of it: valid within done. */
struct ts_post_result {
	int status;            /* 0: there was no answer */
	const char *error;     /* then why; without anything of the URL */
	int64_t retry_after_s; /* 0: nothing was asked for */
	int64_t ms;
};
struct ts_post_result ts_post_result(const struct ts_post *post);

/* TS_ENOMEM, TS_EIO. */
int ts_posts_create(
	struct ts_posts **out, struct ts_loop *loop, const struct ts_posts_config *config);
/* Those that are under way are cancelled. */
void ts_posts_destroy(struct ts_posts **posts);

/* NULL: no memory. */
struct ts_post *ts_posts_send(struct ts_posts *posts, const struct ts_post_request *request);
void ts_posts_cancel(struct ts_posts *posts, struct ts_post *post);

#endif
