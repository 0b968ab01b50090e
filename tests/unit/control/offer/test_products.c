/* Offers as rooms, phones, gateways and servers of many makers write them (products/NAME.sdp, made
 * after what these are known to send), and oddities of their fields. Each says in its first line
 * which m-lines are to be taken; whatever is answered must be an answer of RFC 3264 to it. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FOLDER "tests/unit/control/offer/products/"
enum { FILES_LEAST = 80, TEXT_MAX = 16384 };

/* ---- judging an answer */

static bool read_map(struct ts_sdp_rtpmap *out, const struct ts_sdp_media *m, int pt)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "rtpmap", a));)
		if (!ts_sdp_rtpmap_parse(out, a->value) && out->pt == pt) return true;
	return !ts_sdp_rtpmap_static(out, (unsigned)pt);
}

static const char *fmtp_of(const struct ts_sdp_media *m, int wanted)
{
	const char *rest;
	int pt;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "fmtp", a));)
		if (!ts_sdp_pt_parse(&pt, &rest, a->value) && pt == wanted) return rest;
	return "";
}

/* Three bytes, in hexadecimal. */
static unsigned long level_of(const char *fmtp)
{
	const char *at = strcasestr(fmtp, "profile-level-id");
	if (!at) return 0x42000a;
	at += strcspn(at, "=") + 1;
	return strtoul(at + strspn(at, " "), NULL, 16);
}

static long mode_of(const char *fmtp)
{
	const char *at = strcasestr(fmtp, "packetization-mode");
	return at ? strtol(at + strcspn(at, "0123456789"), NULL, 10) : 0;
}

/* RFC 6184 8.2.2: mode and profile are the offer's, and so is the level, or it is lower. */
static const char *judge_h264(const char *theirs, const char *ours)
{
	static const char asymmetry[] = "level-asymmetry-allowed=1";
	const unsigned long offered = level_of(theirs), said = level_of(ours);
	if (mode_of(theirs) != mode_of(ours)) return "another packetization-mode";
	if (offered >> 16 != said >> 16) return "another profile";
	return (said & 255) > (offered & 255) &&
			!(strstr(theirs, asymmetry) && strstr(ours, asymmetry))
		? "a higher level"
		: NULL;
}

static const char *judge_format(
	const struct ts_sdp_media *theirs, const struct ts_sdp_media *ours, const char *format)
{
	const int pt = ts_sdp_format_pt(format);
	struct ts_sdp_rtpmap offered, said;
	bool is_there = false;
	for (size_t i = 0; i < theirs->n_format; i++)
		is_there |= ts_sdp_format_pt(theirs->format[i]) == pt;
	if (pt < 0 || !is_there) return "a format that was not offered";
	if (!read_map(&offered, theirs, pt) || !read_map(&said, ours, pt)) return "no rtpmap";
	if (strcasecmp(offered.name, said.name) != 0 || offered.clock_hz != said.clock_hz)
		return "another meaning of a number";
	return strcasecmp(said.name, "H264") != 0
		? NULL
		: judge_h264(fmtp_of(theirs, pt), fmtp_of(ours, pt));
}

static const char *judge_line(const struct ts_sdp *offer, const struct ts_sdp *answer, size_t i)
{
	const struct ts_sdp_media *theirs = &offer->media[i], *ours = &answer->media[i];
	const char *why = NULL;
	if (strcasecmp(theirs->kind, ours->kind) != 0 ||
		strcasecmp(theirs->proto, ours->proto) != 0)
		return "another kind of line";
	if (!ours->port || !(ts_sdp_is(ours, "audio") || ts_sdp_is(ours, "video"))) return NULL;
	for (size_t k = 0; !why && k < ours->n_format; k++)
		why = judge_format(theirs, ours, ours->format[k]);
	if (why) return why;
	if (ts_sdp_direction(answer, ours) & ~ts_sdp_dir_reverse(ts_sdp_direction(offer, theirs)))
		return "a direction that was not offered";
	if (ts_sdp_has(&ours->s, "rtcp-mux") && !ts_sdp_has(&theirs->s, "rtcp-mux"))
		return "rtcp-mux that was not offered";
	if (!strcasecmp(ours->proto, "RTP/SAVP") && !ts_sdp_has(&ours->s, "crypto"))
		return "no key";
	return NULL;
}

/* "on off": of each m-line. */
static void print_lines(char *out, size_t cap, const struct ts_sdp *answer)
{
	size_t n = 0;
	for (size_t i = 0; i < answer->n_media; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", i ? " " : "",
			answer->media[i].port ? "on" : "off");
}

/* ---- the files */

static void answer_one(const char *name, const char *wanted, const char *text)
{
	static char written[TS_SDP_BYTES_MAX];
	const struct ts_sip_sdp_policy policy = {.srtp = TS_SIP_SRTP_OFFERED,
		.receive_kbps = 1500,
		.content = true,
		.bfcp_fingerprint = "sha-256 EE:00"};
	const struct ts_transport_local local = {
		.port = {{20000, 20001}, {20002, 20003}, {20004, 20005}}};
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	struct ts_sdp *offer = NULL, *answer = NULL;
	struct ts_wr w = ts_wr(written, sizeof(written));
	char err[200] = "", lines[200] = "";
	assert_non_null(s);
	if (ts_sdp_parse(&offer, text, strlen(text), err, sizeof(err)))
		fail_msg("%s: %s", name, err);
	const int rc = ts_sip_sdp_answer(s, offer, &policy, err, sizeof(err));
	if (!strcmp(wanted, "none")) {
		if (rc != TS_EUNSUPPORTED) fail_msg("%s: %s", name, ts_strerror(rc));
	} else if (rc) {
		fail_msg("%s: %s", name, err);
	} else {
		s->bfcp.local_port = s->bfcp.used ? 20006 : 0;
		assert_int_equal(ts_sip_sdp_write(&w, s, &local, "192.0.2.99", &policy), 0);
		assert_int_equal(
			ts_sdp_parse(&answer, written, ts_wr_len(&w), err, sizeof(err)), 0);
		assert_int_equal(answer->n_media, offer->n_media);
		print_lines(lines, sizeof(lines), answer);
		if (strcmp(lines, wanted) != 0) fail_msg("%s: %s, not %s", name, lines, wanted);
		for (size_t i = 0; i < answer->n_media; i++) {
			const char *why = judge_line(offer, answer, i);
			if (why) fail_msg("%s, line %zu: %s in\n%s", name, i, why, written);
		}
	}
	ts_sdp_destroy(&offer);
	ts_sdp_destroy(&answer);
	free(s);
}

static void each_is_answered(void **state)
{
	static char text[TEXT_MAX];
	DIR *folder = opendir(FOLDER);
	const struct dirent *entry;
	char path[400], wanted[200];
	int n = 0;
	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (!strstr(entry->d_name, ".sdp")) continue;
		snprintf(path, sizeof(path), FOLDER "%s", entry->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		assert_non_null(fgets(wanted, sizeof(wanted), f));
		wanted[strcspn(wanted, "\n")] = '\0';
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
		answer_one(entry->d_name, wanted + 2, text);
		n++;
	}
	closedir(folder);
	assert_true(n >= FILES_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_answered)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
