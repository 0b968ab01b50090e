#include "control/patience.h"
#include "base/counter.h"
#include "base/loop.h"
#include <sys/socket.h>

static void set_timer(struct ts_patience *patience)
{
	const struct ts_patience_entry *first = patience->waiting.head ? patience->waiting.head->data : NULL;
	if (first)
		ts_loop_timer_set(patience->loop, &patience->timer, first->due_ns);
	else
		ts_loop_timer_cancel(patience->loop, &patience->timer);
}

/* The HTTP library finds the socket closed and does the rest. */
static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_patience *patience = ts_container_of(timer, struct ts_patience, timer);
	while (patience->waiting.head) {
		struct ts_patience_entry *entry = patience->waiting.head->data;
		if (entry->due_ns > now_ns) break;
		g_queue_unlink(&patience->waiting, &entry->link);
		entry->due_ns = 0;
		ts_count(TS_C_HTTP_SLOW);
		shutdown(entry->fd, SHUT_RDWR);
	}
	set_timer(patience);
}

void ts_patience_init(struct ts_patience *patience, struct ts_loop *loop, int64_t limit_ns)
{
	*patience = (struct ts_patience){.loop = loop, .timer = {.fn = on_timer}, .limit_ns = limit_ns};
	g_queue_init(&patience->waiting);
}

void ts_patience_fini(struct ts_patience *patience)
{
	g_assert(!patience->waiting.head);
	ts_loop_timer_cancel(patience->loop, &patience->timer);
}

void ts_patience_stop(struct ts_patience *patience, struct ts_patience_entry *entry)
{
	if (!entry->due_ns) return;
	entry->due_ns = 0;
	g_queue_unlink(&patience->waiting, &entry->link);
}

void ts_patience_wait(struct ts_patience *patience, struct ts_patience_entry *entry, int64_t now_ns)
{
	ts_patience_stop(patience, entry);
	entry->link.data = entry;
	entry->due_ns = now_ns + patience->limit_ns;
	g_queue_push_tail_link(&patience->waiting, &entry->link);
	if (patience->waiting.head == &entry->link) set_timer(patience); /* else an earlier one has set it */
}
