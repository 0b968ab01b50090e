#include "control/recordings/hook.h"

#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/recordings/files.h"
#include "mixer/sink/writer.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNNING_MAX = 2, WAITING_MAX = 64 };

struct ts_hook {
	struct ts_loop *loop;
	char *program;
	GQueue waiting; /* of struct run */
	GQueue running;
};

/* One run of the program. */
struct run {
	struct ts_hook *hook;
	struct ts_watch watch; /* of its pidfd: readable when it has ended */
	pid_t pid;
	char id[TS_ULID_LEN + 1];
	char **env;
};

struct ts_hook *ts_hook_new(struct ts_loop *loop, const char *program)
{
	struct ts_hook *h = g_new0(struct ts_hook, 1);
	h->loop = loop;
	h->program = g_strdup(program);
	g_queue_init(&h->waiting);
	g_queue_init(&h->running);
	return h;
}

static void run_free(gpointer arg)
{
	struct run *run = arg;
	g_strfreev(run->env);
	g_free(run);
}

void ts_hook_free(struct ts_hook *h)
{
	struct run *run;
	while ((run = g_queue_pop_head(&h->running))) {
		ts_loop_unwatch(h->loop, &run->watch);
		close(run->watch.fd);
		run_free(run);
	}
	while ((run = g_queue_pop_head(&h->waiting))) run_free(run);
	g_free(h->program);
	g_free(h);
}

static void set(char ***env, const char *name, const char *value)
{
	*env = g_environ_setenv(*env, name, value, TRUE);
}

static char **environment(const struct ts_recording *r, const char *folder)
{
	char **env = g_get_environ(), number[32];
	GString *files = g_string_new(NULL);
	for (guint i = 0; i < r->parts->len; i++) {
		char file[TS_WRITER_NAME_MAX + 16];
		ts_writer_file(file, sizeof(file), r->id, i + 1, r->container);
		g_string_append_printf(files, "%s%s/%s", i ? "\n" : "", folder, file);
	}
	GString *tracks = g_string_new(NULL);
	for (guint i = 0; i < r->tracks->len; i++) {
		const int track = g_array_index(r->tracks, struct ts_recording_track, i).number;
		char file[TS_WRITER_NAME_MAX + 16];
		ts_files_track_name(file, sizeof(file), r->id, (size_t)track);
		g_string_append_printf(tracks, "%s%s/%s", i ? "\n" : "", folder, file);
	}
	set(&env, "TESSERA_TRACKS", tracks->str);
	g_string_free(tracks, TRUE);
	g_autofree char *first = g_strndup(files->str, strcspn(files->str, "\n"));
	g_autofree char *sidecar = g_strdup_printf("%s/%s.json", folder, r->id);
	set(&env, "TESSERA_RECORDING", r->id);
	set(&env, "TESSERA_ROOM", r->room);
	set(&env, "TESSERA_NAME", r->name);
	set(&env, "TESSERA_FORMAT", ts_container_name(r->container));
	set(&env, "TESSERA_REASON", r->reason);
	set(&env, "TESSERA_FILE", first);
	set(&env, "TESSERA_FILES", files->str);
	set(&env, "TESSERA_SIDECAR", sidecar);
	g_snprintf(number, sizeof(number), "%lld", (long long)r->bytes);
	set(&env, "TESSERA_BYTES", number);
	g_snprintf(number, sizeof(number), "%lld", (long long)r->duration_ms);
	set(&env, "TESSERA_DURATION_MS", number);
	g_string_free(files, TRUE);
	return env;
}

/* Nothing of ours is open in it, no signal is blocked, and what it prints goes nowhere but the
 * log of errors. */
static int spawn(const char *program, char **env, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	char *argv[] = {(char *)(uintptr_t)program, NULL};
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	const int err = posix_spawn(pid, program, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

static void start_next(struct ts_hook *h);

static void note_end(const struct run *run, int status)
{
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (!code) {
		ts_info("recording hook", "recording=%s code=0", run->id);
		return;
	}
	ts_count(TS_C_HOOKS_FAILED);
	ts_warn("recording hook failed", "recording=%s code=%d", run->id, code);
}

static void on_exit_of(struct ts_watch *watch, uint32_t epoll_events)
{
	struct run *run = ts_container_of(watch, struct run, watch);
	struct ts_hook *h = run->hook;
	int status = 0;
	(void)epoll_events;
	if (waitpid(run->pid, &status, WNOHANG) == 0) return;
	note_end(run, status);
	ts_loop_unwatch(h->loop, watch);
	close(watch->fd);
	g_queue_remove(&h->running, run);
	run_free(run);
	start_next(h);
}

static bool start(struct run *run)
{
	const int err = spawn(run->hook->program, run->env, &run->pid);
	if (err) {
		ts_count(TS_C_HOOKS_FAILED);
		ts_error("recording hook not run", "recording=%s program=%s error=%s", run->id,
			TS_LOG_STR(run->hook->program), strerror(err));
		return false;
	}
	run->watch.fn = on_exit_of;
	run->watch.fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (run->watch.fd >= 0 && !ts_loop_watch(run->hook->loop, &run->watch, EPOLLIN))
		return true;
	if (run->watch.fd >= 0) close(run->watch.fd);
	ts_warn("recording hook", "recording=%s error=\"its end will not be noticed\"", run->id);
	return false;
}

static void start_next(struct ts_hook *h)
{
	while (g_queue_get_length(&h->running) < RUNNING_MAX) {
		struct run *run = g_queue_pop_head(&h->waiting);
		if (!run) return;
		if (start(run))
			g_queue_push_tail(&h->running, run);
		else
			run_free(run);
	}
}

void ts_hook_run(struct ts_hook *h, const struct ts_recording *r, const char *folder)
{
	if (!*h->program) return;
	if (g_queue_get_length(&h->waiting) == WAITING_MAX) {
		ts_count(TS_C_HOOKS_FAILED);
		ts_error("recording hook not run", "recording=%s error=\"too many wait\"", r->id);
		return;
	}
	struct run *run = g_new0(struct run, 1);
	run->hook = h;
	g_strlcpy(run->id, r->id, sizeof(run->id));
	run->env = environment(r, folder);
	g_queue_push_tail(&h->waiting, run);
	start_next(h);
}
