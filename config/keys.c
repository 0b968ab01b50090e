#include "config/keys.h"
#include "base/media.h"
#include "config/keypad.h"
#include "config/sip.h"

/* indices are enum ts_join_policy, enum ts_ice_gather, enum ts_log_level, enum ts_ladder_preset */
static const char *const policies[] = {"", "open", "pin", "token", NULL};
static const char *const expiries[] = {"stay", "leave", NULL};
static const char *const gathers[] = {"host", "all", NULL};
static const char *const digests[] = {"both", "sha256", "md5", NULL};
static const char *const srtp_keys[] = {"any", "tls", NULL};
static const char *const sip_policies[] = {"", "open", NULL};
static const char *const transfers[] = {"none", "rooms", "all", NULL};
static const char *const early[] = {"off", "room", NULL};
static const char *const keyings[] = {"dtls", "sdes", NULL};
/* as enum ts_content_takeover */
static const char *const takeovers[] = {"newest", "first", "queue", NULL};
static const char *const text_uses[] = {"off", "accept", "offer", NULL};
const char *const ts_sip_srtp_words[TS_SIP_SRTPS + 2] = {
	"default", "off", "offered", "both", "required", "required-both", "dtls", NULL};
static const char *const ladders[] = {"close", "wide", "one", NULL};
static const char *const ptimes[] = {"auto", "20", "40", "60", NULL};
static const char *const reds[] = {"first", "offer", "off", NULL};
/* as enum ts_language */
static const char *const languages[] = {"en", "de", "fr", "es", "zh", NULL};
static const char *const audio_modes[] = {"voice", "music", "spatial", NULL};
static const char *const switches[] = {"off", "on", NULL};
/* what a URL may begin with */
static const char *const stun_schemes[] = {"stun:", NULL};
static const char *const turn_schemes[] = {"turn:", "turns:", NULL};
/* as enum ts_log_format */
static const char *const log_formats[] = {"auto", "json", "text", NULL};
static const char *const levels[] = {"error", "warn", "info", "debug", NULL};

#define FIELD(f) .offset = offsetof(struct ts_config, f)
#define INT(lo, hi) .type = &ts_type_int, .min = (lo), .max = (hi), .step = 1
#define EVEN(lo, hi) .type = &ts_type_int, .min = (lo), .max = (hi), .step = 2

/* In the order of the file; keys of a section stand together. */
/* clang-format off */
const struct ts_config_key ts_config_keys[] = {
	{"http", "listen", &ts_type_listeners, FIELD(http.listen), .def = "127.0.0.1:8080",
	 .allowed = "ADDR:PORT or https:ADDR:PORT with a numeric address, e.g. 127.0.0.1:8080 or "
		    "https:[::1]:8443, up to 4 with ';' between",
	 .help = "Where pages and the API are served: ADDR:PORT, or https:ADDR:PORT with cert and "
		 "key; an IPv6 address stands in\n"
		 "brackets. Several are separated by ';'. Port 0: any free one. Browsers give "
		 "camera and microphone only to pages of\n"
		 "localhost and of https. An address that other machines can reach needs api_token "
		 "and join.policy."},
	{"http", "cert", &ts_type_path, FIELD(http.cert),
	 .reload = TS_RELOAD_NOW, .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with the certificate of https, and the chain behind it. Read again by "
		 "SIGHUP."},
	{"http", "key", &ts_type_path, FIELD(http.key),
	 .reload = TS_RELOAD_NOW, .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with its private key."},
	{"http", "public_url", &ts_type_url, FIELD(http.public_url), .def = "", .max = 512,
	 .allowed = "an http:// or https:// address such as https://meet.example.org",
	 .help = "Where people reach the server, when a proxy stands before it. Empty: the address "
		 "listened on."},
	{"http", "api_token", &ts_type_token, FIELD(http.api_token),
	 .reload = TS_RELOAD_NOW, .secret = true, .def = "",
	 .min = 16, .max = 256,
	 .allowed = "16 to 256 visible ASCII characters",
	 .help = "Bearer token for /v1 and /metrics, 16 characters or more. Empty: none is asked "
		 "for.\n"
		 "Keep a file that holds one readable by the server alone."},
	{"http", "hsts", &ts_type_choice, FIELD(http.hsts),
	 .reload = TS_RELOAD_NOW, .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "Over https, browsers are told to use nothing else for this host name for 30 days "
		 "(Strict-Transport-Security), on all\n"
		 "its ports. Not under localhost; they ignore it for numeric addresses, and where "
		 "the certificate is not trusted."},
	{"http", "trusted_proxies", &ts_type_sip_networks, FIELD(http.trusted_proxies), .def = "",
	 .allowed = "a comma-separated list of numeric addresses and networks such as 192.0.2.0/24",
	 .help = "Proxies before this server, comma-separated, e.g. 127.0.0.1,10.0.0.0/8. Whom "
		 "they name in X-Forwarded-For counts as\n"
		 "the client, for the limits per address and in the log. Empty: the header is "
		 "ignored."},
	{"http", "allowed_origins", &ts_type_origins, FIELD(http.allowed_origins),
	 .reload = TS_RELOAD_NOW, .def = "",
	 .allowed = "a comma-separated list of origins such as https://meet.example.org, or *",
	 .help = "Origins whose pages may join, watch and contribute, comma-separated; * means "
		 "all. Pages of this server always may,\n"
		 "and those of others where joining asks for a PIN or token, which they must know. "
		 "Only browsers are asked."},

	{"identity", "keys", &ts_type_path, FIELD(identity.keys), .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "JSON file with API keys (docs/IDENTITY.md): id, hash of the secret, scopes, "
		 "room. Read again by SIGHUP. Others\n"
		 "are made by POST /v1/keys, and kept in node.state_dir."},
	{"identity", "jwt_keys", &ts_type_path, FIELD(identity.jwt_keys), .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "JWKS file, or a PEM file with one key, by which JWTs are proved: HS256, RS256 or "
		 "ES256, one algorithm for each key.\n"
		 "Read again by SIGHUP. Empty: no JWTs are taken but those of signing_key."},
	{"identity", "signing_key", &ts_type_path, FIELD(identity.signing_key), .def = "",
	 .max = 4096,
	 .allowed = "the path of a file",
	 .help = "JWK or PEM file with the private key, or the secret, that POST /v1/tokens signs "
		 "with. Empty: it makes none."},
	{"identity", "audience", &ts_type_token, FIELD(identity.audience), .def = "", .max = 256,
	 .allowed = "visible ASCII characters, 256 at most",
	 .help = "What JWTs must name as aud. Empty: those with an aud are for others, and "
		 "refused."},
	{"identity", "issuer", &ts_type_token, FIELD(identity.issuer), .def = "", .max = 256,
	 .allowed = "visible ASCII characters, 256 at most",
	 .help = "What JWTs must name as iss. Empty: whatever they name."},
	{"identity", "leeway_s", INT(0, 300), FIELD(identity.leeway_s), .def = "30",
	 .help = "By how much the clock of who makes JWTs may differ, in seconds: exp and nbf."},
	{"identity", "at_expiry", &ts_type_choice, FIELD(identity.leave_at_expiry),
	 .reload = TS_RELOAD_NOW, .def = "stay", .choices = expiries,
	 .allowed = "stay or leave",
	 .help = "Whether participants who joined by a JWT stay when it expires, or leave: then "
		 "they come back by another one.\nIt is asked when they join."},

	{"join", "policy", &ts_type_choice, FIELD(join.policy),
	 .reload = TS_RELOAD_NOW, .def = "", .choices = policies,
	 .allowed = "open, pin or token",
	 .help = "Who may join a room. open: everyone who can reach the server, but rooms with a "
		 "PIN of their own ask for it.\n"
		 "pin: who knows the room's PIN, or `pin` below where a room has none. token: who "
		 "has one of `tokens`.\n"
		 "Empty: open, and the server listens only where other machines cannot reach it."},
	{"join", "pin", &ts_type_token, FIELD(join.pin),
	 .reload = TS_RELOAD_NOW, .secret = true, .def = "", .min = 4,
	 .max = 64,
	 .allowed = "4 to 64 visible ASCII characters",
	 .help = "PIN of rooms that have none of their own, with policy=pin. Empty: those rooms "
		 "cannot be joined."},
	{"join", "tokens", &ts_type_tokens, FIELD(join.tokens),
	 .reload = TS_RELOAD_NOW, .secret = true, .def = "",
	 .min = 16, .max = 256,
	 .allowed = "a comma-separated list of tokens, each of 16 to 256 visible ASCII characters "
		    "without commas",
	 .help = "Tokens that let people join, with policy=token, comma-separated, each of 16 "
		 "characters or more."},

	{"media", "ports", &ts_type_ports, FIELD(media.ports), .def = "20000-29999",
	 .allowed = "FIRST-LAST within 1024-65535, first not above last",
	 .help = "UDP ports for media, FIRST-LAST; one is used per participant and local address."},
	{"media", "port", INT(0, 65535), FIELD(media.port), .def = "0",
	 .help = "One UDP port for all WebRTC participants, in place of one of media.ports for "
		 "each: to open in a firewall, or\n"
		 "map into a container. Each further one of media.net_threads takes the next. "
		 "Calls by SIP without ICE stay in\n"
		 "media.ports. Not together with ice.tcp; ice.turn is for browsers then. 0: off."},
	{"media", "advertise", &ts_type_addresses, FIELD(media.advertise), .def = "",
	 .allowed = "a comma-separated list of numeric addresses",
	 .help = "Addresses told to clients in place of the local ones, comma-separated: for a "
		 "server behind 1:1 NAT."},
	{"media", "addresses", &ts_type_interfaces, FIELD(media.addresses), .def = "",
	 .allowed = "a comma-separated list of numeric addresses and names of interfaces",
	 .help = "Local addresses or interfaces that media uses, comma-separated, e.g. "
		 "127.0.0.1,eth0.\n"
		 "Empty: loopback and every other address of the machine."},
	{"media", "net_threads", INT(1, 64), FIELD(media.net_threads), .def = "1",
	 .help = "Threads for sockets, encryption and RTP."},
	{"media", "video_threads", INT(0, 256), FIELD(media.video_threads), .def = "0",
	 .help = "Threads for decoding and encoding pictures; as many more compose them. 0: one "
		 "per core."},
	{"media", "max_picture", &ts_type_size, FIELD(media.max_picture), .def = "4096x2304",
	 .min = 352, .max = 8192,
	 .allowed = "WIDTHxHEIGHT, each from 352 to 8192",
	 .help = "The largest picture of a camera or screen that is decoded, by its area in blocks "
		 "of 16x16, either way up; no\n"
		 "side more than 8192. Senders are told (max-fs, the level of H.264). What is "
		 "larger is not shown, and the\n"
		 "participant's sources say so. One picture of 4096x2304 takes 14 MB."},
	{"media", "picture_memory_mb", INT(0, 1048576), FIELD(media.picture_memory_mb), .def = "0",
	 .help = "Memory for decoded pictures in all, in MB; beyond it further ones are not shown. "
		 "0: half of the machine's."},
	{"media", "vp9", &ts_type_choice, FIELD(media.vp9), .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "Take VP9 (profiles 0 and 2) from who sends it. Answers list it behind what is "
		 "cheaper to decode (docs/CODECS.md)."},
	{"media", "av1", &ts_type_choice, FIELD(media.av1), .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "The same for AV1 (profile 0)."},
	{"media", "h265", &ts_type_choice, FIELD(media.h265), .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "The same for H.265 (Main, Main 10)."},
	{"media", "dscp", &ts_type_choice, FIELD(media.dscp), .def = "off", .choices = switches,
	 .allowed = "on or off",
	 .help = "Mark media for routers that send some traffic first (DSCP, RFC 8837): EF (46) "
		 "for sound that has a socket of its own,\n"
		 "as in SIP calls and sessions without video, AF41 (34) for pictures and sound "
		 "sent with them. off: no mark, as a\n"
		 "network expects that has no rules for them."},
	{"media", "audio_red", &ts_type_choice, FIELD(media.audio_red), .def = "first",
	 .choices = reds, .allowed = "first, offer or off",
	 .help = "Redundant audio (RED, RFC 2198) in answers to browsers that offer it: "
		 "each packet "
		 "also has the frame before,\n"
		 "which repairs single losses. first: before Opus, which makes them send "
		 "it, always; "
		 "offer: behind Opus, so that\n"
		 "they only take it; off: not at all. What we send has it where loss is "
		 "reported and "
		 "the network has room.\n"
		 "SIP calls agree to it as offered."},
	{"media", "listener_ptime", &ts_type_choice, FIELD(media.listener_ptime), .def = "auto",
	 .choices = ptimes, .allowed = "auto, 20, 40 or 60",
	 .help = "Milliseconds of sound in a packet of Opus to those who have not spoken for 10 s, "
		 "where they take as many (maxptime):\n"
		 "longer ones cost server and network less, and come later by the difference. Who "
		 "speaks, or says ptime, has 20.\n"
		 "auto: 60 in rooms where 25 people or more get sound, else 20."},
	{"media", "audio_threads", INT(0, 64), FIELD(media.audio_threads), .def = "0",
	 .help = "Threads for mixing sound. 0: one per core."},

	{"ice", "stun", &ts_type_ice_url, FIELD(ice.stun), .def = "", .max = 256,
	 .choices = stun_schemes,
	 .allowed = "stun:HOST or stun:HOST:PORT",
	 .help = "STUN server that clients are told of, stun:HOST:PORT."},
	{"ice", "turn", &ts_type_ice_url, FIELD(ice.turn), .def = "", .max = 256,
	 .choices = turn_schemes,
	 .allowed = "turn:HOST:PORT or turns:HOST:PORT, with ?transport=udp or ?transport=tcp "
		    "where wanted",
	 .help = "TURN server that clients are told of, turn:HOST:PORT, for those who cannot send "
		 "UDP to this one."},
	{"ice", "turn_user", &ts_type_token, FIELD(ice.turn_user), .def = "", .max = 256,
	 .allowed = "up to 256 visible ASCII characters",
	 .help = "Name for the TURN server. With turn_secret it only ends the names that are "
		 "made."},
	{"ice", "turn_password", &ts_type_token, FIELD(ice.turn_password), .secret = true,
	 .def = "", .max = 256,
	 .allowed = "up to 256 visible ASCII characters",
	 .help = "Password that goes with it; every client is given it."},
	{"ice", "turn_secret", &ts_type_token, FIELD(ice.turn_secret), .secret = true, .def = "",
	 .max = 256,
	 .allowed = "up to 256 visible ASCII characters",
	 .help = "Secret shared with the TURN server (coturn: use-auth-secret, "
		 "static-auth-secret): each client is given a name and a\n"
		 "password of its own that end after turn_ttl_s. In place of turn_password."},
	{"ice", "turn_ttl_s", INT(60, 604800), FIELD(ice.turn_ttl_s), .def = "600",
	 .help = "How long such a name is good for, in seconds; a call may last longer."},
	{"ice", "gather", &ts_type_choice, FIELD(ice.gather), .def = "host", .choices = gathers,
	 .allowed = "host or all",
	 .help = "What clients may reach this server by. host: its own addresses, or "
		 "media.advertise. all: also what the STUN and\n"
		 "TURN servers above tell, for a server behind NAT; each join then waits for them, "
		 "500 ms at most."},
	{"ice", "tcp", &ts_type_choice, FIELD(ice.tcp), .def = "off", .choices = switches,
	 .allowed = "on or off",
	 .help = "Take media over TCP too, on the ports of media.ports, from clients whose network "
		 "lets no UDP through."},

	{"sip", "listen", &ts_type_sip_listeners, FIELD(sip.listen),
	 .def = "udp:127.0.0.1:5060;tcp:127.0.0.1:5060",
	 .allowed = "a list such as udp:127.0.0.1:5060;tcp:127.0.0.1:5060;tls:127.0.0.1:5061",
	 .help = "Where phones and room systems call, udp:, tcp: or tls:ADDR:PORT, separated by "
		 "';'. Empty: no SIP.\n"
		 "An address that other machines can reach needs users, allow or policy=open; tls "
		 "needs cert and key."},
	{"sip", "advertise", &ts_type_sip_address, FIELD(sip.advertise), .def = "",
	 .allowed = "a numeric address",
	 .help = "Address told to callers, for signalling and media, in place of the local one: "
		 "for a server behind 1:1 NAT."},
	{"sip", "cert", &ts_type_path, FIELD(sip.cert), .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with the certificate of tls, and the chain behind it."},
	{"sip", "key", &ts_type_path, FIELD(sip.key), .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with its private key."},
	{"sip", "ca", &ts_type_path, FIELD(sip.ca), .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with the authorities that may vouch for servers we call over TLS. "
		 "Empty: those of the system."},
	{"sip", "verify_servers", &ts_type_choice, FIELD(sip.verify_servers), .def = "on",
	 .choices = switches,
	 .allowed = "on or off",
	 .help = "Whether a server we call over TLS must prove by a certificate to be the one "
		 "called. off: who is between may listen."},
	{"sip", "policy", &ts_type_choice, FIELD(sip.policy), .def = "", .choices = sip_policies,
	 .allowed = "empty or open",
	 .help = "Who may call. open: everyone who can reach the server. Empty: users or networks "
		 "below; on loopback all."},
	{"sip", "users", &ts_type_sip_users, FIELD(sip.users), .secret = true, .def = "",
	 .allowed = "a comma-separated list of NAME:PASSWORD, passwords of 4 visible ASCII "
		    "characters or more",
	 .help = "Names and passwords of callers, NAME:PASSWORD, comma-separated. Empty: nobody is "
		 "asked for one."},
	{"sip", "digest", &ts_type_choice, FIELD(sip.digest), .def = "both", .choices = digests,
	 .allowed = "both, sha256 or md5",
	 .help = "By which hash they prove them. both: SHA-256, or MD5 for who knows nothing else. "
		 "Phones that give up when they\n"
		 "see more than one (baresip before 2.0) need md5."},
	{"sip", "realm", &ts_type_name, FIELD(sip.realm), .def = "tessera", .max = 64,
	 .allowed = "up to 64 letters, digits, '.', '_' and '-'",
	 .help = "Realm of these names, as phones show it."},
	{"sip", "allow", &ts_type_sip_networks, FIELD(sip.allow), .def = "",
	 .allowed = "a comma-separated list of numeric addresses and networks such as 192.0.2.0/24",
	 .help = "Networks that may call, comma-separated. Empty: all."},
	{"sip", "numbers", &ts_type_sip_numbers, FIELD(sip.numbers), .def = "",
	 .allowed = "a comma-separated list of PATTERN=ROOM",
	 .help = "Numbers that mean rooms, PATTERN=ROOM, comma-separated; the first that fits "
		 "counts, else the name is the room.\n"
		 "X is a digit, N one of 2-9, Z one of 1-9, [13-5] one of those, '.' any number of "
		 "any; (...) is kept for \\1 in ROOM."},
	{"sip", "lobby", &ts_type_sip_lobby, FIELD(sip.lobby), .def = "",
	 .allowed = "a comma-separated list of USER or USER=LANGUAGE",
	 .help = "Numbers or names whose callers are asked for the number of a meeting, "
		 "comma-separated: 8000, 8001=de.\nWith =en, de, fr, es or zh in that language, "
		 "else in ivr.language. Empty: none. docs/IVR.md."},
	{"sip", "srtp", &ts_type_choice, FIELD(sip.srtp), .def = "offered",
	 .choices = TS_SIP_SRTP_NAMES,
	 .allowed = "off, offered, both, required, required-both or dtls",
	 .help = "Encryption of media by SRTP. offered: where the other side does it too. Our own "
		 "calls offer keys in the\ndescription; both, required-both: and by DTLS (RFC "
		 "5763), as the peer likes; dtls: by DTLS alone, both ways.\nOne call or trunk may "
		 "have another: docs/BROWSER-SIP.md."},
	{"sip", "text", &ts_type_choice, FIELD(sip.text), .def = "accept", .choices = text_uses,
	 .reload = TS_RELOAD_NOW,
	 .help = "Real-time text (T.140, RFC 4103) of calls: off, accept where a caller offers it, "
		 "or offer it\nin calls of ours too. docs/TEXT.md"},
	{"sip", "srtp_prefers", &ts_type_choice, FIELD(sip.srtp_prefers), .def = "dtls",
	 .choices = keyings, .allowed = "dtls or sdes",
	 .help = "How keys are agreed on with a caller who offers both: by DTLS, or in the "
		 "description."},
	{"sip", "srtp_keys", &ts_type_choice, FIELD(sip.srtp_keys), .def = "any",
	 .choices = srtp_keys,
	 .allowed = "any or tls",
	 .help = "Which calls may have SRTP. Its keys stand in the description: over UDP and TCP "
		 "who reads it can decrypt the media.\n"
		 "tls: only those signalled over TLS; others have none, or with srtp=required are "
		 "refused; keys by DTLS are not meant."},
	{"sip", "dial", &ts_type_sip_dial, FIELD(sip.dial), .def = "",
	 .allowed = "a comma-separated list of networks and names, each perhaps with :PORT or "
		    ":FIRST-LAST",
	 .help = "Where calls may go: networks and names, comma-separated, also with ports: "
		 "10.0.0.0/8:1024-65535,pbx.example:5060.\n"
		 "Empty: everywhere but this machine, by whatever address, advertised ones too "
		 "(unless it alone\nreaches sip.listen), over TCP and TLS to ports 5060-5099.\n"
		 "Never to link-local, multicast or metadata addresses. Where a proxy leads a call "
		 "is its own business."},
	{"sip", "follow_redirects", &ts_type_choice, FIELD(sip.follow_redirects), .def = "on",
	 .choices = switches,
	 .allowed = "on or off",
	 .help = "Whether a call that is redirected (301, 302) is made once more, where sip.dial "
		 "lets it go, without a password."},
	{"sip", "max_calls", INT(1, 5000), FIELD(sip.max_calls), .def = "500",
	 .help = "Calls at one time; further ones are answered 503."},
	{"sip", "max_calls_per_address", INT(1, 5000), FIELD(sip.max_calls_per_address),
	 .def = "50",
	 .help = "Calls at one time from one address."},
	{"sip", "max_connections", INT(1, 32768), FIELD(sip.max_connections), .def = "1024",
	 .help = "Connections over TCP and TLS at one time, half of them from one address; a "
		 "quarter of the file descriptors at most.\n"
		 "For a further one the one that has said nothing good for longest, and has no "
		 "call, gives way."},
	{"sip", "invites_per_second", INT(1, 1000), FIELD(sip.invites_per_second), .def = "10",
	 .help = "New calls a second from one address, those over UDP (which anybody may forge) "
		 "and over connections apart."},
	{"sip", "session_expires", INT(0, 86400), FIELD(sip.session_expires_s), .def = "1800",
	 .help = "Seconds after which a call that was not refreshed counts as dead (RFC 4028). 0: "
		 "we do not ask for that."},
	{"sip", "min_session_expires", INT(4, 86400), FIELD(sip.min_session_expires_s), .def = "90",
	 .help = "The least of that we take from others; the RFC does not allow less than 90."},
	{"sip", "ring_timeout", INT(5, 600), FIELD(sip.ring_timeout_s), .def = "60",
	 .help = "Seconds that somebody we call may let it ring."},
	{"sip", "rtp_timeout", INT(0, 3600), FIELD(sip.rtp_timeout_s), .def = "30",
	 .help = "Seconds without any media after which a call that is not on hold ends. 0: "
		 "never."},
	{"sip", "proxy", &ts_type_sip_uri, FIELD(sip.proxy), .def = "", .max = 256,
	 .allowed = "a SIP URI such as sip:proxy.example.org;transport=tls",
	 .help = "Proxy through which we call. Empty: directly."},
	{"sip", "proxy_user", &ts_type_token, FIELD(sip.proxy_user), .def = "", .max = 128,
	 .allowed = "up to 128 visible ASCII characters",
	 .help = "Name by which we call, where the other side asks for one."},
	{"sip", "proxy_password", &ts_type_token, FIELD(sip.proxy_password), .secret = true,
	 .def = "", .max = 128,
	 .allowed = "up to 128 visible ASCII characters",
	 .help = "Its password. Keep a file that holds one readable by the server alone."},
	{"sip", "proxy_realm", &ts_type_token, FIELD(sip.proxy_realm), .def = "", .max = 128,
	 .allowed = "up to 128 visible ASCII characters",
	 .help = "The realm that the proxy asks a password for; no other gets an answer. Empty: "
		 "its host, or the first it names."},
	{"sip", "registrar", &ts_type_choice, FIELD(sip.registrar), .def = "off",
	 .choices = switches, .allowed = "on or off",
	 .help = "Whether phones may register, by the names and passwords of sip.users, and be "
		 "called as user:NAME."},
	{"sip", "websocket", &ts_type_choice, FIELD(sip.websocket), .def = "off",
	 .choices = switches, .allowed = "on or off",
	 .help = "Whether browsers may call over WebSocket (RFC 7118), at /sip of the HTTP port; "
		 "only where\nthere is SIP at all, and for pages that may join."},
	{"sip", "min_expires", INT(10, 86400), FIELD(sip.min_expires_s), .def = "60",
	 .help = "The shortest time for which a phone may register, in seconds; who asks for less "
		 "is answered 423."},
	{"sip", "max_expires", INT(10, 86400), FIELD(sip.max_expires_s), .def = "3600",
	 .help = "The longest one: who asks for more gets so much."},
	{"sip", "dns", &ts_type_sip_servers, FIELD(sip.dns), .def = "",
	 .allowed = "a comma-separated list of numeric ADDR:PORT such as 192.0.2.53:53, 8 at most",
	 .help = "Name servers for SIP, which looks up NAPTR and SRV records. Empty: those of "
		 "/etc/resolv.conf."},
	{"sip", "transfer", &ts_type_choice, FIELD(sip.transfer), .def = "rooms",
	 .choices = transfers,
	 .allowed = "none, rooms or all",
	 .help = "Whom a caller may have called by REFER: nobody, rooms of this server, or (all) "
		 "also whom sip.dial\nlets calls go to."},
	{"sip", "early_media", &ts_type_choice, FIELD(sip.early_media), .def = "off",
	 .choices = early,
	 .allowed = "off or room",
	 .help = "What those whom we call send before they answer (ringing tones, announcements): "
		 "off, or the room\nhears and sees it."},
	{"sip", "redial", INT(1, 3600), FIELD(sip.redial_s), .def = "10",
	 .help = "Seconds after which somebody whom we called, with redial, and whose call broke "
		 "off is called again."},

	{"content", "second_stream", &ts_type_choice, FIELD(content.second_stream), .def = "on",
	 .choices = switches, .allowed = "on or off",
	 .help = "Whether rooms get what is presented as a second stream of pictures, and present "
		 "by one themselves, with BFCP:\na second line of video and one of floor control "
		 "in descriptions of SIP."},
	{"content", "takeover", &ts_type_choice, FIELD(content.takeover), .def = "newest",
	 .choices = takeovers, .allowed = "newest, first or queue",
	 .help = "Who presents when somebody does and another wants to: the newer one; the first, "
		 "and the newer one is refused;\nor the newer one waits."},
	{"content", "height", EVEN(180, TS_PICTURE_MAX_H), FIELD(content.height_px),
	 .def = "1080",
	 .help = "Height of the second stream in pixels, of 16:9; rooms that take less get less."},
	{"content", "fps", INT(1, 30), FIELD(content.fps), .def = "10",
	 .help = "Its pictures a second: 5 for pages, 15 where films are shown."},
	{"content", "bitrate", INT(0, 20000), FIELD(content.bitrate_kbps), .def = "0",
	 .help = "Its kbit/s. 0: by size and rate, 1200 at 1080 lines and 10/s."},

	{"room", "width", EVEN(160, TS_PICTURE_MAX_W), FIELD(room.width_px), .def = "1280",
	 .help = "Width of the mixed picture, in pixels. Keys of this section are defaults of "
		 "every room."},
	{"room", "height", EVEN(90, TS_PICTURE_MAX_H), FIELD(room.height_px), .def = "720",
	 .help = "Height of the mixed picture, in pixels."},
	{"room", "fps", INT(1, 60), FIELD(room.fps), .def = "30",
	 .help = "Pictures per second."},
	{"room", "bitrate_kbps", INT(0, 20000), FIELD(room.bitrate_kbps), .def = "0",
	 .help = "Bitrate of the mixed picture at full size, in kbit/s; smaller steps take less. "
		 "0: by its size and rate, 1500 for\n"
		 "1280x720 at 30 pictures a second and for others by the 3/4 power of pixels a "
		 "second: 2750 for 1920x1080, 550 for\n"
		 "640x360."},
	{"room", "ladder", &ts_type_choice, FIELD(room.ladder), .def = "close", .choices = ladders,
	 .allowed = "close, wide or one",
	 .help = "Smaller sizes and bitrates in which a room is sent, to who asks for them or "
		 "whose network takes no more; each is\n"
		 "coded only while somebody receives it. close: 1500, 900, 500, 250 and 120 kbit/s "
		 "for 1280x720; wide: 1500, 500 and\n"
		 "150, which needs fewer encoders; one: none, whatever somebody's network takes. A "
		 "room may have a list of its own."},
	{"room", "transition_ms", INT(0, 1000), FIELD(room.transition_ms), .def = "250",
	 .help = "Tiles take so many ms to their new places when people come and go or the layout "
		 "changes: they move, grow and\nfade. 0: they are there at once, as they are "
		 "while the server is overloaded."},
	{"room", "agc", &ts_type_choice, FIELD(room.agc), .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "Automatic gain: quiet and loud voices are heard alike. Speech is brought near "
		 "-22 dBov, by 12 dB at most; tones,\nmusic and inputs stay as they are. A room "
		 "and a participant may have it otherwise."},
	{"room", "denoise", &ts_type_choice, FIELD(room.denoise), .def = "off", .choices = switches,
	 .allowed = "on or off",
	 .help = "Noise suppression: steady noise behind voices is taken out. 10 ms of delay, and "
		 "CPU for each who is heard; bad for\nmusic. A room and a participant may have it "
		 "otherwise."},
	{"room", "audio", &ts_type_choice, FIELD(room.audio_mode), .def = "voice",
	 .choices = audio_modes, .allowed = "voice, music or spatial",
	 .help = "What the sound of a room is for. voice: speech, in one channel; music: anything, "
		 "in two channels of 96 kbit/s, without\ngate, gain or noise suppression; spatial: "
		 "speech, each voice where its tile is. Phones have one channel in all."},
	{"room", "max_participants", INT(1, 1000), FIELD(room.max_participants),
	 .reload = TS_RELOAD_NOW, .def = "50",
	 .help = "People in a room; further ones are refused."},
	{"room", "max_watchers", INT(0, 100000), FIELD(room.max_watchers),
	 .reload = TS_RELOAD_NOW, .def = "500",
	 .help = "Watchers of a room (WHEP); further ones are refused."},
	{"room", "template", &ts_type_name, FIELD(room.template), .def = "", .max = 32,
	 .allowed = "the name of a group [template NAME]",
	 .help = "What rooms that are made by a join are made from (docs/MODERATION.md); one that "
		 "says nothing of who may\njoin, nor of hosts to wait for. Empty: nothing."},
	{"room", "join_tone", &ts_type_choice, FIELD(room.join_tone), .def = "off",
	 .choices = switches, .allowed = "on or off",
	 .help = "A tone when somebody has come."},
	{"room", "leave_tone", &ts_type_choice, FIELD(room.leave_tone), .def = "off",
	 .choices = switches, .allowed = "on or off",
	 .help = "A tone when somebody has gone."},
	{"room", "alone_music", &ts_type_choice, FIELD(room.alone_music), .def = "off",
	 .choices = switches, .allowed = "on or off",
	 .help = "Quiet music while somebody is alone in a room."},
	{"room", "recorded_tone", &ts_type_choice, FIELD(room.recorded_tone), .def = "on",
	 .choices = switches, .allowed = "on or off",
	 .help = "Three beeps when a recording begins, and for each who comes while it runs: for "
		 "those who only hear."},

	{"keypad", "keys", &ts_type_keypad, FIELD(keypad.keys),
	 .def = "*0=help, *1=layout, *2=spotlight, *3=keyframe, *4=record, *5=lock, *6=mute, "
		"*7=volume-down, *8=volume-up, *9=hand",
	 .max = 1023, .allowed = "a list of KEYS=ACTION (docs/KEYPAD.md)",
	 .help = "What keys of a telephone do in a call, KEYS=ACTION, comma-separated. Actions: "
		 "mute, volume-up, volume-down, hand,\n"
		 "keyframe, help, hangup; for hosts alone, or for everybody with all: in front: "
		 "layout (the next), layout:NAME,\n"
		 "spotlight, lock, record. A room may have more. Empty: none. docs/KEYPAD.md."},
	{"keypad", "timeout_ms", INT(500, 30000), FIELD(keypad.timeout_ms), .def = "3000",
	 .help = "Keys that belong together come within that time of each other, in "
		 "milliseconds."},
	{"keypad", "help_sound", &ts_type_path, FIELD(keypad.help_sound), .def = "", .max = 255,
	 .allowed = "the name of a file in inputs.media_dir",
	 .help = "File in inputs.media_dir that help plays to who asks: spoken words. Empty: a "
		 "tone."},

	{"ivr", "answer", &ts_type_choice, FIELD(ivr.answer), .def = "on", .choices = switches,
	 .allowed = "on or off",
	 .help = "Whether callers by SIP who need a PIN are answered and asked for it, with keys "
		 "of their telephone.\noff: they are refused (403), as who gives none in the URI. "
		 "docs/IVR.md."},
	{"ivr", "language", &ts_type_choice, FIELD(ivr.language), .def = "en",
	 .choices = languages,
	 .allowed = "en, de, fr, es or zh",
	 .help = "Language of what callers hear and see."},
	{"ivr", "prompts_dir", &ts_type_path, FIELD(ivr.prompts_dir),
	 .def = "/usr/local/share/tessera/prompts", .max = 4096,
	 .allowed = "the path of a folder",
	 .help = "Folder of the spoken prompts: LANGUAGE/NAME.wav, each replaceable; `make "
		 "install` fills it.\nThe build has them in build/prompts. One that is not "
		 "there is a tone."},
	{"ivr", "waiting_max", INT(1, 1000), FIELD(ivr.waiting_max),
	 .reload = TS_RELOAD_NOW, .def = "100",
	 .help = "Guests who wait for the host of one room; further ones are refused."},
	{"ivr", "waiting_minutes", INT(1, 1440), FIELD(ivr.waiting_minutes),
	 .reload = TS_RELOAD_NOW, .def = "60",
	 .help = "So long each of them may wait."},

	{"limits", "max_rooms", INT(1, 100000), FIELD(limits.max_rooms),
	 .reload = TS_RELOAD_NOW, .def = "200",
	 .help = "Rooms at one time; a join that would make another is refused."},
	{"limits", "joins_per_second", INT(0, 10000), FIELD(limits.joins_per_second),
	 .reload = TS_RELOAD_NOW, .def = "20",
	 .help = "Joins from one address, in the long run; five times as many at once. 0: no "
		 "limit."},
	{"limits", "half_open_joins", INT(0, 100000), FIELD(limits.half_open_joins),
	 .reload = TS_RELOAD_NOW, .def = "256",
	 .help = "Joins that were answered and have not connected yet, at one time; the oldest of "
		 "the address with the\n"
		 "most of them gives way to those of others, as it does where a room or the server "
		 "is full. Calls over UDP\n"
		 "without a password have a quarter of them, and give way first. 0: no limit."},
	{"limits", "half_open_joins_per_address", INT(0, 100000),
	 FIELD(limits.half_open_joins_per_address), .reload = TS_RELOAD_NOW, .def = "32",
	 .help = "The same from one address (IPv6: a /64, and twice as many a /48), which many "
		 "people behind one router\n"
		 "share. 0: no limit."},

	{"overload", "max_level", INT(0, TS_OVERLOAD_LEVEL_MAX), FIELD(overload.max_level),
	 .def = "6",
	 .help = "While the machine cannot keep up, the server does less, step by step, and more "
		 "again afterwards; sound stays as it is.\n"
		 "1: no personal views, fewer steps of the ladder. 2: half of the pictures a "
		 "second. 3: new encoders at their\n"
		 "fastest. 4: only the tiles of the last 3 speakers of a room move. 5: cameras "
		 "that come on now are not shown.\n"
		 "6: nobody new may join (503).\n"
		 "How far it may go; 0: never. docs/OVERLOAD.md."},
	{"overload", "max_personal_views", INT(0, 10000), FIELD(overload.max_personal_views),
	 .reload = TS_RELOAD_NOW, .def = "32",
	 .help = "Views of single participants at one time (without themselves, say), an encoder "
		 "each; who is one too many is sent\n"
		 "what all are sent. None begins while the server is busy, and all end at level 1. "
		 "0: none. docs/VIEWS.md."},

	{"images", "max", INT(0, 1024), FIELD(images.max), .def = "256",
	 .help = "Images that are kept for rooms to show. 0: none. docs/BRANDING.md"},
	{"images", "max_mb", INT(1, 4096), FIELD(images.max_mb), .def = "128",
	 .help = "Memory that all of them may take: 4 bytes a pixel, 8 MB at most for one."},
	{"images", "max_upload_kb", INT(16, 16384), FIELD(images.max_upload_kb), .def = "4096",
	 .help = "What one may have of bytes when it comes."},

	{"recording", "dir", &ts_type_path, FIELD(recording.dir), .def = "", .max = 4096,
	 .allowed = "a path of up to 4096 bytes",
	 .help = "Folder of recordings. It is made if need be, and must be the server's alone to "
		 "write. Empty: `recordings` in\n"
		 "$STATE_DIRECTORY, else in $XDG_STATE_HOME/tessera. docs/RECORDING.md."},
	{"recording", "min_free_mb", INT(0, 16777216), FIELD(recording.min_free_mb),
	 .reload = TS_RELOAD_NOW, .def = "1024",
	 .help = "With less than that left on the folder's disk, recordings end and new ones are "
		 "refused (507). 0: whatever is left."},
	{"recording", "quota_mb", INT(0, 1073741824), FIELD(recording.quota_mb),
	 .reload = TS_RELOAD_NOW, .def = "0",
	 .help = "What all recordings may take together: the oldest finished ones are removed for "
		 "new ones. 0: no limit."},
	{"recording", "max_age_days", INT(0, 36500), FIELD(recording.max_age_days),
	 .reload = TS_RELOAD_NOW, .def = "0",
	 .help = "Finished recordings are removed after so many days. 0: never."},
	{"recording", "max_running", INT(0, 1000), FIELD(recording.max_running),
	 .reload = TS_RELOAD_NOW, .def = "32",
	 .help = "Recordings at one time; 0: none may be made."},
	{"recording", "hook", &ts_type_path, FIELD(recording.hook), .def = "", .max = 4096,
	 .allowed = "the path of a program",
	 .help = "Program that is run for each recording that is finished, to upload it, say: no "
		 "arguments, no shell; what it is\n"
		 "about stands in its environment (docs/RECORDING.md). Empty: none."},

	{"outputs", "allow", &ts_type_stream_rules, FIELD(outputs.allow), .def = "",
	 .allowed = "a comma-separated list of networks and names, each perhaps with SCHEME:// in "
		    "front and :PORT or :FIRST-LAST behind",
	 .help = "Where streams out of rooms may go: networks and names, comma-separated, also "
		 "with scheme and ports:\n"
		 "rtmps://a.rtmps.youtube.com,srt://10.0.0.0/8:9000-9010. Schemes: rtmp, rtmps, "
		 "srt, rtsp, udp, rtp, icecast.\n"
		 "Empty: to every public address, but not by udp and rtp, which always need an "
		 "item "
		 "that names host or network\n"
		 "(rtp with the port behind its own). This machine, private addresses, multicast "
		 "and "
		 "SRT listeners (by the address\n"
		 "they listen on) need an item that names the address; link-local ones are never "
		 "taken. docs/STREAMING.md."},
	{"outputs", "max_running", INT(0, 1000), FIELD(outputs.max_running),
	 .reload = TS_RELOAD_NOW, .def = "32",
	 .help = "Streams out of rooms at one time, a thread each; 0: none may be made. In a room "
		 "12, with its recordings."},
	{"outputs", "verify_servers", &ts_type_choice, FIELD(outputs.verify_servers), .def = "on",
	 .choices = switches,
	 .allowed = "on or off",
	 .help = "Whether a server of rtmps must prove by a certificate to be the one that is "
		 "named. off: who is between may read the\nstream and its key, and rtmps goes only "
		 "to hosts that an item of allow names."},

	{"hls", "max_streams", INT(0, 1000), FIELD(hls.max_streams),
	 .reload = TS_RELOAD_NOW, .def = "16",
	 .help = "Rooms that are sent as HLS at one time; 0: none may be. docs/HLS.md."},
	{"hls", "max_mb", INT(1, 1024), FIELD(hls.max_mb), .def = "64",
	 .help = "What the segments of one room may take in memory: the oldest go first. Half a "
		 "minute is kept where that is enough."},
	{"hls", "max_waiting", INT(0, 100000), FIELD(hls.max_waiting),
	 .reload = TS_RELOAD_NOW, .def = "500",
	 .help = "Requests that may wait for the next part of a stream, about one for each player; "
		 "further ones are refused (503). One\naddress may have a tenth of them, but 8 at "
		 "least. More players than that are for a cache before the\nserver."},
	{"hls", "renditions", INT(1, 4), FIELD(hls.renditions), .def = "3",
	 .help = "Sizes that a room is sent in, of those of its ladder: players take what their "
		 "network carries. Each but the largest is\n"
		 "encoded only while somebody watches it."},
	{"flv", "max_streams", INT(0, 1000), FIELD(flv.max_streams),
	 .reload = TS_RELOAD_NOW, .def = "16",
	 .help = "Rooms that are sent as HTTP-FLV at one time; 0: none may be. docs/FLV.md."},
	{"flv", "max_viewers", INT(0, 100000), FIELD(flv.max_viewers),
	 .reload = TS_RELOAD_NOW, .def = "500",
	 .help = "Viewers of HTTP-FLV in all rooms; further ones are refused (503). One address "
		 "may have a tenth of them, but 8 at\nleast. Each is a connection of the HTTP "
		 "server, too."},
	{"flv", "max_mb", INT(1, 1024), FIELD(flv.max_mb), .def = "16",
	 .help = "What the last seconds of one room may take in memory, which all of its viewers "
		 "read from."},
	{"inputs", "allow", &ts_type_fetch, FIELD(inputs.allow), .def = "",
	 .allowed = "a comma-separated list of SCHEME://WHERE: a name, a network, perhaps with "
		    ":PORT or :FIRST-LAST, or *",
	 .help = "Where inputs of rooms may come from, comma-separated: rtsp://cam.example.org, "
		 "srt://10.0.0.0/8:9000-9010, https://*.\n"
		 "Schemes: rtsp, rtmp, rtmps, srt, http, https. A name, and *, reach public "
		 "addresses alone; private ones, and\n"
		 "those of this machine, need their network. Empty: files and the test pattern "
		 "only. docs/INPUTS.md."},
	{"inputs", "media_dir", &ts_type_path, FIELD(inputs.media_dir), .def = "", .max = 4096,
	 .allowed = "the path of a folder",
	 .help = "Folder of files that may be brought into rooms, as media:NAME. Empty: none may."},
	{"inputs", "max", INT(0, 256), FIELD(inputs.max), .reload = TS_RELOAD_NOW, .def = "16",
	 .help = "Inputs at one time; each has two threads and decodes on one of them. 0: none."},
	{"inputs", "max_per_room", INT(1, 256), FIELD(inputs.max_per_room),
	 .reload = TS_RELOAD_NOW, .def = "4",
	 .help = "The same of one room."},

	{"machines", "max", INT(0, 1024), FIELD(machines.max), .reload = TS_RELOAD_NOW, .def = "64",
	 .help = "Programs that hear or speak in rooms by WebSocket at one time; docs/MACHINES.md. "
		 "0: none."},
	{"machines", "max_per_room", INT(1, 1024), FIELD(machines.max_per_room),
	 .reload = TS_RELOAD_NOW, .def = "8", .help = "The same of one room."},
	{"machines", "max_per_address", INT(1, 1024), FIELD(machines.max_per_address),
	 .reload = TS_RELOAD_NOW, .def = "32", .help = "The same from one address (IPv6: /64)."},

	{"webhooks", "url", &ts_type_token, FIELD(webhooks.url), .secret = true, .def = "",
	 .min = 8, .max = 1023,
	 .allowed = "an http:// or https:// address such as https://hooks.example.org/tessera",
	 .help = "Where events are sent (docs/WEBHOOKS.md), beside those that POST /v1/webhooks "
		 "names. Empty: only there."},
	{"webhooks", "secret", &ts_type_token, FIELD(webhooks.secret), .secret = true, .def = "",
	 .min = 38, .max = 94,
	 .allowed = "whsec_ and 24 to 64 bytes in base64",
	 .help = "Key of its signatures, of Standard Webhooks: echo whsec_$(openssl rand -base64 "
		 "32)."},
	{"webhooks", "events", &ts_type_event_names, FIELD(webhooks.events), .def = "",
	 .allowed = "a comma-separated list of names such as room.created, participant.*",
	 .help = "Which events it is sent, comma-separated: names as of /v1/events, room.* for all "
		 "that begin so. Empty: all but\n"
		 "levels."},
	{"webhooks", "allow", &ts_type_fetch, FIELD(webhooks.allow), .def = "https://*",
	 .allowed = "a comma-separated list of SCHEME://WHERE: a name, a network, perhaps with "
		    ":PORT or :FIRST-LAST, or *",
	 .help = "Where webhooks may be sent to, as inputs.allow has it: "
		 "https://hooks.example.org, http://10.0.0.0/8:8000-8099.\n"
		 "A name, and *, reach public addresses alone; private ones, and those of this "
		 "machine, need their network."},
	{"webhooks", "max", INT(0, 64), FIELD(webhooks.max), .def = "16",
	 .help = "Webhooks, that of this file included; each has one connection, and 0.5 MB of "
		 "memory."},
	{"webhooks", "queue_mb", INT(2, 4096), FIELD(webhooks.queue_mb), .def = "64",
	 .help = "What may wait on disk for one of them; beyond that new events are dropped."},
	{"webhooks", "dead_letters", INT(1, 1000), FIELD(webhooks.dead_letters), .def = "100",
	 .help = "Batches that were given up and are kept, of each; the oldest make way."},
	{"webhooks", "timeout_ms", INT(100, 60000), FIELD(webhooks.timeout_ms), .def = "15000",
	 .help = "How long a receiver may take to answer."},
	{"webhooks", "batch_ms", INT(0, 60000), FIELD(webhooks.batch_ms), .def = "200",
	 .help = "How long an event waits for others that go with it, up to 100."},
	{"webhooks", "retry_base_ms", INT(10, 600000), FIELD(webhooks.retry_base_ms),
	 .def = "5000",
	 .help = "After a failure the next try is that much later, after the second twice as much, "
		 "and so on, up to retry_max_s."},
	{"webhooks", "retry_max_s", INT(1, 86400), FIELD(webhooks.retry_max_s), .def = "3600",
	 .help = "The longest wait between tries. Half of each wait is random."},
	{"webhooks", "retry_hours", INT(1, 720), FIELD(webhooks.retry_hours), .def = "72",
	 .help = "Events that were not delivered after so many hours become dead letters."},
	{"webhooks", "refusals", INT(1, 100), FIELD(webhooks.refusals), .def = "10",
	 .help = "And so do those that the receiver has refused that often: 3xx, 4xx but 408, 410, "
		 "425 and 429."},

	{"ingest", "rtmp_listen", &ts_type_endpoint_or_none, FIELD(ingest.rtmp_listen), .def = "",
	 .allowed = "ADDRESS:PORT with a numeric address, or nothing",
	 .help = "Where publishers (OBS, phones) may push into rooms by RTMP: 0.0.0.0:1935, say. "
		 "Empty: nowhere. docs/INPUTS.md."},
	{"ingest", "rtmps_listen", &ts_type_endpoint_or_none, FIELD(ingest.rtmps_listen), .def = "",
	 .allowed = "ADDRESS:PORT with a numeric address, or nothing",
	 .help = "The same by RTMP over TLS: 0.0.0.0:443 or :1936, say."},
	{"ingest", "rtmps_cert", &ts_type_path, FIELD(ingest.rtmps_cert),
	 .reload = TS_RELOAD_NOW, .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with its certificate and chain. Empty: http.cert and http.key. Read "
		 "again on SIGHUP."},
	{"ingest", "rtmps_key", &ts_type_path, FIELD(ingest.rtmps_key),
	 .reload = TS_RELOAD_NOW, .def = "", .max = 4096,
	 .allowed = "the path of a file",
	 .help = "PEM file with the private key of rtmps_cert."},
	{"ingest", "srt_listen", &ts_type_endpoint_or_none, FIELD(ingest.srt_listen), .def = "",
	 .allowed = "ADDRESS:PORT with a numeric address, or nothing",
	 .help = "The same by SRT, a UDP port: 0.0.0.0:9000, say."},
	{"ingest", "srt_passphrase", &ts_type_token, FIELD(ingest.srt_passphrase), .secret = true,
	 .def = "", .min = 10, .max = 79,
	 .allowed = "10 to 79 visible characters, without spaces",
	 .help = "With it SRT is encrypted, and who does not know it is refused. Empty: either way "
		 "is not."},
	{"ingest", "srt_latency_ms", INT(20, 8000), FIELD(ingest.srt_latency_ms), .def = "120",
	 .help = "How long SRT waits for packets that were lost; the publisher may ask for more."},
	{"ingest", "max_connections", INT(1, 1024), FIELD(ingest.max_connections), .def = "64",
	 .help = "Connections of each protocol at one time. How many of them are in rooms is "
		 "max_pushes, and inputs.max_per_room."},
	{"ingest", "max_per_address", INT(1, 1024), FIELD(ingest.max_per_address), .def = "8",
	 .help = "The same from one address (IPv6: /64)."},
	{"ingest", "max_pushes", INT(0, 256), FIELD(ingest.max_pushes), .def = "0",
	 .help = "Publishers in rooms at one time; they take none of inputs.max. 0: half as many "
		 "as that."},
	{"ingest", "max_kbps", INT(100, 1000000), FIELD(ingest.max_kbps), .def = "20000",
	 .help = "What one publisher may send; who sends more for five seconds is disconnected."},

	{"log", "level", &ts_type_choice, FIELD(log.level),
	 .reload = TS_RELOAD_NOW, .def = "info", .choices = levels,
	 .allowed = "error, warn, info or debug",
	 .help = "error: an operator must act; warn: recovered; info: a call's life; debug: every "
		 "decision."},
	{"log", "format", &ts_type_choice, FIELD(log.format), .def = "auto",
	 .choices = log_formats, .allowed = "auto, json or text",
	 .help = "auto: to journald with fields where systemd runs the server, else text.\n"
		 "text: key=value. json: an object a line, on stderr."},

	{"cdr", "file", &ts_type_path, FIELD(cdr.file), .def = "", .max = 4096,
	 .allowed = "a path",
	 .help = "File that gets a line of JSON for each participant who left: who, where, when,\n"
		 "why, codecs, loss, jitter, MOS (docs/CALLS.md), and for each meeting that is "
		 "over (docs/MODERATION.md). Opened\nanew at SIGHUP. Empty: none."},
	{"cdr", "max_mb", INT(0, 1048576), FIELD(cdr.max_mb), .def = "0",
	 .help = "With more than that in cdr.file it becomes cdr.file.1, and a new one begins. 0: "
		 "never."},

	{"node", "id", &ts_type_name, FIELD(node.id), .def = "", .max = 64,
	 .allowed = "up to 64 letters, digits, '.', '_' and '-'",
	 .help = "Name of this server in logs and events. Empty: the machine's name."},
	{"node", "state_dir", &ts_type_path, FIELD(node.state_dir), .def = "", .max = 4096,
	 .allowed = "a path of up to 4096 bytes",
	 .help = "Folder of what lasts over restarts, such as stored layouts. Empty: "
		 "$STATE_DIRECTORY, else\n"
		 "$XDG_STATE_HOME/tessera (~/.local/state/tessera). It is made when there is "
		 "something to store."},
	{"node", "drain_s", INT(1, 604800), FIELD(node.drain_s),
	 .reload = TS_RELOAD_NOW, .def = "3600",
	 .help = "How long rooms may go on after SIGUSR1 before the server ends, in seconds "
		 "(docs/OPERATING.md);\n"
		 "and after POST /v1/node/drain without a time."},
};
/* clang-format on */

const size_t ts_config_n_keys = G_N_ELEMENTS(ts_config_keys);
