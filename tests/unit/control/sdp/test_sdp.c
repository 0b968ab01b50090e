#include "base/error.h"
#include "control/sdp/sdp.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ts_sdp *parse(const char *text)
{
	struct ts_sdp *sdp;
	char err[128];
	int rc = ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err));
	if (rc) fail_msg("%s", err);
	return sdp;
}

static size_t print(char *out, size_t cap, const struct ts_sdp *sdp)
{
	struct ts_wr w = ts_wr(out, cap - 1);
	ts_sdp_write(&w, sdp);
	assert_false(w.bad);
	out[ts_wr_len(&w)] = '\0';
	return ts_wr_len(&w);
}

static void reads_a_whole_description(void **state)
{
	(void)state;
	struct ts_sdp *sdp = parse(
		"v=0\r\no=jdoe 289 42 IN IP6 2001:db8::1\r\ns=Talk\r\ni=x\r\nu=http://a.b\r\n"
		"c=IN IP4 224.2.1.1/127/3\r\nb=AS:512\r\nb=FOO:9\r\nt=1 2\r\na=recvonly\r\n"
		"a=tool:x:y z\r\n"
		"m=audio 49170/2 RTP/AVP 0 8\r\na=ptime:20\r\na=sendonly \r\n"
		"m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP6 ::1\r\nb=TIAS:64000\r\n");
	assert_string_equal(sdp->user, "jdoe");
	assert_string_equal(sdp->session_id, "289");
	assert_string_equal(sdp->session_version, "42");
	assert_string_equal(sdp->origin_address, "2001:db8::1");
	assert_true(sdp->origin_ip6);
	assert_string_equal(sdp->name, "Talk");
	assert_string_equal(sdp->s.address, "224.2.1.1");
	assert_int_equal(sdp->s.as_kbps, 512);
	assert_int_equal(sdp->s.n_attr, 2);
	assert_string_equal(ts_sdp_find(&sdp->s, "tool", NULL)->value, "x:y z");
	assert_int_equal(ts_sdp_find(&sdp->s, "tool", NULL)->line, 11);
	assert_int_equal(sdp->n_media, 2);

	const struct ts_sdp_media *m = sdp->media;
	assert_string_equal(m->kind, "audio");
	assert_int_equal(m->port, 49170);
	assert_int_equal(m->n_ports, 2);
	assert_string_equal(m->proto, "RTP/AVP");
	assert_int_equal(m->n_format, 2);
	assert_string_equal(m->format[1], "8");
	assert_int_equal(m->s.line, 12);
	assert_null(m->s.address);
	assert_int_equal(ts_sdp_ptime_ms(&m->s, "ptime"), 20);
	assert_int_equal(ts_sdp_direction(sdp, m), TS_SDP_SENDONLY);
	assert_null(ts_sdp_find(&m->s, "tool", NULL));
	assert_non_null(ts_sdp_find_either(sdp, m, "tool"));
	assert_int_equal(ts_sdp_direction(sdp, m + 1), TS_SDP_RECVONLY); /* the session's */
	assert_true(m[1].s.ip6);
	assert_int_equal(m[1].s.tias_bps, 64000);
	ts_sdp_destroy(&sdp);
	assert_null(sdp);
}

static void takes_what_endpoints_do(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"LF only",
			"v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"no last line end", "v=0\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\na=mid:0"},
		{"no last LF", "v=0\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r"},
		{"no o= s= t=", "v=0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"empty s=", "v=0\ns=\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"blank lines", "\r\n\nv=0\n\nm=audio 9 RTP/AVP 0\n\r\na=mid:0\n\n"},
		{"a wrapped line", "v=0\nm=audio 9 RTP/AVP 0\na=fmtp:0 x;\nmax-mbps=3\na=mid:0\n"},
		{"blanks at the end and between", "v=0\nm=audio  9 \tRTP/AVP  0 \na=mid:0  \n"},
		{"bandwidth nobody understands",
			"v=0\nb=AS:-1\nb=:\nb=\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"o= behind s=",
			"v=0\ns=-\no=- 1 1 IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"UTF-8", "v=0\ns=r\xc3\xa9union\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"Latin-1", "v=0\ns=K\xf6ln\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"byte order mark", "\xef\xbb\xbfv=0\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"},
		{"CR alone", "v=0\rs=-\rm=audio 9 RTP/AVP 0\ra=mid:0\r"},
		{"CR CR LF", "v=0\r\r\ns=-\r\r\nm=audio 9 RTP/AVP 0\r\r\na=mid:0\r\r\n"},
		{"LF CR", "v=0\n\rs=-\n\rm=audio 9 RTP/AVP 0\n\ra=mid:0\n\r"},
		{"blank lines at the end", "v=0\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\r\n\r\n"},
		{"blanks around lines", " v=0 \n  s=- \n m=audio 9 RTP/AVP 0 \n\ta=mid:0\t\n"},
		{"no v=", "o=- 1 1 IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"m= at once", "m=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"v= twice", "v=0\nv=0\nm=audio 9 RTP/AVP 0\na=mid:0\nv=1\n"},
		{"o= of five words", "v=0\no=1 1 IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"o= of two words", "v=0\no=- 1\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"o= empty", "v=0\no=\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"o= with a name of many words",
			"v=0\no=a b c d 1 1 IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"t= s= o= behind m=",
			"v=0\nm=audio 9 RTP/AVP 0\nt=0 0\ns=-\no=- 1 1 IN IP4 ::\na=mid:0\nz=\n"},
		{"unknown types",
			"v=0\nx=1\ny=0100000001\nM=audio 9 RTP/AVP 8\nm=audio 9 RTP/AVP 0\nf=v/1\n"
			"a=mid:0\n"},
		{"a type that is no letter",
			"v=0\n\xff=1\n9=2\n =3\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"a control byte where nobody looks",
			"v=0\ni=a\x01"
			"b\nm=audio 9 RTP/AVP 0\na=x:\x7f\na=\x02\na=mid:0\n"},
		{"attributes without a name",
			"v=0\na=\nm=audio 9 RTP/AVP 0\na=\na=:x\na= \na=mid:0\n"},
		{"attributes with blanks",
			"v=0\nm=audio 9 RTP/AVP 0\na=X-foo bar\na=x y:1\na= mid:0\n"},
		{"a blank before the colon", "v=0\nm=audio 9 RTP/AVP 0\na=mid :0\n"},
		{"names in capitals", "v=0\nm=audio 9 RTP/AVP 0\na=MID:0\n"},
		{"an attribute twice", "v=0\nm=audio 9 RTP/AVP 0\na=mid:0\na=mid:1\n"},
		{"an attribute of the media before it",
			"v=0\na=rtpmap:0 PCMU/8000\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"TAB", "v=0\nm=audio\t9\tRTP/AVP\t0\na=mid:0\n"},
		{"several c=",
			"v=0\nm=audio 9 RTP/AVP 0\nc=IN IP4 192.0.2.1\nc=IN IP4 192.0.2.2/1\n"
			"a=mid:0\n"},
		{"c= of another network",
			"v=0\nc=ATM NSAP 47.0091.8100\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
		{"c= of another family", "v=0\nc=IN IP7 ::1\nm=audio 9 RTP/AVP 0\na=mid:0\n"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sdp *sdp = parse(rows[i].text);
		if (sdp->n_media != 1 || sdp->media->n_format != 1) fail_msg("%s", rows[i].name);
		assert_string_equal(ts_sdp_find(&sdp->media->s, "mid", NULL)->value, "0");
		ts_sdp_destroy(&sdp);
	}
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *err;
	} rows[] = {
		{"", "line 1: a session description begins with v=0"},
		{"\r\n\r\n", "line 2: a session description begins with v=0"},
		{"v=1\n", "line 1: a session description begins with v=0"},
		{"{\"sdp\":1}", "line 1: a session description begins with v=0"},
		{"v=0\nc=IN IP4\n", "line 2: c= needs IN, IP4 or IP6, address"},
		{"v=0\nc=IN IP4 /3\n", "line 2: c= has no address"},
		{"v=0\nm=\n", "line 2: m= needs media, port, protocol and a format"},
		{"v=0\nm=audio\n", "line 2: m= needs media, port, protocol and a format"},
		{"v=0\nm=audio 9 RTP/AVP 0\x01\n", "line 2: a control byte"},
		{"v=0\r\n\r\nc=IN IP4 1.2.3.4\x7f\r\n", "line 3: a control byte"},
		{"v=0 1\n", "line 1: a session description begins with v=0"},
		{"\n v\n", "line 2: a session description begins with v=0"},
		{"INVITE sip:a@b SIP/2.0\r\n", "line 1: a session description begins with v=0"},
		{"v=0\nm=audio 9\n", "line 2: m= needs media, port, protocol and a format"},
		{"v=0\nm=audio 9 RTP/AVP \n", "line 2: m= has no format"},
		{"v=0\nm=audio 65536 RTP/AVP 0\n",
			"line 2: the port of m= is not a number up to 65535"},
		{"v=0\nm=audio -1 RTP/AVP 0\n",
			"line 2: the port of m= is not a number up to 65535"},
		{"v=0\nm=audio 9/0 RTP/AVP 0\n", "line 2: m= has a bad number of ports"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sdp *sdp;
		char err[128];
		assert_int_equal(
			ts_sdp_parse(&sdp, rows[i].text, strlen(rows[i].text), err, sizeof(err)),
			TS_EBADMSG);
		assert_string_equal(err, rows[i].err);
		assert_null(sdp);
	}
	struct ts_sdp *sdp;
	char err[8];
	assert_int_equal(ts_sdp_parse(&sdp, "v=0\nm=1", 7, err, sizeof(err)), TS_EBADMSG);
	assert_string_equal(err, "line 2:");
	assert_int_equal(ts_sdp_parse(&sdp, "v=1\0\n", 5, NULL, 0), TS_EBADMSG);
}

static void takes_nuls_at_the_end(void **state)
{
	(void)state;
	static const char text[] = "v=0\nm=audio 9 RTP/AVP 0\na=mid:0\n\0\0";
	static const char within[] = "v=0\ns=a\0b\nm=audio 9 RTP/AVP 0\n";
	struct ts_sdp *sdp;
	char err[128];
	assert_int_equal(ts_sdp_parse(&sdp, text, sizeof(text), err, sizeof(err)), 0);
	assert_int_equal(sdp->media->s.n_attr, 1);
	ts_sdp_destroy(&sdp);
	assert_int_equal(ts_sdp_parse(&sdp, within, sizeof(within), err, sizeof(err)), 0);
	assert_string_equal(sdp->name, "-");
	assert_int_equal(sdp->n_media, 1);
	ts_sdp_destroy(&sdp);
}

/* RFC 3264 6: what stands in a refused line is of no use to anybody. */
static void takes_refused_lines_without_formats(void **state)
{
	(void)state;
	static const char *const rows[] = {"m=video 0 RTP/AVP", "m=video 0 RTP/AVP ", "m=video 0",
		"m=image 0 udptl", "m=application 5000 UDP/BFCP", "m=text 0 RTP/AVP 255",
		"m=message 0 TCP/MSRP (null)", "m=video 0/0 RTP/AVP"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256], out[512], err[128];
		struct ts_sdp *sdp, *again;
		snprintf(text, sizeof(text), "v=0\nm=audio 9 RTP/AVP 0\n%s\na=mid:0\n", rows[i]);
		int rc = ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err));
		if (i + 1 == sizeof(rows) / sizeof(rows[0])) { /* a number of ports is no format */
			assert_int_equal(rc, TS_EBADMSG);
			continue;
		}
		if (rc || sdp->n_media != 2) fail_msg("%s: %s", rows[i], err);
		assert_true(*ts_sdp_first_format(&sdp->media[1]));
		again = (print(out, sizeof(out), sdp), parse(out));
		assert_int_equal(again->media[1].n_format, sdp->media[1].n_format);
		ts_sdp_destroy(&again);
		ts_sdp_destroy(&sdp);
	}
}

static void reads_connections(void **state)
{
	(void)state;
	static const struct {
		const char *line, *address;
		bool ip6, foreign;
	} rows[] = {
		{"c=IN IP4 192.0.2.1", "192.0.2.1", false, false},
		{"c=in ip4 192.0.2.1", "192.0.2.1", false, false},
		{"c=IN IP4 224.2.36.42/127/3", "224.2.36.42", false, false},
		{"c=IN IP6 FF15::101/3", "FF15::101", true, false},
		{"c=IN IP4 phone.example.com", "phone.example.com", false, false},
		{"c=IN IP7 x", "x", false, true},
		{"c=TN RFC2543 +1-201-406-4090", "+1-201-406-4090", false, true},
		{"c=IN IP4 192.0.2.1\nc=IN IP6 ::1", "192.0.2.1", false, false},
		{"c=IN  IP4\t192.0.2.1 and more", "192.0.2.1", false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256], out[512];
		snprintf(text, sizeof(text), "v=0\n%s\n", rows[i].line);
		struct ts_sdp *sdp = parse(text);
		assert_string_equal(sdp->s.address, rows[i].address);
		assert_int_equal(sdp->s.ip6, rows[i].ip6);
		assert_int_equal(sdp->s.foreign, rows[i].foreign);
		print(out, sizeof(out), sdp);
		ts_sdp_destroy(&sdp);
		sdp = parse(out);
		assert_string_equal(sdp->s.address, rows[i].address);
		assert_int_equal(sdp->s.foreign, rows[i].foreign);
		ts_sdp_destroy(&sdp);
	}
}

/* Lines that nothing ends must not be looked at again and again. */
static void reads_long_runs_once(void **state)
{
	(void)state;
	static char text[TS_SDP_BYTES_MAX];
	char err[128];
	struct ts_sdp *sdp;
	memset(text, '\r', sizeof(text));
	memcpy(text, "v=0", 3);
	assert_int_equal(ts_sdp_parse(&sdp, text, sizeof(text), err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);
}

/* head, then n times line */
static int parse_many(struct ts_sdp **sdp, const char *head, const char *line, size_t n)
{
	size_t cap = strlen(head) + n * strlen(line) + 1, at = strlen(head);
	char err[128], *text = malloc(cap);
	memcpy(text, head, at);
	for (size_t i = 0; i < n; i++, at += strlen(line)) memcpy(text + at, line, strlen(line));
	int rc = ts_sdp_parse(sdp, text, at, err, sizeof(err));
	free(text);
	return rc;
}

static void has_limits(void **state)
{
	(void)state;
	static const struct {
		const char *name, *head, *line;
		size_t most;
	} rows[] = {
		{"m-lines", "v=0\n", "m=a 1 b c\n", TS_SDP_MEDIA_MAX},
		{"attributes", "v=0\n", "a=x\n", TS_SDP_ATTR_MAX},
		{"formats", "v=0\nm=a 1 b", " 0", TS_SDP_FORMAT_MAX},
		{"a format's length", "v=0\nm=a 1 b ", "x", TS_SDP_TOKEN_MAX},
		/* never whole: wrong below the limit, too long above */
		{"a media type's length", "v=0\nm=", "x", 0},
		{"bytes", "v=0\n\na=x:", "y", TS_SDP_BYTES_MAX - 9},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sdp *sdp;
		if (rows[i].most && parse_many(&sdp, rows[i].head, rows[i].line, rows[i].most))
			fail_msg("%s", rows[i].name);
		if (rows[i].most) ts_sdp_destroy(&sdp);
		size_t over = rows[i].most ? rows[i].most + 1 : TS_SDP_TOKEN_MAX + 1;
		if (parse_many(&sdp, rows[i].head, rows[i].line, over) != TS_ELIMIT)
			fail_msg("%s: one more", rows[i].name);
		assert_null(sdp);
	}
}

static void writes_what_it_read(void **state)
{
	(void)state;
	static const char text[] =
		"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nb=AS:64\r\n"
		"t=0 0\r\n"
		"a=group:BUNDLE 0\r\na=ice-lite\r\nm=audio 9/2 RTP/AVP 0 8\r\nb=TIAS:1000\r\n"
		"a=fmtp:8 a=1;b\r\nm=video 0 X y\r\n";
	char out[1024];
	struct ts_sdp *sdp = parse(text);
	print(out, sizeof(out), sdp);
	assert_string_equal(out, text);
	ts_sdp_destroy(&sdp);

	sdp = parse("v=0\n");
	print(out, sizeof(out), sdp);
	assert_string_equal(out, "v=0\r\no=- - - IN IP4 -\r\ns=-\r\nt=0 0\r\n");
	ts_sdp_destroy(&sdp);
}

static void writes_no_line_into_a_value(void **state)
{
	(void)state;
	char out[32];
	struct ts_wr w = ts_wr(out, sizeof(out));
	ts_sdp_line(&w, 'a', "mid:%s", "0");
	assert_false(w.bad);
	assert_int_equal(ts_wr_len(&w), 9);
	assert_memory_equal(out, "a=mid:0\r\n", 9);
	ts_sdp_line(&w, 'a', "mid:%s", "0\r\na=x");
	assert_true(w.bad);

	for (size_t cap = 0; cap < 9; cap++) { /* guarded by the sanitizer */
		char *small = malloc(cap + 1);
		w = ts_wr(small, cap);
		ts_sdp_line(&w, 'a', "mid:%s", "0");
		assert_true(w.bad);
		free(small);
	}
}

static void reads_payload_types(void **state)
{
	(void)state;
	struct ts_sdp_rtpmap map;
	assert_int_equal(ts_sdp_rtpmap_parse(&map, "111 opus/48000/2"), 0);
	assert_int_equal(map.pt, 111);
	assert_string_equal(map.name, "opus");
	assert_int_equal(map.clock_hz, 48000);
	assert_int_equal(map.channels, 2);
	assert_int_equal(ts_sdp_rtpmap_parse(&map, " 96  VP8/90000 "), 0);
	assert_int_equal(map.channels, 0);
	static const char *const bad[] = {"", "96", "128 VP8/90000", "96 VP8", "96 VP8/",
		"96 VP8/x", "96 VP8/0", "96 /90000", "96 VP8/90000/", "96 VP8/90000/x",
		"x VP8/90000", "96 VP8/99999999999", "-1 VP8/90000",
		"96 nameofmorethanthirtyonecharactersx/8000"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!ts_sdp_rtpmap_parse(&map, bad[i])) fail_msg("%s", bad[i]);
	assert_int_equal(ts_sdp_rtpmap_static(&map, 9), 0);
	assert_string_equal(map.name, "G722");
	assert_int_equal(ts_sdp_rtpmap_static(&map, 96), TS_ENOTFOUND);

	int pt;
	const char *rest;
	assert_int_equal(ts_sdp_pt_parse(&pt, &rest, "96 nack pli"), 0);
	assert_int_equal(pt, 96);
	assert_string_equal(rest, "nack pli");
	assert_int_equal(ts_sdp_pt_parse(&pt, &rest, "* ccm fir"), 0);
	assert_int_equal(pt, -1);
	assert_int_equal(ts_sdp_pt_parse(&pt, &rest, "*"), TS_EBADMSG);
	assert_int_equal(ts_sdp_pt_parse(&pt, &rest, "200 nack"), TS_EBADMSG);
	assert_int_equal(ts_sdp_format_pt("0"), 0);
	assert_int_equal(ts_sdp_format_pt("webrtc-datachannel"), -1);
	assert_int_equal(ts_sdp_fmtp_number("apt=96", "apt"), 96);
	assert_int_equal(ts_sdp_fmtp_number("rtx-time=3000; APT=7", "apt"), 7);
	assert_int_equal(ts_sdp_fmtp_number("xapt=96;apt", "apt"), -1);
	assert_int_equal(ts_sdp_fmtp_number("apt=", "apt"), -1);
}

static void reads_streams_and_extensions(void **state)
{
	(void)state;
	struct ts_sdp_extmap ext;
	assert_int_equal(ts_sdp_extmap_parse(&ext, "2/recvonly urn:x more"), 0);
	assert_int_equal(ext.id, 2);
	assert_true(ext.has_dir);
	assert_int_equal(ext.dir, TS_SDP_RECVONLY);
	assert_int_equal(ext.uri_len, 5);
	assert_int_equal(ts_sdp_extmap_parse(&ext, "14 urn:y"), 0);
	assert_false(ext.has_dir);
	assert_int_equal(ext.dir, TS_SDP_SENDRECV);
	static const char *const bad_ext[] = {
		"", "1", "1 ", "0 urn:x", "1/ urn:x", "1/both urn:x", "65536 urn:x", "a urn:x"};
	for (size_t i = 0; i < sizeof(bad_ext) / sizeof(bad_ext[0]); i++)
		if (!ts_sdp_extmap_parse(&ext, bad_ext[i])) fail_msg("%s", bad_ext[i]);

	struct ts_sdp_ssrc ssrc;
	assert_int_equal(ts_sdp_ssrc_parse(&ssrc, "4294967295 cname:x y"), 0);
	assert_int_equal(ssrc.ssrc, 4294967295u);
	assert_string_equal(ssrc.what, "cname:x y");
	assert_int_equal(ts_sdp_ssrc_parse(&ssrc, "4294967296 cname:x"), TS_EBADMSG);

	struct ts_sdp_rid rid;
	assert_int_equal(ts_sdp_rid_parse(&rid, "h send pt=96;max-width=640"), 0);
	assert_string_equal(rid.id, "h");
	assert_int_equal(rid.dir, TS_SDP_SENDONLY);
	assert_string_equal(rid.rest, "pt=96;max-width=640");
	assert_int_equal(ts_sdp_rid_parse(&rid, "a-Z_09 recv"), 0);
	assert_int_equal(rid.dir, TS_SDP_RECVONLY);
	static const char *const bad_rid[] = {"", "h", "h both", "\xc3\xa9 send", "\xff send",
		"a\" send", "a\\ send", "a.b send", "h send max-width=\xff", "h send a\tb",
		"abcdefghijklmnopqrstuvwxyzabcdefgh send"};
	for (size_t i = 0; i < sizeof(bad_rid) / sizeof(bad_rid[0]); i++)
		if (!ts_sdp_rid_parse(&rid, bad_rid[i])) fail_msg("%s", bad_rid[i]);
}

static void reads_transport(void **state)
{
	(void)state;
	struct ts_sdp_fingerprint fp;
	assert_int_equal(
		ts_sdp_fingerprint_parse(
			&fp, "SHA-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c:3d"),
		0);
	assert_int_equal(fp.hash, TS_SDP_SHA1);
	assert_string_equal(
		fp.text, "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:0A:1B:2C:3D");
	assert_int_equal(ts_sdp_fingerprint_parse(&fp, "md5 00:11"), 0);
	assert_int_equal(fp.hash, TS_SDP_HASH_UNKNOWN);
	static const char *const bad_fp[] = {"", "sha-1", "sha-1 00",
		"sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c",
		"sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c:3d:4e",
		"sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c:3",
		"sha-1 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:0a:1b:2c:xx"};
	for (size_t i = 0; i < sizeof(bad_fp) / sizeof(bad_fp[0]); i++)
		if (!ts_sdp_fingerprint_parse(&fp, bad_fp[i])) fail_msg("%s", bad_fp[i]);

	enum ts_sdp_setup setup;
	assert_int_equal(ts_sdp_setup_parse(&setup, "passive"), 0);
	assert_int_equal(setup, TS_SDP_PASSIVE);
	assert_int_equal(ts_sdp_setup_parse(&setup, "passiv"), TS_EBADMSG);
}

static void reads_groups_and_times(void **state)
{
	(void)state;
	assert_true(ts_sdp_group_has("BUNDLE 0 1", "1"));
	assert_true(ts_sdp_group_has("BUNDLE 0  1 ", "0"));
	assert_false(ts_sdp_group_has("BUNDLE 01", "0"));
	assert_false(ts_sdp_group_has("BUNDLE", "BUNDLE"));
	struct ts_sdp *sdp = parse(
		"v=0\na=group:LS 0 1\na=group:BUNDLEX 9\na=group:BUNDLE 7\na=ptime:0.125\n"
		"a=maxptime:x\n");
	assert_string_equal(ts_sdp_bundle(sdp, NULL)->value, "BUNDLE 7");
	assert_int_equal(ts_sdp_ptime_ms(&sdp->s, "ptime"), 1);
	assert_int_equal(ts_sdp_ptime_ms(&sdp->s, "maxptime"), 0);
	ts_sdp_destroy(&sdp);
	assert_true(ts_sdp_is_token("audio0-x.y"));
	assert_false(ts_sdp_is_token(""));
	assert_false(ts_sdp_is_token("a;b"));
	assert_int_equal(ts_sdp_dir_reverse(TS_SDP_SENDONLY), TS_SDP_RECVONLY);
	assert_int_equal(ts_sdp_dir_reverse(TS_SDP_SENDRECV), TS_SDP_SENDRECV);
	assert_int_equal(ts_sdp_dir_reverse(TS_SDP_INACTIVE), TS_SDP_INACTIVE);
}

/* ---- descriptions of real endpoints, where they are at hand */

/* Comment lines are an addition of the collection they come from, not SDP. */
static size_t drop_comments(char *text, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n;) {
		char *lf = memchr(text + i, '\n', n - i);
		size_t len = lf ? (size_t)(lf - (text + i)) + 1 : n - i;
		if (text[i] != ';') {
			memmove(text + out, text + i, len);
			out += len;
		}
		i += len;
	}
	return out;
}

static void parses_and_writes_again(const char *path, char *text, size_t n)
{
	static char once[TS_SDP_BYTES_MAX * 2], twice[TS_SDP_BYTES_MAX * 2];
	char err[128];
	struct ts_sdp *sdp;
	n = drop_comments(text, n);
	int rc = ts_sdp_parse(&sdp, text, n, err, sizeof(err));
	if (rc) fail_msg("%s: %s", path, err);
	size_t len = print(once, sizeof(once), sdp);
	ts_sdp_destroy(&sdp);
	rc = ts_sdp_parse(&sdp, once, len, err, sizeof(err));
	if (rc) fail_msg("%s, written: %s", path, err);
	print(twice, sizeof(twice), sdp);
	assert_string_equal(once, twice);
	ts_sdp_destroy(&sdp);
}

static int parse_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;
	for (struct dirent *e; dir && (e = readdir(dir));) {
		static char text[TS_SDP_BYTES_MAX];
		char path[512];
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (!strstr(e->d_name, ".sdp")) continue;
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		parses_and_writes_again(path, text, fread(text, 1, sizeof(text), f));
		fclose(f);
		n++;
	}
	if (dir) closedir(dir);
	return n;
}

static void parses_every_known_endpoint(void **state)
{
	(void)state;
	static const char root[] = "../shared/media/conformance";
	if (access(root, R_OK)) skip();
	assert_true(parse_folder("../shared/media/conformance/sdp_browser/generated_here") >= 8);
	assert_true(parse_folder("../shared/media/conformance/sdp_browser/sdp-transform") >= 20);
	assert_true(parse_folder("../shared/media/conformance/sdp_browser/webrtc-sdp") >= 40);
	assert_true(parse_folder("../shared/media/conformance/sdp_rooms") >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_whole_description),
		cmocka_unit_test(takes_what_endpoints_do),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(takes_nuls_at_the_end),
		cmocka_unit_test(takes_refused_lines_without_formats),
		cmocka_unit_test(reads_connections),
		cmocka_unit_test(reads_long_runs_once),
		cmocka_unit_test(has_limits),
		cmocka_unit_test(writes_what_it_read),
		cmocka_unit_test(writes_no_line_into_a_value),
		cmocka_unit_test(reads_payload_types),
		cmocka_unit_test(reads_streams_and_extensions),
		cmocka_unit_test(reads_transport),
		cmocka_unit_test(reads_groups_and_times),
		cmocka_unit_test(parses_every_known_endpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
