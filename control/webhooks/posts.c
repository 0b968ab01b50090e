#include "control/webhooks/posts.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/fetch.h"
#include <curl/curl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { CONNECT_MS = 5000, KEPT_CONNECTIONS = 64 };

struct ts_posts {
	struct ts_loop *loop;
	const struct ts_strings *rules;
	int timeout_ms;
	CURLM *multi;
	struct ts_timer timer;
	GQueue list; /* of struct ts_post */
};

struct ts_post {
	struct ts_posts *posts;
	GList link;
	CURL *easy;
	struct curl_slist *headers;
	GString *body;
	char *url;
	void (*done)(void *arg, const struct ts_post *post);
	void *arg;
	int64_t began_ns;
	size_t head_bytes, body_bytes;
	bool barred; /* an address that may not be asked */
	CURLcode code;
};

/* A socket that libcurl wants to be told of. */
struct watched {
	struct ts_watch watch; /* first */
	struct ts_posts *posts;
};

/* ---- the loop */

static void collect(struct ts_posts *posts);

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_posts *posts = ts_container_of(timer, struct ts_posts, timer);
	int running;
	(void)now_ns;
	curl_multi_socket_action(posts->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(posts);
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct ts_posts *posts = arg;
	(void)multi;
	if (timeout_ms < 0)
		ts_loop_timer_cancel(posts->loop, &posts->timer);
	else
		ts_loop_timer_set(posts->loop, &posts->timer,
			ts_now_ns() + (int64_t)timeout_ms * TS_NS_PER_MS);
	return 0;
}

static void on_ready(struct ts_watch *watch, uint32_t events)
{
	struct ts_posts *posts = ((struct watched *)(void *)watch)->posts;
	const int what = (events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
		(events & (EPOLLOUT | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_OUT : 0);
	int running;
	curl_multi_socket_action(posts->multi, watch->fd, what, &running);
	/* the watch may be gone */
	collect(posts);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct ts_posts *posts = arg;
	struct watched *w = socket_arg;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w) ts_loop_unwatch(posts->loop, &w->watch);
		g_free(w);
		return 0;
	}
	if (!w) {
		w = g_new0(struct watched, 1);
		w->watch = (struct ts_watch){.fn = on_ready, .fd = fd};
		w->posts = posts;
		curl_multi_assign(posts->multi, fd, w);
	}
	ts_loop_watch(posts->loop, &w->watch,
		(what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
			(what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0));
	return 0;
}

/* ---- one request */

static void post_free(struct ts_post *post)
{
	struct ts_posts *posts = post->posts;
	g_queue_unlink(&posts->list, &post->link);
	if (post->easy) {
		curl_multi_remove_handle(posts->multi, post->easy);
		curl_easy_cleanup(post->easy);
	}
	curl_slist_free_all(post->headers);
	g_string_free(post->body, TRUE);
	g_free(post->url);
	g_free(post);
}

static void collect(struct ts_posts *posts)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(posts->multi, &left))) {
		char *arg = NULL;
		if (message->msg != CURLMSG_DONE) continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &arg);
		struct ts_post *post = (struct ts_post *)(void *)arg;
		post->code = message->data.result;
		post->done(post->arg, post);
		post_free(post);
	}
}

/* The address that was looked at is the one that is connected to. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct ts_post *post = arg;
	struct sockaddr_storage address = {0};
	if (purpose != CURLSOCKTYPE_IPCXN || to->addrlen > sizeof(address)) return CURL_SOCKET_BAD;
	memcpy(&address, &to->addr, to->addrlen);
	if (ts_fetch_may_reach(post->posts->rules, post->url, &address))
		return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	post->barred = true;
	return CURL_SOCKET_BAD;
}

static size_t on_head(char *bytes, size_t size, size_t n, void *arg)
{
	struct ts_post *post = arg;
	(void)bytes;
	post->head_bytes += size * n;
	return post->head_bytes > TS_POST_HEAD_MAX ? 0 : size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct ts_post *post = arg;
	(void)bytes;
	post->body_bytes += size * n;
	return post->body_bytes > TS_POST_BODY_MAX ? 0 : size * n;
}

static bool set_options(struct ts_post *post)
{
	CURL *easy = post->easy;
	bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	SET(CURLOPT_URL, post->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a name server that is silent holds nothing up */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_TIMEOUT_MS, (long)post->posts->timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)MIN(CONNECT_MS, post->posts->timeout_ms));
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, post);
	SET(CURLOPT_HEADERFUNCTION, on_head);
	SET(CURLOPT_HEADERDATA, post);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, post);
	SET(CURLOPT_HTTPHEADER, post->headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body->len);
	SET(CURLOPT_POSTFIELDS, post->body->str);
	SET(CURLOPT_PRIVATE, post);
#undef SET
	return ok;
}

struct ts_post *ts_posts_send(struct ts_posts *posts, const struct ts_post_request *request)
{
	struct ts_post *post = g_new0(struct ts_post, 1);
	*post = (struct ts_post){.posts = posts,
		.link.data = post,
		.easy = curl_easy_init(),
		.body = request->body,
		.url = g_strdup(request->url),
		.done = request->done,
		.arg = request->arg,
		.began_ns = ts_now_ns()};
	g_queue_push_tail_link(&posts->list, &post->link);
	for (size_t i = 0; request->headers[i]; i++) {
		struct curl_slist *more = curl_slist_append(post->headers, request->headers[i]);
		if (more) post->headers = more;
	}
	if (post->easy && set_options(post) &&
		curl_multi_add_handle(posts->multi, post->easy) == CURLM_OK)
		return post;
	post_free(post);
	return NULL;
}

void ts_posts_cancel(struct ts_posts *posts, struct ts_post *post)
{
	(void)posts;
	post_free(post);
}

/* ---- what became of it */

static const char *reason(const struct ts_post *post)
{
	switch (post->code) {
	case CURLE_COULDNT_RESOLVE_HOST: return "the name has no address";
	case CURLE_OPERATION_TIMEDOUT: return "no answer in time";
	case CURLE_GOT_NOTHING: return "the connection was closed without an answer";
	case CURLE_COULDNT_CONNECT:
		return post->barred ? "webhooks.allow does not let that address be asked"
				    : "no connection";
	default: return curl_easy_strerror(post->code);
	}
}

/* Once there is a status, how the rest of the answer came does not matter. */
struct ts_post_result ts_post_result(const struct ts_post *post)
{
	long status = 0;
	curl_off_t retry_after_s = 0;
	curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (status < 200 || status > 999) status = 0;
	return (struct ts_post_result){.status = (int)status,
		.error = status ? "" : reason(post),
		.retry_after_s = retry_after_s,
		.ms = (ts_now_ns() - post->began_ns) / TS_NS_PER_MS};
}

/* ---- life */

int ts_posts_create(
	struct ts_posts **out, struct ts_loop *loop, const struct ts_posts_config *config)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) return TS_EIO;
	struct ts_posts *posts = g_new0(struct ts_posts, 1);
	posts->loop = loop;
	posts->rules = config->rules;
	posts->timeout_ms = config->timeout_ms;
	posts->timer.fn = on_timer;
	posts->multi = curl_multi_init();
	*out = posts;
	if (!posts->multi) {
		ts_posts_destroy(out);
		return TS_ENOMEM;
	}
	curl_multi_setopt(posts->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(posts->multi, CURLMOPT_SOCKETDATA, posts);
	curl_multi_setopt(posts->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(posts->multi, CURLMOPT_TIMERDATA, posts);
	curl_multi_setopt(posts->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return 0;
}

void ts_posts_destroy(struct ts_posts **postsp)
{
	struct ts_posts *posts = *postsp;
	*postsp = NULL;
	if (!posts) return;
	while (posts->list.head) post_free(posts->list.head->data);
	if (posts->multi) curl_multi_cleanup(posts->multi);
	ts_loop_timer_cancel(posts->loop, &posts->timer);
	g_free(posts);
}
