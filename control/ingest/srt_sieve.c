#include "control/ingest/srt_sieve.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <unistd.h>

enum {
	STEP = 4,
	FIRST_WORD = 8,    /* behind the header of UDP */
	HANDSHAKE = 0x8000 /* control, type 0: the upper half of the first word */
};

static void let_through(struct ts_srt_sieve *sieve)
{
	const int off = 0;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, FIRST_WORD),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HANDSHAKE, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UINT32_MAX / sieve->one_in, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog filter = {sizeof(code) / sizeof(*code), code};
	const int rc = sieve->one_in > 1
		? setsockopt(sieve->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter))
		: setsockopt(sieve->fd, SOL_SOCKET, SO_DETACH_FILTER, &off, sizeof(off));
	if (rc) ts_log_limited(TS_LOG_WARN, "srt sieve not set", "one_in=%u", sieve->one_in);
}

int ts_srt_sieve_open(struct ts_srt_sieve *sieve, const struct sockaddr_storage *address)
{
	const int off = 0;
	*sieve = (struct ts_srt_sieve){.fd = -1, .one_in = 1};
	pthread_mutex_init(&sieve->lock, NULL);
	const int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return -1;
	if (address->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!bind(fd, (const struct sockaddr *)address, ts_address_len(address)))
		sieve->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (sieve->fd >= 0) return fd;
	close(fd);
	return -1;
}

void ts_srt_sieve_fini(struct ts_srt_sieve *sieve)
{
	if (sieve->fd >= 0) close(sieve->fd);
	sieve->fd = -1;
	pthread_mutex_destroy(&sieve->lock);
}

void ts_srt_sieve_note(struct ts_srt_sieve *sieve, int64_t now_ns)
{
	pthread_mutex_lock(&sieve->lock);
	if (now_ns - sieve->since_ns >= TS_NS_PER_S) {
		sieve->since_ns = now_ns;
		sieve->n = 0;
	}
	if (++sieve->n >= TS_SRT_SIEVE_MAX) {
		sieve->n = 0;
		sieve->since_ns = sieve->tight_ns = now_ns;
		if (sieve->one_in < TS_SRT_SIEVE_ONE_IN_MAX) {
			sieve->one_in *= STEP;
			let_through(sieve);
			ts_log_limited(TS_LOG_WARN, "srt flood", "one_in=%u", sieve->one_in);
		}
	}
	pthread_mutex_unlock(&sieve->lock);
}

bool ts_srt_sieve_calm(struct ts_srt_sieve *sieve, int64_t now_ns)
{
	pthread_mutex_lock(&sieve->lock);
	const bool loosen = sieve->one_in > 1 && now_ns - sieve->tight_ns >= TS_SRT_SIEVE_HOLD_NS;
	if (loosen) {
		sieve->one_in /= STEP;
		sieve->tight_ns = now_ns;
		let_through(sieve);
	}
	const bool over = loosen && sieve->one_in == 1;
	pthread_mutex_unlock(&sieve->lock);
	return over;
}
