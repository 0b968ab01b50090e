/* folders - can what lasts be written, and is there room for it? */
#include "doctor/doctor.h"
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* [give] Where something of the server's is without a setting: $STATE_DIRECTORY, else as XDG has
 * it. */
static char *state_folder(const char *set)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (*set) return g_strdup(set);
	/* systemd may name several */
	if (systemd && *systemd) return g_strndup(systemd, strcspn(systemd, ":"));
	return g_build_filename(g_get_user_state_dir(), "tessera", NULL);
}

/* [give] It, or what is above it and there. */
static char *nearest(const char *path)
{
	char *at = g_strdup(path);
	while (!g_file_test(at, G_FILE_TEST_EXISTS) && strcmp(at, "/") != 0 &&
		strcmp(at, ".") != 0) {
		char *above = g_path_get_dirname(at);
		g_free(at);
		at = above;
	}
	return at;
}

/* By a file that is made and removed: rights, read-only mounts and quotas all count. */
static int try_write(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, ".tessera-doctor-XXXXXX", NULL);
	int fd = g_mkstemp(path);
	if (fd < 0) return errno;
	const int err = write(fd, "x", 1) == 1 ? 0 : errno;
	close(fd);
	g_unlink(path);
	return err;
}

static void check(struct ts_report *report, const char *key, const char *folder)
{
	g_autofree char *there = nearest(folder);
	const int err = g_file_test(there, G_FILE_TEST_IS_DIR) ? try_write(there) : ENOTDIR;
	if (err)
		ts_report_add(report, "folders", TS_FINDING_BAD,
			"make it, and give it to the user that the server runs as: `install -d -o "
			"tessera`",
			"%s: %s: %s", key, folder, strerror(err));
	else
		ts_report_add(report, "folders", TS_FINDING_GOOD, NULL, "%s: %s can be written",
			key, folder);
}

static void check_space(struct ts_report *report, const char *folder, int min_free_mb)
{
	g_autofree char *there = nearest(folder);
	struct statvfs st;
	if (statvfs(there, &st)) return;
	const unsigned long long mb = (unsigned long long)st.f_bavail * st.f_frsize >> 20;
	if (mb < (unsigned long long)min_free_mb)
		ts_report_add(report, "folders", TS_FINDING_BAD,
			"make room, or take another disk (recording.dir)",
			"recording.dir: %llu MB are free, and recording.min_free_mb is %d", mb,
			min_free_mb);
	else
		ts_report_add(report, "folders", TS_FINDING_GOOD, NULL,
			"recording.dir: %llu MB are free", mb);
}

void ts_doctor_folders(struct ts_report *report, const struct ts_config *config)
{
	g_autofree char *state = state_folder(config->node.state_dir);
	g_autofree char *own = state_folder("");
	g_autofree char *recordings = *config->recording.dir
		? g_strdup(config->recording.dir)
		: g_build_filename(own, "recordings", NULL);
	check(report, "node.state_dir", state);
	check(report, "recording.dir", recordings);
	check_space(report, recordings, config->recording.min_free_mb);
	if (*config->cdr.file) {
		g_autofree char *folder = g_path_get_dirname(config->cdr.file);
		check(report, "cdr.file", folder);
	}
	if (*config->inputs.media_dir && access(config->inputs.media_dir, R_OK | X_OK))
		ts_report_add(report, "folders", TS_FINDING_BAD,
			"make it, readable by the user that the server runs as",
			"inputs.media_dir: %s: %s", config->inputs.media_dir, strerror(errno));
}
