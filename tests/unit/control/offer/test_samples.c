/* Descriptions of real browsers, libraries and room systems through both engines, where they are at
 * hand: each is answered lawfully, or refused with a reason. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/control/negotiation.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOT "../shared/media/conformance/"

static struct ts_sip_session *session;

struct count {
	int files, webrtc, sip;
};

/* Comment lines are an addition of the collection they come from, not SDP. */
static size_t read_sample(char *text, size_t cap, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;
	assert_non_null(f);
	while (n + 2 < cap && fgets(text + n, (int)(cap - n), f))
		if (text[n] != ';') n += strlen(text + n);
	fclose(f);
	return n;
}

static void answer_by_webrtc(struct count *count, const char *path, const char *text, size_t n)
{
	bool answered = false;
	for (int kind = TS_OFFER_JOIN; kind <= TS_OFFER_CONTRIBUTE; kind++) {
		const struct ts_offer_policy policy = {
			.kind = (enum ts_offer_kind)kind, .twcc = true, .cvo = true};
		int rc = ts_n_make_plan(text, n, &policy);
		if (rc && !*ts_n_err) fail_msg("%s: %s without a reason", path, ts_strerror(rc));
		if (rc == TS_EBADMSG || rc == TS_ELIMIT)
			fail_msg("%s: %s", path, ts_n_err); /* all of these can be read */
		if (rc) continue;
		ts_n_make_answer(); /* judged there */
		answered = true;
	}
	count->webrtc += answered;
}

static void answer_by_sip(struct count *count, const char *path, const char *text, size_t n)
{
	static char answer[TS_SDP_BYTES_MAX];
	const struct ts_sip_sdp_policy policy = {.srtp = TS_SIP_SRTP_OFFERED, .receive_kbps = 1500};
	const struct ts_transport_local local = {.port = {{20000, 20001}, {20002, 20003}}};
	struct ts_wr w = ts_wr(answer, sizeof(answer));
	struct ts_sdp *offer, *ours;
	char err[200] = "";
	assert_int_equal(ts_sdp_parse(&offer, text, n, err, sizeof(err)), 0);
	memset(session, 0, sizeof(*session));
	int rc = ts_sip_sdp_answer(session, offer, &policy, err, sizeof(err));
	if (rc && !*err) fail_msg("%s: %s without a reason", path, ts_strerror(rc));
	if (!rc) {
		count->sip++;
		assert_int_equal(ts_sip_sdp_write(&w, session, &local, "192.0.2.99", &policy), 0);
		assert_int_equal(ts_sdp_parse(&ours, answer, ts_wr_len(&w), err, sizeof(err)), 0);
		assert_int_equal(ours->n_media, offer->n_media);
		for (size_t i = 0; i < ours->n_media; i++) {
			assert_string_equal(ours->media[i].kind, offer->media[i].kind);
			assert_string_equal(ours->media[i].proto, offer->media[i].proto);
		}
		ts_sdp_destroy(&ours);
	}
	ts_sdp_destroy(&offer);
}

static struct count run_folder(const char *folder)
{
	struct count count = {0};
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir && (e = readdir(dir));) {
		static char text[TS_SDP_BYTES_MAX];
		char path[512];
		if (!strstr(e->d_name, ".sdp")) continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		size_t n = read_sample(text, sizeof(text), path);
		answer_by_webrtc(&count, path, text, n);
		answer_by_sip(&count, path, text, n);
		count.files++;
	}
	if (dir) closedir(dir);
	return count;
}

static void answers_samples(void **state)
{
	static const struct {
		const char *folder;
		struct count least;
	} rows[] = {
		{ROOT "sdp_browser/generated_here", {8, 8, 0}},
		{ROOT "sdp_browser/sdp-transform", {20, 3, 3}},
		{ROOT "sdp_browser/webrtc-sdp", {40, 2, 0}},
		{ROOT "sdp_rooms", {10, 0, 9}},
	};
	(void)state;
	DIR *dir = opendir(ROOT);
	if (!dir) skip();
	closedir(dir);
	session = malloc(sizeof(*session));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct count count = run_folder(rows[i].folder), *least = &rows[i].least;
		print_message("%s: %d files, %d answered by WebRTC, %d by SIP\n", rows[i].folder,
			count.files, count.webrtc, count.sip);
		assert_true(count.files >= least->files && count.webrtc >= least->webrtc &&
			count.sip >= least->sip);
	}
	free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers_samples)};
	return cmocka_run_group_tests(tests, ts_n_setup, ts_n_teardown);
}
