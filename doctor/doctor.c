#include "doctor/doctor.h"

int ts_doctor_run(const struct ts_config *config, bool json, FILE *out)
{
	struct ts_report *report = ts_report_new();
	ts_doctor_ports(report, config);
	ts_doctor_certificates(report, config);
	ts_doctor_network(report, config);
	ts_doctor_folders(report, config);
	ts_doctor_media(report, config);
	ts_doctor_machine(report, config);
	if (json)
		ts_report_print_json(report, out);
	else
		ts_report_print(report, out);
	const bool bad = ts_report_count(report, TS_FINDING_BAD);
	ts_report_free(report);
	return bad;
}
