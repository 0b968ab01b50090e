#include "control/sip/bad.h"
#include "base/siphash.h"
#include "control/sip/head.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

enum need {
	VIA = 1,
	FROM = 2,
	TO = 4,
	CALL_ID = 8,
	CSEQ = 16,
	CONTACT = 32,
	ENOUGH = VIA | CALL_ID | CSEQ
};

static unsigned need_of(struct ts_sip_span header)
{
	static const struct {
		const char *name, *brief;
		enum need need;
	} rows[] = {{"Via", "v", VIA}, {"From", "f", FROM}, {"To", "t", TO},
		{"Call-ID", "i", CALL_ID}, {"CSeq", NULL, CSEQ}, {"Contact", "m", CONTACT}};
	struct ts_sip_span name, value;
	if (!ts_sip_head_split(header, &name, &value)) return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_sip_head_is(name, rows[i].name, rows[i].brief)) return rows[i].need;
	return 0;
}

/* RFC 3261 8.2.6.2: all Via, one each of the others. */
static size_t copy_headers(char *out, size_t cap, const char *message, size_t len, size_t at)
{
	unsigned had = 0;
	size_t n = 0;
	for (struct ts_sip_span h; (h = ts_sip_head_next(message, len, &at)).n;) {
		unsigned need = need_of(h);
		if (!need || need == CONTACT || (need != VIA && had & need)) continue;
		if (h.n + 2 > cap - n) return 0;
		memcpy(out + n, h.p, h.n);
		memcpy(out + n + h.n, "\r\n", 2);
		n += h.n + 2;
		had |= need;
	}
	return (had & ENOUGH) == ENOUGH ? n : 0;
}

/* "METHOD SCHEME:...": an URI of another kind, which need not be readable (8.2.2.1). */
static bool is_foreign(struct ts_sip_span line)
{
	static const char *const ours[] = {"sip", "sips", "tel"};
	const char *space = memchr(line.p, ' ', line.n);
	if (!space) return false; /* a tab stands between: that is no request line */
	const char *at = space + 1;
	struct ts_sip_span scheme = {at, 0};
	while (at + scheme.n < line.p + line.n &&
		(isalnum((unsigned char)at[scheme.n]) || memchr("+-.", at[scheme.n], 3)))
		scheme.n++;
	if (!scheme.n || at + scheme.n == line.p + line.n || at[scheme.n] != ':' ||
		!isalpha((unsigned char)*at))
		return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ts_sip_span_is(scheme, ours[i])) return false;
	return true;
}

static const char *status_of(struct ts_sip_span line, struct ts_sip_span method)
{
	static const char *const never[] = {
		"REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "REFER", "PUBLISH", "PRACK"};
	struct ts_sip_span version = line;
	for (size_t i = line.n; i && !is_space(line.p[i - 1]); i--)
		version = (struct ts_sip_span){line.p + i - 1, line.n - i + 1};
	if (version.n > 4 && !strncasecmp(version.p, "SIP/", 4) &&
		!ts_sip_span_is(version, "SIP/2.0"))
		return "505 Version Not Supported";
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (ts_sip_span_is(method, never[i]))
			return "405 Method Not Allowed\r\nAllow: INVITE, ACK, BYE, CANCEL, "
			       "OPTIONS, UPDATE, INFO";
	return is_foreign(line) ? "416 Unsupported URI Scheme" : "400 Bad Request";
}

size_t ts_sip_bad_answer(
	char out[TS_SIP_BAD_BYTES], const char *message, size_t len, const char *status)
{
	static const char last[] = "Server: tessera\r\nContent-Length: 0\r\n\r\n";
	size_t at = 0;
	while (at < len && (message[at] == '\r' || message[at] == '\n')) at++;
	struct ts_sip_span line = ts_sip_head_next(message, len, &at), method = {line.p, 0};
	while (method.n < line.n && !is_space(method.p[method.n])) method.n++;
	if (!method.n || method.n == line.n || memchr(method.p, '/', method.n) ||
		ts_sip_span_is(method, "ACK"))
		return 0;
	size_t n = (size_t)snprintf(
		out, TS_SIP_BAD_BYTES, "SIP/2.0 %s\r\n", status ? status : status_of(line, method));
	size_t copied = copy_headers(
		out + n, TS_SIP_BAD_BYTES - n - sizeof(last), message, len, at);
	if (!copied) return 0;
	memcpy(out + n + copied, last, sizeof(last) - 1);
	return n + copied + sizeof(last) - 1;
}

/* ---- RFC 2543 */

/* What a message, said again, and its ACK and CANCEL have in common, hashed with a key of ours: no
 * two callers can be made to share a branch. */
struct common {
	struct ts_sip_span part[4];
};

static uint64_t hash_of(const struct common *common)
{
	uint64_t hash[5] = {0};
	for (size_t i = 0; i < 4; i++)
		if (common->part[i].n)
			hash[i] = ts_siphash_own(common->part[i].p, common->part[i].n);
	return ts_siphash_own(hash, sizeof(hash));
}

/* "CSeq: 17 INVITE" without its method. */
static struct ts_sip_span without_method(struct ts_sip_span cseq)
{
	while (cseq.n && !is_space(cseq.p[cseq.n - 1])) cseq.n--;
	return cseq;
}

static bool has_word(struct ts_sip_span t, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= t.n; i++)
		if (!strncasecmp(t.p + i, word, n)) return true;
	return false;
}

struct old {
	size_t headers;         /* where they begin */
	struct ts_sip_span via; /* the topmost value */
	struct ts_sip_span from;
	unsigned had;
	struct common common;
};

static struct old scan(const char *message, size_t len)
{
	struct old old = {0};
	struct ts_sip_span h;
	ts_sip_head_next(message, len, &old.headers);
	for (size_t at = old.headers; (h = ts_sip_head_next(message, len, &at)).n;) {
		unsigned need = need_of(h);
		if (need == VIA && !old.via.n) {
			const char *comma = memchr(h.p, ',', h.n);
			old.via = ts_sip_span_trim(h.p, comma ? (size_t)(comma - h.p) : h.n);
		}
		if (need == FROM) old.from = h;
		if (need == CSEQ) h = without_method(h);
		if (need == FROM) old.common.part[0] = h;
		if (need == CALL_ID) old.common.part[1] = h;
		if (need == CSEQ) old.common.part[2] = h;
		old.had |= need;
	}
	old.common.part[3] = old.via;
	return old;
}

struct insert {
	size_t at;
	char text[100];
};

static size_t with_inserts(char *out, size_t cap, const char *message, size_t len,
	const struct insert *insert, size_t n)
{
	size_t from = 0, to = 0;
	for (size_t i = 0; i < n; i++) len += strlen(insert[i].text);
	if (len > cap) return 0;
	for (size_t i = 0; i < n; i++) {
		size_t n_text = strlen(insert[i].text);
		memcpy(out + to, message + from, insert[i].at - from);
		to += insert[i].at - from;
		memcpy(out + to, insert[i].text, n_text);
		to += n_text;
		from = insert[i].at;
	}
	memcpy(out + to, message + from, len - to);
	return len;
}

size_t ts_sip_mend_2543(char *out, size_t cap, const char *message, size_t len, const char *source)
{
	struct old old = scan(message, len);
	struct insert insert[3] = {{.at = old.headers}};
	if (!old.via.n || old.via.p[old.via.n - 1] == ';' || has_word(old.via, "branch")) return 0;
	struct insert *via = &insert[1], *from = &insert[2];
	if (old.from.p && old.from.p < old.via.p) from = &insert[1], via = &insert[2];
	if (!(old.had & CONTACT))
		snprintf(insert->text, sizeof(insert->text), "Contact: <sip:%.80s>\r\n", source);
	via->at = (size_t)(old.via.p + old.via.n - message);
	snprintf(via->text, sizeof(via->text), ";branch=z9hG4bK2543%016llx",
		(unsigned long long)hash_of(&old.common));
	from->at = old.from.p ? (size_t)(old.from.p + old.from.n - message) : via->at;
	if (old.from.p && !has_word(old.from, "tag"))
		snprintf(from->text, sizeof(from->text), ";tag=2543");
	return with_inserts(out, cap, message, len, insert, 3);
}
