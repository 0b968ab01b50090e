#include "config/keys.h"
#include "base/media.h"

/* indices are enum ts_join_policy and enum ts_log_level */
static const char *const policies[] = {"open", NULL};
static const char *const levels[] = {"error", "warn", "info", "debug", NULL};

#define FIELD(f)     .offset = offsetof(struct ts_config, f)
#define INT(lo, hi)  .type = &ts_type_int, .min = (lo), .max = (hi), .step = 1
#define EVEN(lo, hi) .type = &ts_type_int, .min = (lo), .max = (hi), .step = 2

/* In the order of the file; keys of a section stand together. */
/* clang-format off */
const struct ts_config_key ts_config_keys[] = {
	{"http", "listen", &ts_type_endpoint, FIELD(http.listen), .def = "127.0.0.1:8080",
	 .allowed = "ADDR:PORT with a numeric address, e.g. 127.0.0.1:8080 or [::1]:8080 (https: is not supported yet)",
	 .help = "Where pages and the API are served, ADDR:PORT; an IPv6 address stands in brackets. Port 0: any free one.\n"
		 "An address that other machines can reach needs api_token."},
	{"http", "public_url", &ts_type_url, FIELD(http.public_url), .def = "", .max = 512,
	 .allowed = "an http:// or https:// address such as https://meet.example.org",
	 .help = "Where people reach the server, when a proxy stands before it. Empty: the address listened on."},
	{"http", "api_token", &ts_type_token, FIELD(http.api_token), .def = "", .min = 16, .max = 256,
	 .allowed = "16 to 256 visible ASCII characters",
	 .help = "Bearer token for /v1 and /metrics, 16 characters or more. Empty: none is asked for.\n"
		 "Keep a file that holds one readable by the server alone."},

	{"join", "policy", &ts_type_choice, FIELD(join.policy), .def = "open", .choices = policies,
	 .allowed = "open (pin and token are not supported yet)",
	 .help = "Who may join a room. open: everyone who can reach the server."},

	{"media", "ports", &ts_type_ports, FIELD(media.ports), .def = "20000-29999",
	 .allowed = "FIRST-LAST within 1024-65535, first not above last",
	 .help = "UDP ports for media, FIRST-LAST; one is used per participant and local address."},
	{"media", "advertise", &ts_type_addresses, FIELD(media.advertise), .def = "",
	 .allowed = "a comma-separated list of numeric addresses",
	 .help = "Addresses told to clients in place of the local ones, comma-separated: for a server behind 1:1 NAT."},
	{"media", "addresses", &ts_type_interfaces, FIELD(media.addresses), .def = "",
	 .allowed = "a comma-separated list of numeric addresses and names of interfaces",
	 .help = "Local addresses or interfaces that media uses, comma-separated, e.g. 127.0.0.1,eth0.\n"
		 "Empty: loopback and every other address of the machine."},
	{"media", "net_threads", INT(1, 64), FIELD(media.net_threads), .def = "1",
	 .help = "Threads for sockets, encryption and RTP."},
	{"media", "video_threads", INT(0, 256), FIELD(media.video_threads), .def = "0",
	 .help = "Threads for decoding, composing and encoding pictures. 0: one per core."},
	{"media", "audio_threads", INT(1, 64), FIELD(media.audio_threads), .def = "1",
	 .help = "Threads for mixing sound."},

	{"room", "width", EVEN(160, TS_PICTURE_MAX_W), FIELD(room.width_px), .def = "1280",
	 .help = "Width of the mixed picture, in pixels. Keys of this section are defaults of every room."},
	{"room", "height", EVEN(90, TS_PICTURE_MAX_H), FIELD(room.height_px), .def = "720",
	 .help = "Height of the mixed picture, in pixels."},
	{"room", "fps", INT(1, 60), FIELD(room.fps), .def = "30",
	 .help = "Pictures per second."},
	{"room", "bitrate_kbps", INT(50, 20000), FIELD(room.bitrate_kbps), .def = "1500",
	 .help = "Bitrate of the mixed picture at full size, in kbit/s; smaller steps take less."},
	{"room", "max_participants", INT(1, 1000), FIELD(room.max_participants), .def = "50",
	 .help = "People in a room; further ones are refused."},
	{"room", "max_watchers", INT(0, 100000), FIELD(room.max_watchers), .def = "500",
	 .help = "Watchers of a room (WHEP); further ones are refused."},

	{"limits", "max_rooms", INT(1, 100000), FIELD(limits.max_rooms), .def = "200",
	 .help = "Rooms at one time; a join that would make another is refused."},

	{"log", "level", &ts_type_choice, FIELD(log.level), .def = "info", .choices = levels,
	 .allowed = "error, warn, info or debug",
	 .help = "error: an operator must act; warn: recovered; info: a call's life; debug: every decision."},

	{"node", "id", &ts_type_name, FIELD(node.id), .def = "", .max = 64,
	 .allowed = "up to 64 letters, digits, '.', '_' and '-'",
	 .help = "Name of this server in logs and events. Empty: the machine's name."},
};
/* clang-format on */

const size_t ts_config_n_keys = G_N_ELEMENTS(ts_config_keys);
