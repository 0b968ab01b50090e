#include "doctor/doctor.h"
#include <arpa/inet.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* after the standard headers it needs */
#include <cmocka.h>

static char *printed(
	const struct ts_report *report, void (*print)(const struct ts_report *, FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	print(report, out);
	fclose(out);
	return text;
}

static void a_report_is_text_and_json(void **state)
{
	struct ts_report *report = ts_report_new();
	(void)state;
	ts_report_add(report, "ports", TS_FINDING_GOOD, NULL, "port %d is free", 80);
	ts_report_add(report, "clock", TS_FINDING_BAD, "set it", "%s", "\x1b[31m\"x\"\n\xff");
	char *text = printed(report, ts_report_print),
	     *json = printed(report, ts_report_print_json);
	assert_string_equal(text,
		"good     ports         port 80 is free\n"
		"bad      clock         ?[31m\"x\"??\n"
		"                       -> set it\n"
		"1 good, 0 warnings, 1 bad\n");
	json_t *all = json_loads(json, 0, NULL);
	assert_non_null(all);
	assert_true(json_is_false(json_object_get(all, "ok")));
	const json_t *second = json_array_get(json_object_get(all, "findings"), 1);
	assert_string_equal(json_string_value(json_object_get(second, "status")), "bad");
	assert_string_equal(json_string_value(json_object_get(second, "what")), "?[31m\"x\"??");
	assert_string_equal(json_string_value(json_object_get(second, "mend")), "set it");
	json_decref(all);
	free(text);
	free(json);
	ts_report_free(report);
}

static void it_is_bounded(void **state)
{
	struct ts_report *report = ts_report_new();
	(void)state;
	for (int i = 0; i < 1000; i++)
		ts_report_add(report, "x", TS_FINDING_WARNING, "y", "%0600d", i);
	assert_int_equal(ts_report_count(report, TS_FINDING_WARNING), 200);
	ts_report_free(report);
}

static void a_port_in_use_is_found(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	struct ts_config config;
	char err[TS_CONFIG_ERR_MAX], set[64];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)state;
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	ts_config_init_defaults(&config);
	snprintf(set, sizeof(set), "http.listen=127.0.0.1:%u", ntohs(at.sin_port));
	ts_config_set(&config, set, err, sizeof(err));
	ts_config_set(&config, "sip.listen=", err, sizeof(err));
	ts_config_set(&config, "media.ports=29000-29199", err, sizeof(err));
	struct ts_report *report = ts_report_new();
	ts_doctor_ports(report, &config);
	assert_int_equal(ts_report_count(report, TS_FINDING_BAD), 1);
	char *text = printed(report, ts_report_print);
	assert_non_null(strstr(text, "Address already in use"));
	free(text);
	ts_report_free(report);
	close(fd);
	report = ts_report_new();
	ts_doctor_ports(report, &config);
	assert_int_equal(ts_report_count(report, TS_FINDING_BAD), 0);
	ts_report_free(report);
	ts_config_fini(&config);
}

static void folders_are_tried(void **state)
{
	struct ts_config config;
	char err[TS_CONFIG_ERR_MAX];
	(void)state;
	ts_config_init_defaults(&config);
	ts_config_set(&config, "node.state_dir=/proc/nothing/here", err, sizeof(err));
	ts_config_set(&config, "recording.dir=/tmp/tessera-doctor-none/below", err, sizeof(err));
	ts_config_set(&config, "recording.min_free_mb=0", err, sizeof(err));
	struct ts_report *report = ts_report_new();
	ts_doctor_folders(report, &config);
	assert_int_equal(ts_report_count(report, TS_FINDING_BAD), 1);
	assert_int_not_equal(access("/tmp/tessera-doctor-none", F_OK), 0);
	ts_report_free(report);
	ts_config_fini(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_text_and_json),
		cmocka_unit_test(it_is_bounded),
		cmocka_unit_test(a_port_in_use_is_found),
		cmocka_unit_test(folders_are_tried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
