#include "control/events/queue.h"
#include <string.h>

void ts_event_queue_init(struct ts_event_queue *queue)
{
	*queue = (struct ts_event_queue){.latest = g_hash_table_new(g_str_hash, g_str_equal)};
	g_queue_init(&queue->texts);
}

/* The keys are the texts' own. */
static void drop(struct ts_event_queue *queue, GList *link)
{
	struct ts_event_text *text = link->data;
	if (text->about && g_hash_table_lookup(queue->latest, text->about) == link)
		g_hash_table_remove(queue->latest, text->about);
	if (!text->uncounted) queue->behind_bytes -= text->len;
	g_queue_delete_link(&queue->texts, link);
	ts_event_text_unref(text);
}

void ts_event_queue_fini(struct ts_event_queue *queue)
{
	while (queue->texts.head) drop(queue, queue->texts.head);
	g_hash_table_unref(queue->latest);
}

void ts_event_queue_push(struct ts_event_queue *queue, struct ts_event_text *text)
{
	GList *before = text->about ? g_hash_table_lookup(queue->latest, text->about) : NULL;
	if (before && (before != queue->texts.head || !queue->offset)) drop(queue, before);
	g_queue_push_tail(&queue->texts, ts_event_text_ref(text));
	if (text->about) g_hash_table_replace(queue->latest, text->about, queue->texts.tail);
	if (!text->uncounted) queue->behind_bytes += text->len;
}

size_t ts_event_queue_read(struct ts_event_queue *queue, char *buf, size_t cap)
{
	size_t n = 0;
	while (n < cap && queue->texts.head) {
		struct ts_event_text *text = queue->texts.head->data;
		size_t part = MIN(cap - n, text->len - queue->offset);
		memcpy(buf + n, text->bytes + queue->offset, part);
		n += part;
		queue->offset += part;
		if (queue->offset < text->len) break;
		queue->offset = 0;
		drop(queue, queue->texts.head);
	}
	return n;
}
