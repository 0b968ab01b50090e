/* tessera - the process: command line, log, signals, memory; what runs in it is server/.
 *
 *   config -> log -> server
 */
#include "base/crash.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "codec/libav.h"
#include "config/options.h"
#include "doctor/doctor.h"
#include "server/server.h"
#include <gio/gio.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Blocked in every thread, read from a descriptor on the control loop. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Pictures go back to the system when their room ends: without a fixed threshold glibc raises it
 * with each one freed, and with many arenas each thread keeps its own heap. */
static void tune_malloc(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	mallopt(M_ARENA_MAX, 2);
}

/* A participant takes one descriptor and one more for each local address. What GLib opens once in a
 * process, for its default context and GTask's worker, is opened now: it ends the process when
 * there is none left later. */
static void allow_descriptors(void)
{
	ts_descriptors_init();
	g_main_context_default();
	g_type_ensure(G_TYPE_TASK);
}

int main(int argc, char **argv)
{
	static struct ts_server server;
	sigset_t signals;
	tune_malloc();
	ts_config_init_defaults(&server.config);
	int exit_code = ts_options_parse(&server.config, argc, argv, TS_VERSION, stdout, stderr);
	if (exit_code == TS_OPTIONS_RUN) {
		block_signals(&signals);
		allow_descriptors();
		ts_log_init();
		ts_log_set_format(
			(enum ts_log_format)server.config.log.format, getenv("JOURNAL_STREAM"));
		ts_log_set_level((enum ts_log_level)server.config.log.level);
		ts_crash_init();
		ts_libav_init();
		server.argc = argc;
		server.argv = argv;
		exit_code = ts_server_run(&server, &signals);
		ts_server_destroy(&server);
	}
	if (exit_code == TS_OPTIONS_DOCTOR || exit_code == TS_OPTIONS_DOCTOR_JSON) {
		ts_libav_init();
		exit_code = ts_doctor_run(
			&server.config, exit_code == TS_OPTIONS_DOCTOR_JSON, stdout);
	}
	ts_config_fini(&server.config);
	return exit_code;
}
