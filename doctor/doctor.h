/* doctor - looks whether a server with these settings can work on this machine, and says what is
 * wrong and how to mend it: `tessera doctor`.
 *
 *   settings -> checks, in order -> report: findings -> text or JSON, exit status
 *
 * Nothing is changed but files that are made and removed again to see whether they can be; no
 * packet leaves the machine but questions to DNS for servers that the settings name. It needs no
 * rights that the server has not.
 * Thread  main, before or beside a server; a server that runs with the same settings has the ports.
 */
#ifndef TS_DOCTOR_DOCTOR_H
#define TS_DOCTOR_DOCTOR_H

#include "config/config.h"
#include <stdio.h>

enum ts_finding_kind {
	TS_FINDING_GOOD,
	TS_FINDING_WARNING, /* works, but not as well, or not for long */
	TS_FINDING_BAD,     /* something that the settings ask for will not work */
	TS_FINDING_KINDS
};

struct ts_report;

struct ts_report *ts_report_new(void);
void ts_report_free(struct ts_report *report);
/* check: of what; mend: what to do about it, constant, NULL for what is good. At most 200 findings:
 * later ones are left out. */
void ts_report_add(struct ts_report *report, const char *check, enum ts_finding_kind kind,
	const char *mend, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
unsigned ts_report_count(const struct ts_report *report, enum ts_finding_kind kind);
void ts_report_print(const struct ts_report *report, FILE *out);
/* {"ok": bool, "findings": [{"check", "status": "good" | "warning" | "bad", "what", "mend"}]} */
void ts_report_print_json(const struct ts_report *report, FILE *out);

/* The checks; each adds one finding at least. */
void ts_doctor_ports(struct ts_report *report, const struct ts_config *config);
void ts_doctor_certificates(struct ts_report *report, const struct ts_config *config);
void ts_doctor_network(struct ts_report *report, const struct ts_config *config);
void ts_doctor_folders(struct ts_report *report, const struct ts_config *config);
void ts_doctor_media(struct ts_report *report, const struct ts_config *config);
void ts_doctor_machine(struct ts_report *report, const struct ts_config *config);

/* All of them, printed; the exit status: 0, or 1 where something is bad. */
int ts_doctor_run(const struct ts_config *config, bool json, FILE *out);

#endif
