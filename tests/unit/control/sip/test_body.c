#include "control/sip/body.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SDP "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n"
#define OTHER "v=0\r\no=- 2 2 IN IP4 1.2.3.4\r\n"
#define PART(type, text) "Content-Type: " type "\r\n\r\n" text "\r\n"
#define NONE TS_SIP_BODY_NONE
#define TAKEN TS_SIP_BODY_TAKEN
#define TYPE TS_SIP_BODY_TYPE
#define ENCODING TS_SIP_BODY_ENCODING
#define BROKEN TS_SIP_BODY_BROKEN

struct row {
	const char *name, *type, *disposition, *encoding, *body;
	enum ts_sip_body_verdict verdict;
	const char *text;
};

static const struct row rows[] = {
	{"nothing", NULL, NULL, NULL, "", NONE, NULL},
	{"plain", "application/sdp", NULL, NULL, SDP, TAKEN, SDP},
	{"case, blanks, parameters", " Application / SDP ; charset=utf-8", NULL, NULL, SDP, TAKEN,
		SDP},
	{"no type", NULL, NULL, NULL, SDP, TAKEN, SDP},
	{"no type, no description", NULL, NULL, NULL, "hello", TYPE, NULL},
	{"another type", "text/vcard", NULL, NULL, "x", TYPE, NULL},
	{"prefix of a type", "application/sdpx", NULL, NULL, SDP, TYPE, NULL},
	{"optional", "text/vcard", "render; handling=optional", NULL, "x", NONE, NULL},
	{"optional, quoted, upper case", "text/vcard", "render;Handling=\"OPTIONAL\"", NULL, "x",
		NONE, NULL},
	{"optional in another parameter", "text/vcard", "render;x=\"handling=optional\"", NULL, "x",
		TYPE, NULL},
	{"required", "text/vcard", "render;handling=required", NULL, "x", TYPE, NULL},
	{"session", "application/sdp", "session;handling=required", NULL, SDP, TAKEN, SDP},
	{"render", "application/sdp", "render", NULL, SDP, TAKEN, SDP},
	{"render, optional", "application/sdp", "render;handling=optional", NULL, "BEGIN:VCARD",
		NONE, NULL},
	{"early session", "application/sdp", "early-session", NULL, SDP, TYPE, NULL},
	{"early session, optional", "application/sdp", "early-session;handling=optional", NULL, SDP,
		NONE, NULL},
	{"gzip", "application/sdp", NULL, "gzip", "x", ENCODING, NULL},
	{"identity", "application/sdp", NULL, "Identity", SDP, TAKEN, SDP},
	{"gzip, optional", "application/sdp", "session;handling=optional", "gzip", "x", NONE, NULL},
	{"gzip behind identity", "application/sdp", NULL, "identity, gzip", "x", ENCODING, NULL},
	{"mixed", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u--\r\n", TAKEN, SDP},
	{"second, quoted boundary", "Multipart/Mixed; x=1; boundary=\"u '()+_,-./:=?v\"", NULL,
		NULL,
		"--u '()+_,-./:=?v\r\n" PART("application/pidf+xml",
			"<x/>") "--u '()+_,-./:=?v \t\r\n" PART("application/sdp",
			SDP) "--u '()+_,-./:=?v--",
		TAKEN, SDP},
	{"preamble, epilogue", "multipart/mixed;boundary=u", NULL, NULL,
		"for old readers\r\n--ux\r\n--u\r\n" PART(
			"application/sdp", SDP) "--u--\r\n--u\r\n" PART("a/b", "x"),
		TAKEN, SDP},
	{"LF alone", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\nC: APPLICATION/SDP\n\nv=0\no=a\n--u--\n", TAKEN, "v=0\no=a"},
	{"no last delimiter", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP), TAKEN, SDP "\r\n"},
	{"folded header", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Type:\r\n application/sdp\r\n\r\n" SDP "\r\n--u--", TAKEN, SDP},
	{"part without type", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n\r\nhi\r\n--u\r\n\r\n" SDP "\r\n--u--", TAKEN, SDP},
	{"typed before untyped", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n\r\n" OTHER "\r\n--u\r\n" PART("application/sdp", SDP) "--u--", TAKEN, SDP},
	{"two: the first", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u\r\n" PART(
			"application/sdp", OTHER) "--u--",
		TAKEN, SDP},
	{"the one of the session", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Disposition: early-session\r\n" PART(
			"application/sdp", OTHER) "--u\r\n" PART("application/sdp", SDP) "--u--",
		TAKEN, SDP},
	{"optional part", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Disposition: signal;handling=optional\r\n" PART(
			"application/isup", "x") "--u\r\n" PART("application/sdp", SDP) "--u--",
		TAKEN, SDP},
	{"required part", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u\r\nContent-Disposition: "
						       "signal;handling=required\r\n" PART(
							       "application/isup", "x") "--u--",
		TYPE, NULL},
	{"only optional parts", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Disposition: signal;handling=optional\r\n" PART(
			"application/isup", "x") "--u--",
		NONE, NULL},
	{"nothing for us", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/isup", "x") "--u--", TYPE, NULL},
	{"nothing for us, all optional", "multipart/mixed;boundary=u", "session;handling=optional",
		NULL, "--u\r\n" PART("application/isup", "x") "--u--", NONE, NULL},
	{"alternatives: the last understood", "multipart/alternative;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", OTHER) "--u\r\n" PART("application/sdp",
			SDP) "--u\r\n"
			     "Content-Disposition: session;handling=required\r\n" PART(
				     "application/sdpng", "x") "--u--",
		TAKEN, SDP},
	{"alternatives, none", "multipart/alternative;boundary=u", NULL, NULL,
		"--u\r\n" PART("a/b", "x") "--u--", TYPE, NULL},
	{"nested", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("multipart/related;boundary=uu",
			"--uu\r\n" PART("a/b", "x") "--uu\r\n" PART(
				"application/sdp", SDP) "--uu--") "--u--",
		TAKEN, SDP},
	{"alternative behind the one", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u\r\n" PART(
			"multipart/alternative;boundary=v",
			"--v\r\n" PART("application/sdp", OTHER) "--v--") "--u--",
		TAKEN, SDP},
	{"base64", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Transfer-Encoding: BASE64\r\n" PART(
			"application/sdp", "dj0wDQpv\r\nPWE=") "--u--",
		TAKEN, "v=0\r\no=a"},
	{"quoted-printable", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Transfer-Encoding: quoted-printable\r\n" PART(
			"application/sdp", "v=3D0=0D=0A=\r\no=3Da") "--u--",
		TAKEN, "v=0\r\no=a"},
	{"8bit", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Transfer-Encoding: 8bit\r\n" PART("application/sdp", SDP) "--u--",
		TAKEN, SDP},
	{"gzip in a part", "multipart/mixed;boundary=u", NULL, NULL,
		"--u\r\nContent-Encoding: gzip\r\n" PART("application/sdp", SDP) "--u--", ENCODING,
		NULL},
	{"no boundary", "multipart/mixed", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u--", BROKEN, NULL},
	{"another boundary", "multipart/mixed;boundary=v", NULL, NULL,
		"--u\r\n" PART("application/sdp", SDP) "--u--", BROKEN, NULL},
	{"broken, but optional", "multipart/mixed", "render;handling=optional", NULL, "x", NONE,
		NULL},
};

static struct ts_sip_text text_of(const char *s)
{
	return (struct ts_sip_text){s, s ? strlen(s) : 0};
}

static struct ts_sip_body read_row(const struct row *row)
{
	const struct ts_sip_body_headers headers = {
		text_of(row->type), text_of(row->disposition), text_of(row->encoding)};
	struct ts_sip_body body;
	ts_sip_body_read(&body, "application/sdp", &headers, row->body, strlen(row->body));
	return body;
}

static void reads_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_body body = read_row(&rows[i]);
		if (body.verdict != rows[i].verdict)
			fail_msg("%s: verdict %d", rows[i].name, body.verdict);
		if (rows[i].text &&
			(body.n != strlen(rows[i].text) || memcmp(body.text, rows[i].text, body.n)))
			fail_msg("%s: \"%.*s\"", rows[i].name, (int)body.n, body.text);
		ts_sip_body_fini(&body);
	}
}

/* Multiparts within multiparts; the description is in the innermost. */
static void make_nested(char *out, int depth)
{
	char *end = out;
	for (int i = 1; i < depth; i++)
		end += sprintf(end, "--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n",
			i, i + 1);
	sprintf(end, "--b%d\r\n" PART("application/sdp", SDP), depth);
}

static void is_bounded(void **state)
{
	(void)state;
	static char text[100000];
	struct row row = {.type = "multipart/mixed;boundary=b1", .body = text};
	for (int depth = 1; depth < 100; depth++) {
		make_nested(text, depth);
		struct ts_sip_body body = read_row(&row);
		assert_int_equal(body.verdict, depth <= TS_SIP_BODY_DEPTH ? TAKEN : TYPE);
		ts_sip_body_fini(&body);
	}
	for (int n = TS_SIP_BODY_PARTS; n <= TS_SIP_BODY_PARTS + 1; n++) {
		char *end = text;
		for (int i = 0; i < n; i++)
			end += sprintf(end, "--b1\r\n" PART("application/sdp", SDP));
		struct ts_sip_body body = read_row(&row);
		assert_int_equal(body.verdict, n > TS_SIP_BODY_PARTS ? BROKEN : TAKEN);
		ts_sip_body_fini(&body);
	}
}

/* Every body of the table cut off everywhere: nothing beyond its end is read (under ASan). */
static void survives_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t n = 0, len = strlen(rows[i].body); n < len; n++) {
			const struct ts_sip_body_headers headers = {
				text_of(rows[i].type), {NULL, 0}, {NULL, 0}};
			struct ts_sip_body body;
			char *copy = malloc(n ? n : 1);
			assert_non_null(copy);
			memcpy(copy, rows[i].body, n);
			ts_sip_body_read(&body, "application/sdp", &headers, copy, n);
			assert_true(body.verdict != TAKEN || body.owned ||
				(body.text >= copy && body.text + body.n <= copy + n));
			ts_sip_body_fini(&body);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_bodies),
		cmocka_unit_test(is_bounded), cmocka_unit_test(survives_cuts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
