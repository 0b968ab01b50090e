/* config - every setting of the server in one plain struct, filled from a key file and `--set
 * section.key=value`.
 *
 *   defaults --> key file (--config) --> overrides (--set) --> check
 *       --> read-only for the life of the process
 *
 * One table (config/keys.c) holds section, name, type, default, limits and help of each key; it
 * makes the parser, --set, --help, --print-config and the shipped config/tessera.conf. To add a
 * key, add a field here and a row there.
 *
 * Errors are one line in the caller's buffer, of a file with its name and line: `http.listen: "foo"
 * is not ADDR:PORT, ...`: what, what was given, what is allowed. A value that is refused leaves the
 * field as it was.
 * Thread  none; written at start by main, then read by any; keys of TS_RELOAD_NOW by control
 *         alone, which may change them (reload.h).
 * Source  the key file format of GLib (GKeyFile).
 */
#ifndef TS_CONFIG_CONFIG_H
#define TS_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TS_CONFIG_ERR_MAX = 512 }; /* enough for every message */
enum { TS_OVERLOAD_LEVEL_MAX = 6 }; /* mixer/overload, which is above this floor */

/* A numeric address and a TCP port; port 0 lets the system choose. */
struct ts_endpoint {
	char addr[46]; /* INET6_ADDRSTRLEN, without brackets */
	uint16_t port;
};
/* [https:]ADDR:PORT, one or several */
enum { TS_LISTENERS_MAX = 4 };
struct ts_listeners {
	struct {
		struct ts_endpoint at;
		bool tls;
	} item[TS_LISTENERS_MAX];
	size_t n;
};
struct ts_port_range { uint16_t first, last; }; /* inclusive */
struct ts_strings { char **item; size_t n; };

enum { TS_TRUNK_SECTIONS_MAX = 64, TS_TRUNK_SETTINGS_MAX = 18 };
struct ts_trunk_section {
	char *name;
	struct ts_trunk_setting { char *key, *value; } setting[TS_TRUNK_SETTINGS_MAX];
	size_t n;
};

enum { TS_TEMPLATES_MAX = 32, TS_TEMPLATE_SETTINGS_MAX = 48 };
struct ts_template_section {
	char *name;
	struct { char *key, *value; } setting[TS_TEMPLATE_SETTINGS_MAX];
	size_t n;
};

enum ts_join_policy {
	TS_JOIN_LOCAL, /* open, as long as only this machine reaches HTTP */
	TS_JOIN_OPEN,
	TS_JOIN_PIN,
	TS_JOIN_TOKEN
};
enum ts_ice_gather { TS_GATHER_HOST, TS_GATHER_ALL };

/* Of prompts: control/ivr/prompts.h. */
enum ts_language {
	TS_LANGUAGE_EN,
	TS_LANGUAGE_DE,
	TS_LANGUAGE_FR,
	TS_LANGUAGE_ES,
	TS_LANGUAGE_ZH,
	TS_LANGUAGES
};
int ts_language_named(const char *name); /* -1: none */

enum ts_sip_protocol { TS_SIP_UDP, TS_SIP_TCP, TS_SIP_TLS };
enum ts_sip_policy {
	TS_SIP_LOCAL, /* open, as long as only this machine reaches SIP */
	TS_SIP_OPEN
};
enum ts_sip_srtp {
	TS_SIP_SRTP_OFF,
	TS_SIP_SRTP_OFFERED,
	TS_SIP_SRTP_BOTH,          /* as OFFERED; offers of ours have keys by DTLS, too */
	TS_SIP_SRTP_REQUIRED,      /* from here on nothing goes in the clear */
	TS_SIP_SRTP_REQUIRED_BOTH, /* likewise */
	TS_SIP_SRTP_DTLS
};
enum { TS_SIP_SRTPS = TS_SIP_SRTP_DTLS + 1 };
/* "default", which is none of them, then as enum ts_sip_srtp; NULL at the end */
extern const char *const ts_sip_srtp_words[TS_SIP_SRTPS + 2];
/* without the first */
#define TS_SIP_SRTP_NAMES (ts_sip_srtp_words + 1)
/* what callers may prove passwords by */
enum ts_sip_digest { TS_SIP_DIGEST_BOTH, TS_SIP_DIGEST_SHA256, TS_SIP_DIGEST_MD5 };
/* over which signalling keys of SRTP may go */
enum ts_sip_text_use { TS_SIP_TEXT_OFF, TS_SIP_TEXT_ACCEPT, TS_SIP_TEXT_OFFER };
enum ts_sip_srtp_keys { TS_SIP_KEYS_ANY, TS_SIP_KEYS_TLS };
/* where a peer may have itself transferred to */
enum ts_sip_transfer { TS_SIP_TRANSFER_NONE, TS_SIP_TRANSFER_ROOMS, TS_SIP_TRANSFER_ALL };
enum { TS_SIP_LISTENERS_MAX = 8 };
/* Who presents, when somebody does already and another wants to. */
enum ts_content_takeover {
	TS_CONTENT_NEWEST, /* the newer one */
	TS_CONTENT_FIRST,  /* the newer one is refused */
	TS_CONTENT_QUEUE   /* waits */
};

struct ts_sip_listeners {
	struct { enum ts_sip_protocol protocol; struct ts_endpoint at; } item[TS_SIP_LISTENERS_MAX];
	size_t n;
};

/* Strings are owned, never NULL; "" means not set. */
struct ts_size {
	int width, height;
};
/* In macroblocks of 16 x 16 pixels, as max-fs counts (RFC 6184 8.1, 7741 6.1). */
static inline uint32_t ts_size_macroblocks(struct ts_size size)
{
	return (uint32_t)((size.width + 15) / 16) * (uint32_t)((size.height + 15) / 16);
}

struct ts_config {
	struct {
		struct ts_listeners listen;
		char *cert, *key; /* paths of PEM files */
		char *public_url; /* no slash at the end */
		char *api_token;
		int hsts; /* 1: on */
		struct ts_strings trusted_proxies; /* networks */
		struct ts_strings allowed_origins; /* of pages: "https://meet.example.org", "*" */
	} http;
	struct {
		char *keys, *jwt_keys, *signing_key; /* paths of files */
		char *audience, *issuer;
		int leeway_s;
		int leave_at_expiry; /* 1: leave */
	} identity;
	struct {
		int policy; /* enum ts_join_policy */
		char *pin;
		struct ts_strings tokens;
	} join;
	struct {
		struct ts_port_range ports;
		int port; /* of all WebRTC; 0: each has sockets of its own */
		struct ts_strings advertise; /* numeric addresses */
		/* numeric addresses and names of interfaces: ts_config_local_addresses */
		struct ts_strings addresses;
		int net_threads, video_threads, audio_threads;
		struct ts_size max_picture;
		int picture_memory_mb;
		int vp9, av1, h265; /* 1: taken from who sends it */
		int dscp; /* 1: packets are marked */
		int audio_red; /* 0: first, 1: as offered, 2: off */
		int listener_ptime; /* 0: auto, 1: 20, 2: 40, 3: 60 ms */
	} media;
	struct {
		/* URLs: "stun:HOST[:PORT]"; "turn:HOST[:PORT]", "turns:...", perhaps with
		 * ?transport= */
		char *stun, *turn;
		char *turn_user, *turn_password, *turn_secret;
		int turn_ttl_s;
		int gather; /* enum ts_ice_gather */
		int tcp;    /* 1: TCP candidates as well */
	} ice;
	struct {
		struct ts_sip_listeners listen;
		char *advertise, *realm;
		char *cert, *key, *ca;     /* paths of PEM files */
		int policy, srtp;          /* enum ts_sip_policy, ts_sip_srtp */
		struct ts_strings users;   /* NAME:PASSWORD */
		struct ts_strings allow;   /* networks */
		struct ts_strings numbers; /* PATTERN=ROOM */
		struct ts_strings dial;    /* where calls may go: config/place.h */
		int max_calls, max_calls_per_address, max_connections, invites_per_second;
		int session_expires_s, min_session_expires_s, ring_timeout_s, rtp_timeout_s;
		char *proxy, *proxy_user, *proxy_password, *proxy_realm;
		int redial_s;
		int verify_servers, follow_redirects; /* 1: on */
		struct ts_strings lobby; /* USER or USER=LANGUAGE */
		int srtp_keys; /* enum ts_sip_srtp_keys */
		int text;      /* enum ts_sip_text_use */
		int srtp_prefers; /* 1: a=crypto, where there is both */
		int digest;    /* enum ts_sip_digest */
		int registrar; /* 1: on */
		int websocket; /* 1: on */
		int min_expires_s, max_expires_s; /* of registrations */
		struct ts_strings dns; /* numeric ADDR:PORT */
		int transfer;  /* enum ts_sip_transfer */
		int early_media; /* 1: the room hears it */
	} sip;
	struct {
		int second_stream; /* 1: on */
		int takeover;      /* enum ts_content_takeover */
		int height_px, fps, bitrate_kbps;
	} content;
	/* [trunk NAME]: config/trunk.h */
	struct { struct ts_trunk_section item[TS_TRUNK_SECTIONS_MAX]; size_t n; } trunks;
	/* [template NAME]: config/template.h */
	struct { struct ts_template_section item[TS_TEMPLATES_MAX]; size_t n; } templates;
	struct {
		int width_px, height_px, fps, bitrate_kbps;
		int ladder; /* enum ts_ladder_preset */
		int transition_ms;
		int agc, denoise; /* 1: on */
		int audio_mode; /* enum ts_audio_mode */
		int max_participants, max_watchers;
		int join_tone, leave_tone, alone_music, recorded_tone; /* 1: on */
		char *template; /* of rooms that are made by a join; "": none */
	} room;
	struct {
		char *keys; /* config/keypad.h */
		int timeout_ms;
		char *help_sound;
	} keypad;
	struct {
		int answer;   /* 1: on */
		int language; /* enum ts_language */
		char *prompts_dir;
		int waiting_max, waiting_minutes;
	} ivr;
	struct {
		int max_rooms, joins_per_second, half_open_joins, half_open_joins_per_address;
	} limits;
	struct {
		int max_level; /* enum ts_overload_level */
		int max_personal_views;
	} overload;
	struct {
		char *dir;
		int min_free_mb, quota_mb, max_age_days, max_running;
		char *hook;
	} recording;
	struct {
		int max_streams, max_mb, max_waiting, renditions;
	} hls;
	struct {
		int max_streams, max_viewers, max_mb;
	} flv;
	struct {
		struct ts_strings allow; /* where streams may go: config/place.h */
		int max_running;
		int verify_servers;      /* 1: on */
	} outputs;
	struct {
		struct ts_strings allow; /* where they may come from: config/fetch.h */
		char *media_dir;
		int max, max_per_room;
	} inputs;
	struct {
		int max, max_per_room, max_per_address;
	} machines;
	struct {
		char *url, *secret; /* of the one that the file names; "": none */
		struct ts_strings events, allow; /* allow: config/fetch.h */
		int max, queue_mb, dead_letters;
		int timeout_ms, batch_ms, retry_base_ms, retry_max_s, retry_hours, refusals;
	} webhooks;
	struct {
		struct ts_endpoint rtmp_listen, rtmps_listen, srt_listen; /* addr "": off */
		char *rtmps_cert, *rtmps_key; /* "": those of http */
		char *srt_passphrase;
		int srt_latency_ms;
		int max_connections, max_per_address, max_kbps;
		int max_pushes; /* 0: half of inputs.max */
	} ingest;
	struct {
		int max, max_mb, max_upload_kb;
	} images;
	struct {
		int level;  /* enum ts_log_level */
		int format; /* enum ts_log_format */
	} log;
	struct {
		char *file;
		int max_mb;
	} cdr;
	struct {
		char *id;
		char *state_dir;
		int drain_s;
	} node;
};

void ts_config_init_defaults(struct ts_config *config);
void ts_config_fini(struct ts_config *config);

/* Sets what the file names; keys it does not name stay. The first bad line ends it: TS_EIO when the
 * file cannot be read, TS_EBADMSG when it is not a key file, TS_ENOTFOUND for an unknown key,
 * TS_EINVAL for a bad value. */
int ts_config_load(struct ts_config *config, const char *path, char *err, size_t err_cap);
/* One override, "section.key=value"; of a secret "section.key=@FILE" as well: what the file holds,
 * blanks and line breaks about it left out, several lines as a list. TS_ENOTFOUND, TS_EINVAL;
 * TS_EIO: the file cannot be read. */
int ts_config_set(struct ts_config *config, const char *assignment, char *err, size_t err_cap);
/* Everybody on the machine may read that file, and it holds one of the secrets of `loaded`, a
 * config that was loaded from it alone. */
bool ts_config_is_exposed(const struct ts_config *loaded, const char *path);
/* Does the config say that who calls the API must prove who they are? */
bool ts_config_asks(const struct ts_config *config);
/* What no single key can tell: combinations that are refused, with the reason. TS_EINVAL. */
int ts_config_check(const struct ts_config *config, char *err, size_t err_cap);

/* A complete key file with the present values, each key explained: --print-config. Loading it gives
 * an equal struct. */
void ts_config_print(const struct ts_config *config, FILE *out);
/* The keys with their defaults, for --help. */
void ts_config_print_keys(FILE *out);

/* media.addresses with names of interfaces replaced by their addresses (IPv6 link-local ones left
 * out). n is 0 when the key is not set. TS_EINVAL: an interface that is not there or has no
 * address. [give] ts_strings_fini. */
int ts_config_local_addresses(const struct ts_config *config, struct ts_strings *out, char *err,
	size_t err_cap);
void ts_strings_fini(struct ts_strings *strings);

/* Is it only reachable from this machine (127.0.0.0/8, ::1)? */
bool ts_endpoint_is_loopback(const struct ts_endpoint *endpoint);

#endif
