/* signals - what the operator and the service manager ask for by signals. They are blocked in every
 * thread, and read from a descriptor on the control loop. */
#include "base/error.h"
#include "base/log.h"
#include "control/rooms/drain.h"
#include "server/server.h"
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A second signal does not wait for calls to end. */
static void on_signal(struct ts_watch *watch, uint32_t epoll_events)
{
	struct ts_server *server = ts_container_of(watch, struct ts_server, signals);
	struct signalfd_siginfo info;
	(void)epoll_events;
	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) return;
	if (info.ssi_signo == SIGHUP) {
		ts_server_reload(server);
		return;
	}
	if (info.ssi_signo == SIGUSR1) {
		if (!server->stopping) ts_drain_start(server->drain, server->config.node.drain_s);
		return;
	}
	ts_info("stopping", "signal=%u", info.ssi_signo);
	ts_server_stop(server);
}

int ts_server_watch_signals(struct ts_server *server, const sigset_t *set)
{
	server->signals.fn = on_signal;
	server->signals.fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (server->signals.fd < 0) return TS_EIO;
	return ts_loop_watch(server->engine.control, &server->signals, EPOLLIN);
}
