/* trunk_config - what a trunk is set to: who we are at a provider or PBX, and how it is reached.
 * Made by control/trunks/, read by the sip thread, which is sent a new one whenever it changes.
 *
 * Thread  any; never changed once it is shared. The password is wiped with the last reference.
 */
#ifndef TS_CONTROL_SIP_TRUNK_CONFIG_H
#define TS_CONTROL_SIP_TRUNK_CONFIG_H

#include "base/ref.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_TRUNKS_MAX = 64 };
/* the user part that a registrar is told to call us by */
enum { TS_TRUNK_TOKEN_HEX = 20 };
enum { TS_TRUNK_NAME_MAX = 32, TS_TRUNK_TEXT_MAX = 128, TS_TRUNK_LIST_MAX = 64 };

/* How the "+" of a number is sent. */
enum ts_trunk_format { TS_TRUNK_E164, TS_TRUNK_PLAIN, TS_TRUNK_00 };
enum ts_trunk_transport { TS_TRUNK_AUTO, TS_TRUNK_UDP, TS_TRUNK_TCP, TS_TRUNK_TLS };
/* How calls are known to be its: by the user part that its registrar alone was told, or by their
 * source too. AUTO: the former where it registers, else the latter. */
enum ts_trunk_inbound { TS_TRUNK_IN_AUTO, TS_TRUNK_IN_TOKEN, TS_TRUNK_IN_ADDRESS };

struct ts_trunk_config {
	struct ts_ref ref;
	char name[TS_TRUNK_NAME_MAX + 1];
	/* HOST or HOST:PORT; registrar "": we do not register; proxy "": the registrar is it */
	char registrar[TS_TRUNK_TEXT_MAX], proxy[TS_TRUNK_TEXT_MAX];
	char domain[TS_TRUNK_TEXT_MAX]; /* of From, To and numbers; never "" */
	enum ts_trunk_transport transport;
	enum ts_trunk_inbound inbound;
	char user[TS_TRUNK_TEXT_MAX], auth_user[TS_TRUNK_TEXT_MAX], password[TS_TRUNK_TEXT_MAX];
	char realm[TS_TRUNK_TEXT_MAX];  /* "": the domain, or the first that the registrar names */
	uint32_t expires_s, options_s;  /* options_s 0: no OPTIONS is sent */
	bool trusted;                   /* it says who calls; its address over UDP is proof */
	bool browsers;                  /* what is called by it are browsers */
	int srtp;                       /* of its calls: enum ts_sip_srtp; -1: sip.srtp */
	bool by_file;                   /* of the configuration file: sip.dial is not for it */
	enum ts_trunk_format format;
	char default_room[TS_TRUNK_TEXT_MAX]; /* "": none */
	/* [owned] "PATTERN=NUMBER", "PATTERN=ROOM", "Header=attribute", names of codecs */
	char **dial, **numbers, **headers, **codecs;
};

struct ts_trunk_config *ts_trunk_config_new(void); /* [give] */
struct ts_trunk_config *ts_trunk_config_ref(struct ts_trunk_config *config);
void ts_trunk_config_unref(struct ts_trunk_config *config); /* NULL: nothing */

/* "HOST", "HOST:PORT", "[::1]:5060". False: neither; port 0: none was given. */
bool ts_trunk_host_split(const char *text, char *host, size_t cap, uint16_t *port);
/* The number as the trunk's first rule that fits has it, in its format. False: none fits. */
bool ts_trunk_rewrite(
	const struct ts_trunk_config *config, const char *number, char *out, size_t cap);
/* "+49 (30) 555", "tel:+49-30-555;phone-context=x" -> "+4930555". False: no telephone number. */
bool ts_trunk_number(const char *to, char *out, size_t cap);

#endif
