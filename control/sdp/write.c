#include "base/text.h"
#include "control/sdp/sdp.h"
#include <stdarg.h>
#include <stdio.h>

void ts_sdp_line(struct ts_wr *w, char type, const char *fmt, ...)
{
	uint8_t *head = ts_wr_skip(w, 2);
	if (!head) return;
	head[0] = (uint8_t)type;
	head[1] = '=';

	size_t room = (size_t)(w->end - w->p);
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf((char *)w->p, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room) {
		w->bad = true;
		return;
	}
	for (int i = 0; i < n; i++)
		if ((w->p[i] < ' ' && w->p[i] != '\t') || w->p[i] == 0x7f) w->bad = true;
	w->p += n;
	ts_wr_bytes(w, "\r\n", 2);
}

static void write_section(struct ts_wr *w, const struct ts_sdp_section *s, bool session)
{
	if (s->address) ts_sdp_line(w, 'c', "%s %s %s", s->net_type, s->address_type, s->address);
	if (s->as_kbps) ts_sdp_line(w, 'b', "AS:%u", s->as_kbps);
	if (s->tias_bps) ts_sdp_line(w, 'b', "TIAS:%u", s->tias_bps);
	if (session) ts_sdp_line(w, 't', "0 0");
	for (size_t i = 0; i < s->n_attr; i++)
		ts_sdp_line(w, 'a', "%s%s%s", s->attr[i].name, *s->attr[i].value ? ":" : "",
			s->attr[i].value);
}

static void write_media(struct ts_wr *w, const struct ts_sdp_media *m)
{
	char text[TS_SDP_FORMAT_MAX * (TS_SDP_TOKEN_MAX + 1) + 1];
	struct ts_text formats = ts_text(text, sizeof(text));
	for (size_t i = 0; i < m->n_format; i++) ts_text_append(&formats, " %s", m->format[i]);
	if (m->n_ports > 1)
		ts_sdp_line(w, 'm', "%s %u/%u %s%s", m->kind, m->port, m->n_ports, m->proto, text);
	else
		ts_sdp_line(w, 'm', "%s %u %s%s", m->kind, m->port, m->proto, text);
	write_section(w, &m->s, false);
}

void ts_sdp_write(struct ts_wr *w, const struct ts_sdp *sdp)
{
	ts_sdp_line(w, 'v', "0");
	ts_sdp_line(w, 'o', "%s %s %s IN %s %s", sdp->user, sdp->session_id, sdp->session_version,
		sdp->origin_ip6 ? "IP6" : "IP4", sdp->origin_address);
	ts_sdp_line(w, 's', "%s", sdp->name);
	write_section(w, &sdp->s, true);
	for (size_t i = 0; i < sdp->n_media; i++) write_media(w, &sdp->media[i]);
}
