/* problem_types - every type of problem that the API answers, for docs/API.md. `tools/problems`
 * (lint) compares it with the code, by the names and numbers that stand there.
 *
 *   X(type, status, what it means, what to do about it)
 *      status: with blanks between where it may be one of several
 *
 * Where there is no type the status says it all (about:blank): 401 without the API token, 404 and
 * 405 of paths, 413, 503 without memory.
 * Thread  none; constant.
 */
#ifndef TS_CONTROL_HTTP_PROBLEM_TYPES_H
#define TS_CONTROL_HTTP_PROBLEM_TYPES_H

/* clang-format off */
#define TS_PROBLEMS(X) \
	X("accept", "406", "The Accept header excludes the answer, which is application/sdp", \
	  "Accept application/sdp, or send none") \
	X("answer", "503", "The answer to an offer could not be written", \
	  "Join again; the log says more") \
	X("changed", "412", \
	  "If-Match or If-None-Match does not hold: somebody else changed the thing, or " \
	  "it is (not) there", "GET it again, decide anew, send the new ETag") \
	X("content-type", "415", "The body is of another media type than this path takes", \
	  "Send the type that Accept, Accept-Patch or the detail names") \
	X("field", "422", \
	  "A field of the body is unknown, missing, read-only or out of range; pointer " \
	  "says which", "Correct that field") \
	X("draining", "503", \
	  "The server is to end: it makes no new rooms, and takes nobody into a room where " \
	  "nobody is", "Go to another server, or try again when this one is back") \
	X("fragment", "400", \
	  "The fragment of trickle ICE cannot be read, or changes one of a=ice-ufrag and " \
	  "a=ice-pwd alone", "Mend the client") \
	X("host", "421", \
	  "The Host header names what this server does not answer to without a token: " \
	  "pages of others could", \
	  "Use an address, localhost or the name in http.public_url; or set " \
	  "http.api_token, http.allowed_origins") \
	X("identity-taken", "409", "Somebody with this identity is in the room", \
	  "To come back in their place send the secret of their session as " \
	  "Tessera-Session; else choose another") \
	X("if-match", "412 428", \
	  "PATCH of a fragment needs the ETag of the session as If-Match; 412: ICE was " \
	  "restarted since", "Send the ETag of the last answer, or *") \
	X("insufficient-scope", "403", \
	  "The API key or JWT does not have the scope that the route asks for; WWW-Authenticate " \
	  "names it", "Ask who gave it for another; docs/IDENTITY.md") \
	X("invalid-token", "401", \
	  "The API key or JWT is not valid here: unknown, removed, expired, not yet valid, for " \
	  "another audience, or no token at all. The log says which", \
	  "Get a new one") \
	X("json", "400", "The body is not JSON; the detail has line and column", \
	  "Mend the client") \
	X("layout", "400 422", "The layout cannot be used; pointer says where", \
	  "Correct it: docs/LAYOUTS.md. ?dry_run=true only checks") \
	X("layout-name", "404", "No layout can have this name", \
	  "1 to 64 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot") \
	X("disk-full", "507", \
	  "The disk of recordings has less than recording.min_free_mb left, or they take all of " \
	  "recording.quota_mb", "Remove recordings, or make room") \
	X("main-view", "409", "The main view is always there, and has the settings of the room", \
	  "Change the room, or its layout") \
	X("image", "415 422", \
	  "The body is no PNG, JPEG or WebP (415), or not of the kind that is decoded: animated, " \
	  "CMYK; or it is damaged or too large (422)", "The detail says what; docs/BRANDING.md") \
	X("image-exists", "409", "There is an image of that name", "PUT replaces it") \
	X("image-name", "422", "No image can have this name", \
	  "1 to 64 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot") \
	X("no-such-image", "404 409 422", \
	  "There is no image of that name; or (409) it was removed while it came", \
	  "GET /v1/images lists them") \
	X("too-many-images", "409", \
	  "The server keeps as many images as it may, or they take all of the memory", \
	  "Remove some; images.max, images.max_mb") \
	X("too-many-uploads", "429 503", "Images come faster than they are decoded", \
	  "Wait as Retry-After says") \
	X("key-of-file", "409", "The key is of identity.keys, which is only read", \
	  "Remove it from that file, and send SIGHUP") \
	X("name-fixed", "409", "The name is the one of the token that was joined by", \
	  "Join by a token with another name, or with none") \
	X("no-signing-key", "409", "No key to sign tokens with is configured", \
	  "Set identity.signing_key") \
	X("no-such-key", "404", "There is no API key of that id", "GET /v1/keys lists them") \
	X("nobody-is-asked", "409", \
	  "The API asks nobody for a token, so that a key would open nothing more", \
	  "Set http.api_token, identity.keys or identity.jwt_keys") \
	X("other-room", "403", \
	  "The API key or JWT is for some rooms alone, and that is another or the whole server", \
	  "Use one for that room; * is every room") \
	X("too-many-keys", "409", "There are as many API keys as may be made", \
	  "Remove those whose last_used_ms is long ago") \
	X("too-many-mixes", "409", \
	  "Those who are in the room would hear it in more ways than there may be mixes", \
	  "Let more of them hear alike: name roles, not participants") \
	X("no-such-view", "404 422", "There is no view of that id in the room", \
	  "GET /v1/rooms/{room}/views lists them") \
	X("no-transfer", "409", "The call is not up, or a transfer of it runs already", \
	  "GET the call; ask again when `transfer.state` is failed") \
	X("no-such-output", "404", "The room has no such output; it may have been removed", \
	  "GET the outputs of the room") \
	X("not-allowed", "422", "outputs.allow of this server lets no stream go to that host", \
	  "Send it elsewhere, or name the host in outputs.allow") \
	X("not-host", "403", "Only hosts may do this", \
	  "Give the host's PIN: PATCH /s/{secret} {\"pin\"}") \
	X("not-waiting", "404", "Nobody of this id waits for the room", \
	  "They were let in, refused, or left: GET .../waiting") \
	X("number-taken", "409", "Another room has this number, or is called so", \
	  "Choose another, or auto") \
	X("too-many-outputs", "409", \
	  "As many streams run as may, in this room (8, with its recordings) or on the server", \
	  "Stop one; outputs.max_running") \
	X("too-many-views", "409", "The room has as many views as it may", \
	  "Remove one; those removed last need a moment to end") \
	X("url", "422", \
	  "The URL of an output cannot be used; the detail says what is wrong with it", \
	  "Correct it: docs/STREAMING.md") \
	X("malformed", "400 501", \
	  "The head of the request could be read differently by two readers", \
	  "Mend the client or the proxy before the server") \
	X("muted-by-api", "409", "A moderator muted this participant", "Only the API lifts that") \
	X("no-painter", "503", "This server draws no pictures now", "Try again later") \
	X("no-picture", "404", "Nobody was in this room yet, so it has no picture", \
	  "Try again when somebody joined") \
	X("no-sip", "409", "SIP is off on this server", "Set sip.listen") \
	X("no-file", "404", "The recording has no such file, or it is gone", \
	  "GET the recording: parts tells which there are") \
	X("no-such-trunk", "404", "There is no such trunk", "GET /v1/sip/trunks") \
	X("no-such-webhook", "404", "There is no such webhook", "GET /v1/webhooks") \
	X("no-trunk", "409", \
	  "No trunk takes this number, or none that does has found its server yet", \
	  "GET /v1/sip/trunks: `dial`, `state` and `reason` of each") \
	X("not-registered", "409", "No phone is registered as this user", \
	  "GET /v1/sip/registrations") \
	X("trunk", "422", "The settings of a trunk make no sense together; pointer says where", \
	  "Correct them: docs/TRUNKS.md") \
	X("trunk-exists", "409", "POST of a trunk whose id is taken", \
	  "PATCH it, or take another id") \
	X("trunk-of-file", "409", "The trunk stands in the configuration file", \
	  "Change it there, and start the server again") \
	X("too-many-trunks", "409", "The server has 64 trunks", "Remove one") \
	X("no-such-call", "404", \
	  "The room has no such call; ended ones are kept for ten minutes", \
	  "GET the calls of the room") \
	X("no-such-input", "404", \
	  "The room has no such input; ended ones are kept for ten minutes", \
	  "GET the inputs of the room") \
	X("no-such-layout", "404 422", "No layout has this name", "GET /v1/layouts") \
	X("no-such-participant", "404 422", \
	  "The room has no such participant; they may have left", \
	  "GET the participants of the room") \
	X("not-movable", "409", \
	  "The participant cannot go to another room now: their connection is being " \
	  "negotiated, or somebody comes back in their place", "Ask again in a moment") \
	X("no-such-announcement", "404", "No such announcement is played; it may have ended", \
	  "GET the announcements of the room") \
	X("no-such-sound", "422", "The media folder has no such file, or there is none", \
	  "Put the file into inputs.media_dir") \
	X("no-such-recording", "404", "The room has no such recording; it may have been removed", \
	  "GET the recordings of the room") \
	X("no-such-segment", "404", "A segment or part of HLS is not there, or not any more", \
	  "Load the playlist again") \
	X("no-such-stream", "404", \
	  "The room is not sent as HLS (FLV), or the key in the link is not that of now", \
	  "Load /hls/{room}/index.m3u8 or /flv/{room}.flv again; \"hls\", \"flv\" of the " \
	  "room, or its outputs, begin one") \
	X("too-many-viewers", "503", "As many watch by HTTP-FLV as may, in all or from there", \
	  "Try again; flv.max_viewers, or a relay for FLV before the server") \
	X("not-there-yet", "503", \
	  "A part or playlist of HLS did not come in time, or as many wait as may", \
	  "Try again; hls.max_waiting") \
	X("no-such-room", "404", \
	  "There is no such room; rooms made by a join go with the last participant", \
	  "Make it by PUT, or join it") \
	X("no-such-session", "404", "The session ended, or never was", "Join again") \
	X("hears-nothing", "409", "The participant is not connected yet, or is sent no sound", \
	  "GET the participant: `state` and `kind`") \
	X("nobody-here", "409", \
	  "A recording or an output lasts while somebody is in the room, and nobody is", \
	  "Try when somebody joined, or set \"record\": \"always\" of the room") \
	X("not-running", "409", "The recording has ended: it can be neither paused nor resumed", \
	  "Start another") \
	X("offer", "400 422", \
	  "The offer cannot be read (400), or has nothing that can be answered (422)", \
	  "The detail says what; mend the client") \
	X("origin", "403", "A page of another origin may not join this room", \
	  "Name it in http.allowed_origins, or ask for a PIN or token (join.policy)") \
	X("overloaded", "503", \
	  "The server is overloaded: nobody new may join, or, of /readyz, no camera is " \
	  "shown that comes on now", \
	  "Try again as Retry-After says, or elsewhere; docs/OVERLOAD.md") \
	X("tracks-taken", "409", "A recording of mix+participants runs in this room already", \
	  "End that one, or record the mix alone") \
	X("output-exists", "409", "The room is sent as HLS (FLV) already: there is one for all", \
	  "GET its outputs, or \"hls\" and \"flv\" of the room") \
	X("pin-needed", "401", "The room asks for a PIN", \
	  "Ask for it; send ?pin= or Authorization: Bearer PIN") \
	X("query", "400", "A parameter of the query is out of range; pointer says which", \
	  "Correct it") \
	X("range", "416", "The file has nothing of that Range", \
	  "Send a Range within the length that Content-Range tells") \
	X("room-exists", "409", "POST of a room whose id is taken", \
	  "Use PUT or PATCH, or another id") \
	X("room-full", "409", "The room has as many participants or watchers as it may have", \
	  "Raise max_participants or max_watchers of the room, or wait") \
	X("room-id", "400 404", "No room can have this id", "1 to 64 of A-Z a-z 0-9 . _ ~ -") \
	X("room-not-begun", "423", "valid_from_ms of the room is still to come", \
	  "Join after Retry-After seconds") \
	X("room-over", "410", "valid_until_ms of the room has passed", \
	  "A moderator gives it another time") \
	X("role-forbids", "409", "The role of this participant is to watch", \
	  "A moderator gives them another role") \
	X("no-such-template", "422", "There is no template of that name", \
	  "GET /v1/templates lists them; [template NAME] of the settings makes one") \
	X("breakouts-run", "409", "This room has breakouts already, or is one", \
	  "DELETE them first, or take its parent") \
	X("no-breakouts", "404", "This room has no breakouts", "POST makes them") \
	X("room-locked", "423", "Nobody new may join", \
	  "A moderator unlocks it: PATCH {\"locked\":false}") \
	X("shipped-layout", "409", "This layout comes with the server and stays as it is", \
	  "Store yours under another name") \
	X("stopping", "503", "The server stops (/readyz)", "Send people elsewhere") \
	X("to", "422", \
	  "The address cannot be called: no SIP URI, or sip.dial lets no call go there", \
	  "Correct it, or sip.dial") \
	X("token-needed", "401", "Joining needs a token", "Send Authorization: Bearer TOKEN") \
	X("too-many-attempts", "429", \
	  "Too many wrong secrets from this address, or at this room or user", \
	  "Wait as Retry-After says; each further try is not compared") \
	X("too-many-half-open", "503", "Too many joins have not connected yet", \
	  "Try again as Retry-After says") \
	X("too-many-machines", "409", \
	  "As many programs as may are connected: in this room, from this address, or in all", \
	  "End one; machines.max, max_per_room, max_per_address") \
	X("too-many-inputs", "409", \
	  "There are as many inputs as may be, in this room or on the server", \
	  "DELETE one; inputs.max, inputs.max_per_room") \
	X("too-many-joins", "429", "Too many joins from this address", \
	  "Wait as Retry-After says; limits.joins_per_second, http.trusted_proxies") \
	X("too-many-layouts", "409", "The server stores no more layouts", "DELETE one") \
	X("too-many-readers", "503", "Too many others read events", \
	  "Try again as Retry-After says; read once and share") \
	X("too-much-text", "429", "Too much is written: by one participant, or in the room", \
	  "Wait as Retry-After says: docs/TEXT.md") \
	X("nothing-to-read", "422", \
	  "The text is empty once control characters are gone, or too long", "Write another one") \
	X("waits", "409", "This participant waits for a host, and is not in the room", \
	  "Wait until a host lets them in") \
	X("too-many-requests", "429", "Too many requests of this session", \
	  "Wait as Retry-After says") \
	X("too-many-announcements", "409", "As many sounds are played into the room as may (8)", \
	  "Stop one, or wait for its end") \
	X("too-many-recordings", "409", \
	  "As many recordings run as may, in this room (8) or on the server", \
	  "Stop one; recording.max_running") \
	X("too-many-restarts", "429", "The session still works on what came before", \
	  "Send it again in a moment") \
	X("too-many-webhooks", "409", "The server has as many webhooks as it may have", \
	  "DELETE one; webhooks.max") \
	X("too-many-rooms", "503", "The server has as many rooms as it may have", \
	  "limits.max_rooms, or wait as Retry-After says") \
	X("url", "422", \
	  "The URL of an input is none that is opened, or inputs.allow does not let it be", \
	  "Correct it, or inputs.allow: docs/INPUTS.md") \
	X("view-exists", "409", "There is a view of that id", "PUT replaces it") \
	X("view-id", "404", "No view can be called that", \
	  "1 to 32 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot") \
	X("view-too-large", "409", "No step of that view fits the decoder of the participant", \
	  "Give the view a smaller canvas, or a ladder with smaller steps") \
	X("webhook", "422", \
	  "A setting of the webhook makes no sense, or webhooks.allow does not let its URL be " \
	  "asked", \
	  "Correct it, or webhooks.allow: docs/WEBHOOKS.md") \
	X("webhook-of-file", "409", "The webhook stands in the configuration file", \
	  "Change it there") \
	X("wrong-pin", "403", "The PIN is wrong", \
	  "Ask again; ten wrong ones at once, then one in 5 s") \
	X("wrong-token", "403", "The token is wrong", "As with PINs") \
	X("websocket", "400 426", \
	  "The path is a WebSocket, of RFC 6455 and of the subprotocol that the detail names", \
	  "Open it by WebSocket")

/* Errors of base/error.h that reach an answer under their own name: X(error) */
#define TS_PROBLEM_ERRORS(X) \
	X("out-of-memory") X("again") X("full") X("closed") X("limit") X("io") X("unsupported") \
	X("exists")
/* clang-format on */

#endif
