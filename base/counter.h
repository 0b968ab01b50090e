/* counter - one table of process-wide counters and gauges; it makes /metrics.
 *
 *   X(id, type, family, labels, help)      labels is "" or e.g. "reason=\"srtp_auth\"";
 *                                          rows of a family stand together
 *
 * To count something new, add a row, for a new family one in TS_FAMILIES too, and run "make docs":
 * docs/METRICS.md is printed from both. A family that is renamed goes on under its old name too:
 * TS_COUNTER_ALIASES.
 * Thread  any; relaxed atomics.
 */
#ifndef TS_BASE_COUNTER_H
#define TS_BASE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#define TS_DROPS      "tessera_packets_dropped_total"
#define TS_DROPS_HELP "Packets dropped, by reason"
#define TS_OUTPUT_LOST "tessera_output_connections_lost_total"
#define TS_PERSONAL_REFUSED "tessera_personal_views_refused_total"
#define TS_TICK_DELAY_NS 5000000LL /* what tessera_ticks_delayed_total means */
/* clang-format off */
#define TS_COUNTERS(X) \
	X(ROOMS,               GAUGE,   "tessera_rooms", "", "Rooms that exist") \
	X(VIEWS,               GAUGE,   "tessera_views", "", \
	  "Views of rooms besides main") \
	X(VIEWS_COMPOSED,      GAUGE,   "tessera_views_composed", "", \
	  "Views, main included, that are composed as somebody receives them") \
	X(VIEW_CHANGES,        COUNTER, "tessera_view_changes_total", "", \
	  "Participants who went from one view to another") \
	X(AUDIO_ROWS,          GAUGE,   "tessera_audio_rows", "", \
	  "Different ways of hearing a room, besides all as they are: a mix each") \
	X(PERSONAL_VIEWS,      GAUGE,   "tessera_personal_views", "", \
	  "Views of single participants, or of few with equal wishes") \
	X(PERSONAL_FALLBACKS,  COUNTER, "tessera_personal_view_fallbacks_total", "", \
	  "Participants who had such a view and were sent the shared one again") \
	X(PERSONAL_LIMIT,      COUNTER, TS_PERSONAL_REFUSED, "reason=\"limit\"", \
	  "Participants who wanted such a view and were sent the shared one, by reason") \
	X(PERSONAL_LOAD,       COUNTER, TS_PERSONAL_REFUSED, "reason=\"load\"", "") \
	X(PERSONAL_OVERLOAD,   COUNTER, TS_PERSONAL_REFUSED, "reason=\"overload\"", "") \
	X(PERSONAL_ROOM,       COUNTER, TS_PERSONAL_REFUSED, "reason=\"room-limit\"", "") \
	X(PERSONAL_LAYOUT,     COUNTER, TS_PERSONAL_REFUSED, "reason=\"layout\"", "") \
	X(PERSONAL_ENCODER,    COUNTER, TS_PERSONAL_REFUSED, "reason=\"no-encoder\"", "") \
	X(PARTICIPANTS_WEBRTC, GAUGE,   "tessera_participants", "kind=\"webrtc\"", \
	  "Participants by kind") \
	X(PARTICIPANTS_WHIP,   GAUGE,   "tessera_participants", "kind=\"whip\"", "") \
	X(PARTICIPANTS_WHEP,   GAUGE,   "tessera_participants", "kind=\"whep\"", "") \
	X(PARTICIPANTS_SIP,    GAUGE,   "tessera_participants", "kind=\"sip\"", "") \
	X(PARTICIPANTS_INPUT,  GAUGE,   "tessera_participants", "kind=\"input\"", "") \
	X(PARTICIPANTS_MACHINE, GAUGE,  "tessera_participants", "kind=\"machine\"", "") \
	X(ENC_VIDEO_H264,      GAUGE,   "tessera_encoders", "media=\"video\",codec=\"h264\"", \
	  "Encoders open") \
	X(ENC_VIDEO_VP8,       GAUGE,   "tessera_encoders", "media=\"video\",codec=\"vp8\"", "") \
	X(ENC_VIDEO_H263,       GAUGE,   "tessera_encoders", \
	  "media=\"video\",codec=\"h263\"", "") \
	X(ENC_VIDEO_H263_1998,  GAUGE,   "tessera_encoders", \
	  "media=\"video\",codec=\"h263-1998\"", "") \
	X(ENC_VIDEO_H261,       GAUGE,   "tessera_encoders", \
	  "media=\"video\",codec=\"h261\"", "") \
	X(ENC_AUDIO_OPUS,      GAUGE,   "tessera_encoders", "media=\"audio\",codec=\"opus\"", "") \
	X(ENC_AUDIO_G722,      GAUGE,   "tessera_encoders", "media=\"audio\",codec=\"g722\"", "") \
	X(ENC_AUDIO_PCMU,      GAUGE,   "tessera_encoders", "media=\"audio\",codec=\"pcmu\"", "") \
	X(ENC_AUDIO_PCMA,      GAUGE,   "tessera_encoders", "media=\"audio\",codec=\"pcma\"", "") \
	X(ENC_AUDIO_G729,       GAUGE,   "tessera_encoders", \
	  "media=\"audio\",codec=\"g729\"", "") \
	X(DEC_VIDEO_H264,      GAUGE,   "tessera_decoders", "media=\"video\",codec=\"h264\"", \
	  "Decoders open") \
	X(DEC_VIDEO_VP8,       GAUGE,   "tessera_decoders", "media=\"video\",codec=\"vp8\"", "") \
	X(DEC_VIDEO_H263,       GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"h263\"", "") \
	X(DEC_VIDEO_H263_1998,  GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"h263-1998\"", "") \
	X(DEC_VIDEO_H261,       GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"h261\"", "") \
	X(DEC_VIDEO_VP9,        GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"vp9\"", "") \
	X(DEC_VIDEO_AV1,        GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"av1\"", "") \
	X(DEC_VIDEO_H265,        GAUGE,   "tessera_decoders", \
	  "media=\"video\",codec=\"h265\"", "") \
	X(DEC_AUDIO_OPUS,      GAUGE,   "tessera_decoders", "media=\"audio\",codec=\"opus\"", "") \
	X(DEC_AUDIO_G722,      GAUGE,   "tessera_decoders", "media=\"audio\",codec=\"g722\"", "") \
	X(DEC_AUDIO_PCMU,      GAUGE,   "tessera_decoders", "media=\"audio\",codec=\"pcmu\"", "") \
	X(DEC_AUDIO_PCMA,      GAUGE,   "tessera_decoders", "media=\"audio\",codec=\"pcma\"", "") \
	X(DEC_AUDIO_G729,       GAUGE,   "tessera_decoders", \
	  "media=\"audio\",codec=\"g729\"", "") \
	X(DEC_AUDIO_PCM,       GAUGE,   "tessera_decoders", "media=\"audio\",codec=\"pcm\"", "") \
	X(TICKS_VIDEO,         COUNTER, "tessera_ticks_total", "media=\"video\"", \
	  "Mixer ticks run") \
	X(TICKS_AUDIO,         COUNTER, "tessera_ticks_total", "media=\"audio\"", "") \
	X(TICKS_SKIPPED_VIDEO, COUNTER, "tessera_ticks_skipped_total", "media=\"video\"", \
	  "Mixer ticks skipped because their time had passed") \
	X(TICKS_SKIPPED_AUDIO, COUNTER, "tessera_ticks_skipped_total", "media=\"audio\"", "") \
	X(TICKS_DELAYED_VIDEO, COUNTER, "tessera_ticks_delayed_total", "media=\"video\"", \
	  "Mixer ticks that ran, but began over 5 ms after their time") \
	X(TICKS_DELAYED_AUDIO, COUNTER, "tessera_ticks_delayed_total", "media=\"audio\"", "") \
	X(KEYFRAMES_SENT,      COUNTER, "tessera_keyframes_total", "direction=\"sent\"", \
	  "Keyframes encoded, and keyframe requests sent to senders") \
	X(KEYFRAMES_REQUESTED, COUNTER, "tessera_keyframes_total", "direction=\"asked\"", "") \
	X(STEP_DOWN_NETWORK,   COUNTER, "tessera_step_changes_total", \
	  "direction=\"down\",reason=\"network\"", \
	  "Receivers moved to a smaller or larger step of the ladder, by what decided it") \
	X(STEP_DOWN_KEYFRAMES, COUNTER, "tessera_step_changes_total", \
	  "direction=\"down\",reason=\"keyframes\"", "") \
	X(STEP_UP_ESTIMATE,    COUNTER, "tessera_step_changes_total", \
	  "direction=\"up\",reason=\"estimate\"", "") \
	X(STEP_UP_TRIAL,       COUNTER, "tessera_step_changes_total", \
	  "direction=\"up\",reason=\"trial\"", "") \
	X(STEP_ABANDONED,      COUNTER, "tessera_step_changes_abandoned_total", "", \
	  "Changes of step given up, because no keyframe of the new one came") \
	X(RX_PACKETS,          COUNTER, "tessera_packets_total", "direction=\"in\"", \
	  "Datagrams received and sent") \
	X(TX_PACKETS,          COUNTER, "tessera_packets_total", "direction=\"out\"", "") \
	X(RX_BYTES,            COUNTER, "tessera_bytes_total", "direction=\"in\"", \
	  "Datagram bytes received and sent") \
	X(TX_BYTES,            COUNTER, "tessera_bytes_total", "direction=\"out\"", "") \
	X(NACKS_SENT,          COUNTER, "tessera_nacks_total", "direction=\"out\"", \
	  "Sequence numbers asked again, in either direction") \
	X(NACKS_GOT,           COUNTER, "tessera_nacks_total", "direction=\"in\"", "") \
	X(RTX_SENT,            COUNTER, "tessera_retransmissions_total", "direction=\"out\"", \
	  "Packets sent again or got by retransmission") \
	X(RTX_GOT,             COUNTER, "tessera_retransmissions_total", "direction=\"in\"", "") \
	X(DROP_UNKNOWN,        COUNTER, TS_DROPS, "reason=\"unknown\"", TS_DROPS_HELP) \
	X(DROP_NO_KEYS,        COUNTER, TS_DROPS, "reason=\"no_keys\"", "") \
	X(DROP_SRTP_AUTH,      COUNTER, TS_DROPS, "reason=\"srtp_auth\"", "") \
	X(DROP_SRTP_REPLAY,    COUNTER, TS_DROPS, "reason=\"srtp_replay\"", "") \
	X(DROP_RTP_BAD,        COUNTER, TS_DROPS, "reason=\"rtp_malformed\"", "") \
	X(DROP_RTCP_BAD,       COUNTER, TS_DROPS, "reason=\"rtcp_malformed\"", "") \
	X(DROP_RTP_PT,         COUNTER, TS_DROPS, "reason=\"rtp_payload_type\"", "") \
	X(DROP_RTP_SSRC,       COUNTER, TS_DROPS, "reason=\"rtp_ssrc\"", "") \
	X(DROP_LATE,           COUNTER, TS_DROPS, "reason=\"late\"", "") \
	X(DROP_DUPLICATE,      COUNTER, TS_DROPS, "reason=\"duplicate\"", "") \
	X(DROP_JBUF_FULL,      COUNTER, TS_DROPS, "reason=\"jitter_buffer_full\"", "") \
	X(DROP_QUEUE_FULL,     COUNTER, TS_DROPS, "reason=\"queue_full\"", "") \
	X(DROP_PAYLOAD_BAD,    COUNTER, TS_DROPS, "reason=\"payload_malformed\"", "") \
	X(DROP_DTLS,           COUNTER, TS_DROPS, "reason=\"dtls\"", "") \
	X(DROP_NO_BUFFER,      COUNTER, TS_DROPS, "reason=\"no_buffer\"", "") \
	X(DROP_SOURCE,         COUNTER, TS_DROPS, "reason=\"source\"", "") \
	X(DROP_SEND,           COUNTER, TS_DROPS, "reason=\"send_failed\"", "") \
	X(DROP_SOCKET_FULL,    COUNTER, TS_DROPS, "reason=\"socket_full\"", "") \
	X(DROP_STALE,          COUNTER, TS_DROPS, "reason=\"stale\"", "") \
	X(DROP_PACED,          COUNTER, TS_DROPS, "reason=\"paced\"", "") \
	X(DROP_FEEDBACK_BAD,   COUNTER, TS_DROPS, "reason=\"feedback\"", "") \
	X(DTLS_RESTARTS,       COUNTER, "tessera_dtls_restarts_total", "", \
	  "Handshakes of SIP without ICE that failed, or led nowhere, and began anew") \
	X(ICE_MOVED,           COUNTER, "tessera_ice_moves_total", "", \
	  "Participants on media.port who went on from another address, proved by a check") \
	X(PROBES,              COUNTER, "tessera_probes_total", "", \
	  "Times that a receiver was sent more than its media, to learn what its network takes") \
	X(PADDING_BYTES,       COUNTER, "tessera_padding_bytes_total", "", \
	  "Bytes of padding in probes, headers included") \
	X(WITHHELD_BYTES,      COUNTER, "tessera_withheld_bytes_total", "", \
	  "Bytes of plain RTP and RTCP not sent, because nobody at that address had shown to " \
	  "want them") \
	X(MEDIA_MOVED,         COUNTER, "tessera_media_moved_total", "", \
	  "Streams of plain RTP or RTCP that went on from another address") \
	X(DROP_PICTURE,        COUNTER, "tessera_pictures_dropped_total", "", \
	  "Decoded pictures that came while the queue of a view was full") \
	X(ICE_TCP_CONNECTIONS, GAUGE,   "tessera_ice_tcp_connections", "", \
	  "Connections of media over TCP (ice.tcp) that others opened") \
	X(ICE_TCP_CUT_SLOW,    COUNTER, "tessera_ice_tcp_connections_cut_total", \
	  "reason=\"slow\"", \
	  "Connections of media over TCP closed: nothing came in time, too many, a beginning " \
	  "that is not the participant's, no descriptor left") \
	X(ICE_TCP_CUT_FULL,    COUNTER, "tessera_ice_tcp_connections_cut_total", \
	  "reason=\"full\"", "") \
	X(ICE_TCP_CUT_STRANGER, COUNTER, "tessera_ice_tcp_connections_cut_total", \
	  "reason=\"stranger\"", "") \
	X(ICE_TCP_CUT_DESCRIPTORS, COUNTER, "tessera_ice_tcp_connections_cut_total", \
	  "reason=\"descriptors\"", "") \
	X(TELEPHONE_EVENTS,    COUNTER, "tessera_telephone_events_total", "", \
	  "Keys pressed on telephones (RFC 4733)") \
	X(DIGITS,              COUNTER, "tessera_digits_total", "", \
	  "Keys pressed by participants, each press once: by RFC 4733, SIP INFO or tones") \
	X(DECODE_ERRORS,       COUNTER, "tessera_decode_errors_total", "", \
	  "Access units that a decoder refused") \
	X(AUDIO_CONCEALED,     COUNTER, "tessera_audio_frames_concealed_total", "", \
	  "Frames of talkers made up because their packets were missing or late") \
	X(AUDIO_SKIPPED,       COUNTER, "tessera_audio_packets_skipped_total", "", \
	  "Packets of talkers left out because their delay had become too long") \
	X(RED_RESTORED,        COUNTER, "tessera_red_frames_total", "direction=\"in\"", \
	  "Frames of sound that came with a later packet than their own, which was lost, those " \
	  "too late to be played included; and those repeated so that receivers can do the " \
	  "same, once for all whose packets are alike (RED)") \
	X(RED_SENT,            COUNTER, "tessera_red_frames_total", "direction=\"out\"", "") \
	X(PICTURE_MEMORY,      GAUGE,   "tessera_picture_memory_bytes", "", \
	  "Memory of decoded and converted pictures, those that wait to be used again included") \
	X(DECODE_REFUSED,      COUNTER, "tessera_sources_refused_total", "", \
	  "Times that a camera or presentation was refused: too large, too demanding, not as " \
	  "negotiated") \
	X(DECODE_BUDGET,       COUNTER, "tessera_decode_budget_exceeded_total", "", \
	  "Times that a camera or presentation was dropped to its next keyframe, for it took " \
	  "more than its share") \
	X(LAYER_SWITCHED,      COUNTER, "tessera_simulcast_switches_total", "", \
	  "Times that another simulcast layer of a camera was decoded from its keyframe on") \
	X(TURNS_LONG,          COUNTER, "tessera_worker_turns_long_total", "", \
	  "Turns of a worker that lasted longer than its class of work may") \
	X(ENCODER_FAILED,      COUNTER, "tessera_encoders_failed_total", "", \
	  "Times that an encoder of pictures could not be opened; it is tried again a second " \
	  "later") \
	X(INPUTS_LIVE,         GAUGE,   "tessera_inputs", "state=\"live\"", \
	  "Inputs by what they do: media come, or they connect or wait to try again") \
	X(INPUTS_WAITING,      GAUGE,   "tessera_inputs", "state=\"waiting\"", "") \
	X(INPUTS_ENDED,        COUNTER, "tessera_inputs_ended_total", "result=\"ended\"", \
	  "Inputs that are over, by how: at their end or by request, or because they could not " \
	  "be opened or read") \
	X(INPUTS_FAILED,       COUNTER, "tessera_inputs_ended_total", "result=\"failed\"", "") \
	X(INPUT_RETRIES,       COUNTER, "tessera_input_retries_total", "", \
	  "Times that an input was lost, or not reached, and is tried again") \
	X(INPUT_REFUSED,       COUNTER, "tessera_input_refused_total", "", \
	  "URLs that inputs.allow did not let an input open, those it was led to included") \
	X(INPUT_LATE,          COUNTER, "tessera_input_pictures_late_total", "", \
	  "Pictures of inputs that were decoded too late to be shown") \
	X(MACHINES,            GAUGE,   "tessera_machines", "", \
	  "WebSockets of programs that hear or speak in rooms") \
	X(MACHINES_REFUSED,    COUNTER, "tessera_machines_refused_total", "", \
	  "Requests for one that were refused") \
	X(MACHINES_SLOW,       COUNTER, "tessera_machines_cut_total", "reason=\"slow\"", \
	  "Programs that were disconnected, by reason") \
	X(MACHINES_FLOOD,      COUNTER, "tessera_machines_cut_total", "reason=\"flood\"", "") \
	X(MACHINES_BAD,        COUNTER, "tessera_machines_cut_total", "reason=\"bad\"", "") \
	X(MACHINE_LOST_IN,     COUNTER, "tessera_machine_frames_dropped_total", \
	  "direction=\"in\"", \
	  "Frames of 20 ms that were not spoken, or not given to a program") \
	X(MACHINE_LOST_OUT,    COUNTER, "tessera_machine_frames_dropped_total", \
	  "direction=\"out\"", "") \
	X(PUSH_RTMP,           GAUGE,   "tessera_push_connections", "protocol=\"rtmp\"", \
	  "Connections of publishers who push, those not admitted yet included") \
	X(PUSH_RTMPS,          GAUGE,   "tessera_push_connections", "protocol=\"rtmps\"", "") \
	X(PUSH_SRT,            GAUGE,   "tessera_push_connections", "protocol=\"srt\"", "") \
	X(PUSHES_REFUSED,      COUNTER, "tessera_pushes_refused_total", "", \
	  "Publishers who were not admitted: no or a wrong secret, a locked or full room, no " \
	  "room named") \
	X(PUSH_CUT_LIMIT,      COUNTER, "tessera_push_connections_cut_total", \
	  "reason=\"limit\"", \
	  "Connections of publishers closed by us: too many, silent, unreadable, too much sent, " \
	  "not taken in time") \
	X(PUSH_CUT_SILENT,     COUNTER, "tessera_push_connections_cut_total", \
	  "reason=\"silent\"", "") \
	X(PUSH_CUT_BAD,        COUNTER, "tessera_push_connections_cut_total", \
	  "reason=\"bad\"", "") \
	X(PUSH_CUT_RATE,       COUNTER, "tessera_push_connections_cut_total", \
	  "reason=\"rate\"", "") \
	X(PUSH_CUT_SLOW,       COUNTER, "tessera_push_connections_cut_total", \
	  "reason=\"slow\"", "") \
	X(PUSH_BYTES,          COUNTER, "tessera_push_bytes_total", "", \
	  "Bytes that publishers sent, those before they were admitted included") \
	X(IMAGES,              GAUGE,   "tessera_images", "", \
	  "Images that are kept") \
	X(IMAGE_UPLOADS,       COUNTER, "tessera_image_uploads_total", "result=\"done\"", \
	  "Images that came") \
	X(IMAGE_REFUSED,       COUNTER, "tessera_image_uploads_total", "result=\"refused\"", "") \
	X(IMAGES_NOT_DRAWN,    COUNTER, "tessera_images_not_drawn_total", "", \
	  "Images that were not drawn in a size, as drawings took all the memory they may") \
	X(RECORDINGS,          GAUGE,   "tessera_recordings", "", \
	  "Recordings that run, paused ones included") \
	X(RECORDINGS_DONE,     COUNTER, "tessera_recordings_total", "result=\"done\"", \
	  "Recordings that ended, by how: as asked for, for want of disk, otherwise failed") \
	X(RECORDINGS_DISK,     COUNTER, "tessera_recordings_total", "result=\"disk\"", "") \
	X(RECORDINGS_FAILED,   COUNTER, "tessera_recordings_total", "result=\"failed\"", "") \
	X(RECORDING_BYTES,     COUNTER, "tessera_recording_bytes_total", "", \
	  "Bytes of recordings written while they ran") \
	X(RECORDING_PARTS,     COUNTER, "tessera_recording_parts_total", "", \
	  "Files of recordings that were begun: one each, and one more whenever the size or the " \
	  "parameters of its pictures change") \
	X(RECORDING_TRACKS,    COUNTER, "tessera_recording_tracks_total", "", \
	  "Files of participants' own streams that were begun") \
	X(SINK_DROPPED,        COUNTER, "tessera_sink_units_dropped_total", "", \
	  "Pictures and frames of sound that recordings and streams did not get, because their " \
	  "disk or peer is too slow") \
	/* by protocol, in the order of enum ts_stream_protocol (container/stream_url.h) */ \
	X(OUTPUTS_RTMP, GAUGE, "tessera_outputs", "protocol=\"rtmp\"", \
	  "Streams out of rooms that run, live or not") \
	X(OUTPUTS_RTMPS, GAUGE, "tessera_outputs", "protocol=\"rtmps\"", "") \
	X(OUTPUTS_SRT, GAUGE, "tessera_outputs", "protocol=\"srt\"", "") \
	X(OUTPUTS_RTSP, GAUGE, "tessera_outputs", "protocol=\"rtsp\"", "") \
	X(OUTPUTS_UDP, GAUGE, "tessera_outputs", "protocol=\"udp\"", "") \
	X(OUTPUTS_RTP, GAUGE, "tessera_outputs", "protocol=\"rtp\"", "") \
	X(OUTPUTS_ICECAST, GAUGE, "tessera_outputs", "protocol=\"icecast\"", "") \
	X(OUTPUT_BYTES_RTMP, COUNTER, "tessera_output_bytes_total", "protocol=\"rtmp\"", \
	  "Bytes of pictures and sound that streams out of rooms have taken") \
	X(OUTPUT_BYTES_RTMPS, COUNTER, "tessera_output_bytes_total", "protocol=\"rtmps\"", "") \
	X(OUTPUT_BYTES_SRT, COUNTER, "tessera_output_bytes_total", "protocol=\"srt\"", "") \
	X(OUTPUT_BYTES_RTSP, COUNTER, "tessera_output_bytes_total", "protocol=\"rtsp\"", "") \
	X(OUTPUT_BYTES_UDP, COUNTER, "tessera_output_bytes_total", "protocol=\"udp\"", "") \
	X(OUTPUT_BYTES_RTP, COUNTER, "tessera_output_bytes_total", "protocol=\"rtp\"", "") \
	X(OUTPUT_BYTES_ICECAST, COUNTER, "tessera_output_bytes_total", "protocol=\"icecast\"", "") \
	X(OUTPUT_LOST_RTMP, COUNTER, TS_OUTPUT_LOST, "protocol=\"rtmp\"", \
	  "Connections of streams out of rooms that broke, or could not be made") \
	X(OUTPUT_LOST_RTMPS, COUNTER, TS_OUTPUT_LOST, "protocol=\"rtmps\"", "") \
	X(OUTPUT_LOST_SRT, COUNTER, TS_OUTPUT_LOST, "protocol=\"srt\"", "") \
	X(OUTPUT_LOST_RTSP, COUNTER, TS_OUTPUT_LOST, "protocol=\"rtsp\"", "") \
	X(OUTPUT_LOST_UDP, COUNTER, TS_OUTPUT_LOST, "protocol=\"udp\"", "") \
	X(OUTPUT_LOST_RTP, COUNTER, TS_OUTPUT_LOST, "protocol=\"rtp\"", "") \
	X(OUTPUT_LOST_ICECAST, COUNTER, TS_OUTPUT_LOST, "protocol=\"icecast\"", "") \
	X(HLS_STREAMS,         GAUGE,   "tessera_hls_streams", "", \
	  "Rooms that are sent as HLS") \
	X(HLS_WAITING,         GAUGE,   "tessera_hls_requests_waiting", "", \
	  "Requests for a part or playlist that is not there yet") \
	X(HLS_BYTES_HELD,      GAUGE,   "tessera_hls_held_bytes", "", \
	  "Bytes of segments in memory, for players to fetch") \
	X(HLS_REQUESTS,        COUNTER, "tessera_hls_requests_total", "result=\"ok\"", \
	  "Requests of HLS players, by what they got: what they asked for, a refusal for want of " \
	  "the right key, nothing as there is none, nothing as too many wait or it did not come") \
	X(HLS_REFUSED,         COUNTER, "tessera_hls_requests_total", "result=\"refused\"", "") \
	X(HLS_ABSENT,          COUNTER, "tessera_hls_requests_total", "result=\"absent\"", "") \
	X(HLS_UNSERVED,        COUNTER, "tessera_hls_requests_total", "result=\"unserved\"", "") \
	X(HLS_BYTES,           COUNTER, "tessera_hls_bytes_total", "", \
	  "Bytes of segments, parts and inits that players were sent; not playlists") \
	X(HLS_PARTS,           COUNTER, "tessera_hls_parts_total", "", \
	  "Parts of segments that were made") \
	X(HLS_LOST,            COUNTER, "tessera_hls_parts_lost_total", "", \
	  "Parts that could not be made or kept: memory, or a control thread that stood still") \
	X(FLV_STREAMS,         GAUGE,   "tessera_flv_streams", "", \
	  "Rooms that are sent as HTTP-FLV") \
	X(FLV_VIEWERS,         GAUGE,   "tessera_flv_viewers", "", \
	  "Who watches by HTTP-FLV") \
	X(FLV_WATCHED,         COUNTER, "tessera_flv_requests_total", "result=\"ok\"", \
	  "Requests of players of HTTP-FLV, by what they got: the stream, a refusal for want of " \
	  "the right key or PIN, one as too many watch") \
	X(FLV_REFUSED,         COUNTER, "tessera_flv_requests_total", "result=\"refused\"", "") \
	X(FLV_FULL,            COUNTER, "tessera_flv_requests_total", "result=\"full\"", "") \
	X(FLV_BYTES,           COUNTER, "tessera_flv_bytes_total", "", \
	  "Bytes that players of HTTP-FLV were sent") \
	X(FLV_SKIPPED,         COUNTER, "tessera_flv_tags_skipped_total", "", \
	  "Pictures and frames of sound that viewers were too slow for") \
	X(FLV_STALLED,         COUNTER, "tessera_flv_viewers_stalled_total", "", \
	  "Viewers who took nothing for ten seconds, and were left") \
	X(HOOKS_FAILED,        COUNTER, "tessera_recording_hooks_failed_total", "", \
	  "Runs of recording.hook that ended with an error, or could not begin") \
	X(ANNOUNCEMENTS_ASKED, COUNTER, "tessera_announcements_total", "by=\"request\"", \
	  "Sounds that were played into rooms, by request or by settings of the room") \
	X(ANNOUNCEMENTS_OWN,   COUNTER, "tessera_announcements_total", "by=\"settings\"", "") \
	X(DRAINING,            GAUGE,   "tessera_draining", "", \
	  "1: the server takes no new rooms, and ends when nobody is left") \
	X(OVERLOAD_LEVEL,      GAUGE,   "tessera_overload_level", "", \
	  "How much the server leaves out because its machine cannot keep up; 0: nothing") \
	X(OVERLOAD_UP,         COUNTER, "tessera_overload_steps_total", "direction=\"up\"", \
	  "Steps of the overload ladder, up to less and down to more") \
	X(OVERLOAD_DOWN,       COUNTER, "tessera_overload_steps_total", \
	  "direction=\"down\"", "") \
	X(ENCODE_SKIPPED,      COUNTER, "tessera_encode_skipped_total", "", \
	  "Canvases an encoder was too slow to take") \
	X(JOINS_OK,            COUNTER, "tessera_joins_total", "result=\"accepted\"", \
	  "Joins over HTTP, by result") \
	X(JOINS_REFUSED,       COUNTER, "tessera_joins_total", "result=\"refused\"", "") \
	X(HALF_OPEN,           GAUGE,   "tessera_half_open_joins", "", \
	  "Joins and calls that were answered, and whose peer has not connected yet") \
	X(HALF_OPEN_GAVE_WAY,  COUNTER, "tessera_half_open_joins_ended_total", \
	  "reason=\"gave_way\"", \
	  "Half-open joins ended, because another needed their place or room") \
	X(SECRETS_PIN,         COUNTER, "tessera_secrets_refused_total", "kind=\"pin\"", \
	  "Tries at PINs, tokens, sessions and passwords that were wrong, or one too many to be " \
	  "compared") \
	X(SECRETS_JOIN_TOKEN,  COUNTER, "tessera_secrets_refused_total", \
	  "kind=\"join-token\"", "") \
	X(SECRETS_API_TOKEN,   COUNTER, "tessera_secrets_refused_total", "kind=\"api-token\"", "") \
	X(SECRETS_SESSION,     COUNTER, "tessera_secrets_refused_total", "kind=\"session\"", "") \
	X(SECRETS_SIP_PASSWORD, COUNTER, "tessera_secrets_refused_total", \
	  "kind=\"sip-password\"", "") \
	X(SECRETS_ROOM_NUMBER, COUNTER, "tessera_secrets_refused_total", \
	  "kind=\"room-number\"", "") \
	X(CREDENTIALS_KEY,     COUNTER, "tessera_credentials_accepted_total", "kind=\"key\"", \
	  "Requests by API keys and JWTs that were right") \
	X(CREDENTIALS_JWT,     COUNTER, "tessera_credentials_accepted_total", "kind=\"jwt\"", "") \
	X(CREDENTIALS_VOID,    COUNTER, "tessera_credentials_refused_total", "reason=\"void\"", \
	  "Requests by credentials whose holder is known, but that are expired or for others " \
	  "(void), or may not do that (scope), or not in that room (room)") \
	X(CREDENTIALS_SCOPE,   COUNTER, "tessera_credentials_refused_total", "reason=\"scope\"", \
	  "") \
	X(CREDENTIALS_ROOM,    COUNTER, "tessera_credentials_refused_total", "reason=\"room\"", \
	  "") \
	X(SESSION_THROTTLED,   COUNTER, "tessera_session_requests_refused_total", "", \
	  "Requests of participants that were too many for one session") \
	X(CALLS,               GAUGE,   "tessera_sip_calls", "", "SIP calls that go on") \
	X(CDR_WRITTEN,         COUNTER, "tessera_cdr_lines_total", "result=\"written\"", \
	  "Lines for cdr.file, one for each participant who left") \
	X(CDR_DROPPED,         COUNTER, "tessera_cdr_lines_total", "result=\"dropped\"", "") \
	X(WEBHOOK_DELIVERED,   COUNTER, "tessera_webhook_events_total", "result=\"delivered\"", \
	  "Events for webhooks, by what became of them: delivered; given up, which makes them " \
	  "dead letters; dropped, as the queue was full") \
	X(WEBHOOK_DEAD,        COUNTER, "tessera_webhook_events_total", "result=\"dead\"", "") \
	X(WEBHOOK_DROPPED,     COUNTER, "tessera_webhook_events_total", "result=\"dropped\"", "") \
	X(WEBHOOK_POSTS_OK,    COUNTER, "tessera_webhook_requests_total", "result=\"ok\"", \
	  "Requests to webhooks, by whether the answer was 2xx") \
	X(WEBHOOK_POSTS_FAILED, COUNTER, "tessera_webhook_requests_total", \
	  "result=\"failed\"", "") \
	X(WEBHOOK_QUEUED,      GAUGE,   "tessera_webhook_events_queued", "", \
	  "Events on disk that are not delivered yet") \
	X(WEBHOOK_OLDEST,      GAUGE,   "tessera_webhook_oldest_seconds", "", \
	  "Age of the oldest of these, of webhooks that are gone or off excepted") \
	X(CALLS_REFUSED,       COUNTER, "tessera_sip_calls_refused_total", "", \
	  "SIP calls that were refused a room") \
	X(IVR_CALLERS,         GAUGE,   "tessera_ivr_callers", "", \
	  "Callers who are asked for a number or PIN") \
	X(IVR_ADMITTED,        COUNTER, "tessera_ivr_calls_total", "outcome=\"admitted\"", \
	  "Callers who were asked: moved into a room, or sent away") \
	X(IVR_DISMISSED,       COUNTER, "tessera_ivr_calls_total", "outcome=\"dismissed\"", \
	  "Callers who were asked: moved into a room, or sent away") \
	X(WAITING,             GAUGE,   "tessera_waiting_participants", "", \
	  "Guests who wait for a host") \
	X(TRUNKS_STATIC,       GAUGE,   "tessera_sip_trunks", "state=\"static\"", \
	  "SIP trunks by state") \
	X(TRUNKS_REGISTERING,  GAUGE,   "tessera_sip_trunks", "state=\"registering\"", "") \
	X(TRUNKS_REGISTERED,   GAUGE,   "tessera_sip_trunks", "state=\"registered\"", "") \
	X(TRUNKS_FAILED,       GAUGE,   "tessera_sip_trunks", "state=\"failed\"", "") \
	X(TRUNKS_REFUSED,      GAUGE,   "tessera_sip_trunks", "state=\"refused\"", "") \
	X(TRUNK_FAILURES,      COUNTER, "tessera_sip_trunk_failures_total", "", \
	  "Registrations of trunks that failed, tries again included") \
	X(REGISTRATIONS,       GAUGE,   "tessera_sip_registrations", "", \
	  "Phones that are registered here") \
	X(SIP_CONNECTIONS,     GAUGE,   "tessera_sip_connections", "", \
	  "SIP connections over TCP and TLS that others opened") \
	X(SIP_CUT_SLOW,        COUNTER, "tessera_sip_connections_cut_total", "reason=\"slow\"", \
	  "SIP connections closed: nothing good came in time, too many, a network that may not " \
	  "call, bytes that are no messages") \
	X(SIP_CUT_FULL,        COUNTER, "tessera_sip_connections_cut_total", \
	  "reason=\"full\"", "") \
	X(SIP_CUT_NETWORK,     COUNTER, "tessera_sip_connections_cut_total", \
	  "reason=\"network\"", "") \
	X(SIP_CUT_FRAMING,     COUNTER, "tessera_sip_connections_cut_total", \
	  "reason=\"framing\"", "") \
	X(SIP_CUT_RATE,        COUNTER, "tessera_sip_connections_cut_total", \
	  "reason=\"rate\"", "") \
	X(SIP_CUT_DESCRIPTORS, COUNTER, "tessera_sip_connections_cut_total", \
	  "reason=\"descriptors\"", "") \
	X(SIP_REFUSED_RATE,    COUNTER, "tessera_sip_messages_refused_total", "reason=\"rate\"", \
	  "SIP messages refused or dropped before they were looked at: too many, a network that " \
	  "may not call, malformed, STUN of a stranger") \
	X(SIP_REFUSED_NETWORK, COUNTER, "tessera_sip_messages_refused_total", \
	  "reason=\"network\"", "") \
	X(SIP_REFUSED_MALFORMED, COUNTER, "tessera_sip_messages_refused_total", \
	  "reason=\"malformed\"", "") \
	X(SIP_REFUSED_STUN,    COUNTER, "tessera_sip_messages_refused_total", \
	  "reason=\"stun\"", "") \
	X(FLOOR_REQUESTS,      COUNTER, "tessera_floor_requests_total", "result=\"all\"", \
	  "Requests for the floor by BFCP, and what the floor did: granted (also to those who " \
	  "just present), denied, revoked") \
	X(FLOOR_GRANTED,       COUNTER, "tessera_floor_requests_total", "result=\"granted\"", "") \
	X(FLOOR_DENIED,        COUNTER, "tessera_floor_requests_total", "result=\"denied\"", "") \
	X(FLOOR_REVOKED,       COUNTER, "tessera_floor_requests_total", "result=\"revoked\"", "") \
	X(FLOOR_SILENT,        COUNTER, "tessera_floor_silent_total", "", \
	  "Floors taken from rooms that presented nothing for 30 s") \
	X(BFCP_USERS,          GAUGE,   "tessera_bfcp_users", "", "Calls that have BFCP") \
	X(BFCP_CONNECTIONS,    GAUGE,   "tessera_bfcp_connections", "", \
	  "BFCP connections over TCP") \
	X(BFCP_IN,             COUNTER, "tessera_bfcp_messages_total", "direction=\"in\"", \
	  "BFCP messages of calls") \
	X(BFCP_OUT,            COUNTER, "tessera_bfcp_messages_total", "direction=\"out\"", "") \
	X(BFCP_ERRORS,         COUNTER, "tessera_bfcp_errors_total", "", \
	  "BFCP requests answered with an Error") \
	X(BFCP_UNACKED,        COUNTER, "tessera_bfcp_unacknowledged_total", "", \
	  "BFCP messages that nobody acknowledged, after four tries") \
	X(BFCP_REFUSED_RATE,   COUNTER, "tessera_bfcp_refused_total", "reason=\"rate\"", \
	  "BFCP messages and connections dropped before they were looked at: too many, ids of " \
	  "no call, a host that is not the call's, connections that are too many or say nothing") \
	X(BFCP_REFUSED_STRANGER, COUNTER, "tessera_bfcp_refused_total", "reason=\"stranger\"", "") \
	X(BFCP_REFUSED_FULL,   COUNTER, "tessera_bfcp_refused_total", "reason=\"full\"", "") \
	X(BFCP_REFUSED_SLOW,   COUNTER, "tessera_bfcp_refused_total", "reason=\"slow\"", "") \
	X(BFCP_REFUSED_MALFORMED, COUNTER, "tessera_bfcp_refused_total", \
	  "reason=\"malformed\"", "") \
	X(HTTP_REQUESTS,       COUNTER, "tessera_http_requests_total", "", \
	  "HTTP requests answered") \
	X(HTTP_CONNECTIONS,    GAUGE,   "tessera_http_connections", "", "HTTP connections open") \
	X(WEBSOCKETS,          GAUGE,   "tessera_websockets", "", "WebSockets that are open") \
	X(WEBSOCKET_MESSAGES,  COUNTER, "tessera_websocket_messages_total", "", \
	  "Messages received by WebSockets") \
	X(HTTP_CUT_SLOW,       COUNTER, "tessera_http_connections_cut_total", "reason=\"slow\"", \
	  "HTTP connections closed because a request or the taking of a reply lasted too long, " \
	  "or because there were too many") \
	X(HTTP_CUT_FULL,       COUNTER, "tessera_http_connections_cut_total", \
	  "reason=\"full\"", "") \
	X(HTTP_MALFORMED,      COUNTER, "tessera_http_requests_malformed_total", "", \
	  "HTTP requests refused because two readers could read them differently") \
	X(MESSAGES,            COUNTER, "tessera_messages_total", "", \
	  "Messages written in rooms") \
	X(MESSAGES_REFUSED,    COUNTER, "tessera_messages_refused_total", "", \
	  "Messages refused: too many, too long, or nothing to read in them") \
	X(RTT_LEGS,            GAUGE,   "tessera_rtt_calls", "", "Calls with real-time text") \
	X(RTT_PACKETS_IN,      COUNTER, "tessera_rtt_packets_in_total", "", \
	  "Packets of real-time text received") \
	X(RTT_PACKETS_OUT,     COUNTER, "tessera_rtt_packets_out_total", "", \
	  "Packets of real-time text sent") \
	X(RTT_PACKETS_FAILED,  COUNTER, "tessera_rtt_packets_failed_total", "", \
	  "Packets of real-time text that the system did not send") \
	X(RTT_REPAIRED,        COUNTER, "tessera_rtt_packets_repaired_total", "", \
	  "Lost packets of real-time text whose text later ones repeated") \
	X(RTT_MISSING,         COUNTER, "tessera_rtt_packets_missing_total", "", \
	  "Lost packets of real-time text whose text is missing") \
	X(RTT_DROPPED,         COUNTER, "tessera_rtt_dropped_total", "", \
	  "Letters to callers that were dropped: more is written than they take") \
	X(RTT_STRANGERS,       COUNTER, "tessera_rtt_packets_refused_total", \
	  "reason=\"stranger\"", "Datagrams that are no text of the call, by reason") \
	X(RTT_TOO_MANY,        COUNTER, "tessera_rtt_packets_refused_total", "reason=\"rate\"", "")\
	X(RTT_MALFORMED,       COUNTER, "tessera_rtt_packets_refused_total", \
	  "reason=\"malformed\"", "") \
	X(CAPTIONS,            COUNTER, "tessera_captions_total", "", \
	  "Captions taken, interim ones too") \
	X(CAPTIONS_REFUSED,    COUNTER, "tessera_captions_refused_total", "", \
	  "Captions refused: too many of a participant or room") \
	X(EVENT_READERS,       GAUGE,   "tessera_event_readers", "", "Readers of events") \
	X(EVENT_READERS_CUT,   COUNTER, "tessera_event_readers_cut_total", "", \
	  "Readers of events that were closed because they did not read")
/* clang-format on */

/* What operators are told in docs/METRICS.md: X(family, unit, what to do about it) */
/* clang-format off */
#define TS_FAMILIES(X) \
	X("tessera_rooms", "rooms", \
	  "At limits.max_rooms joins that would make a room are refused, and /readyz says " \
	  "so.") \
	X("tessera_views", "views", \
	  "What was made by /v1/rooms/{room}/views. They cost nothing while nobody receives " \
	  "them.") \
	X("tessera_views_composed", "views", \
	  "Each costs its scaling at every tick, and its encoders.") \
	X("tessera_view_changes_total", "changes", \
	  "Phones that are turned, moderators. Each brings a keyframe to those who receive " \
	  "the new view in the same step.") \
	X("tessera_audio_rows", "rows", \
	  "Each costs an encoder for each codec and profile of its listeners: 256 in all") \
	X("tessera_personal_views", "views", \
	  "An encoder each at least; at overload.max_personal_views more are refused. " \
	  "docs/VIEWS.md.") \
	X("tessera_personal_view_fallbacks_total", "participants", \
	  "The machine was too busy for them. Many: fewer of them, or more cores.") \
	X("tessera_personal_views_refused_total", "participants", \
	  "limit: overload.max_personal_views. load, overload: the machine had enough to do. " \
	  "layout: it is of no use on that canvas.") \
	X("tessera_participants", "participants", \
	  "Load. Their sum beside the machine's cores is what to plan by.") \
	X("tessera_encoders", "encoders", \
	  "What costs most. More of one codec than rooms times steps: receivers ask for " \
	  "many sizes.") \
	X("tessera_decoders", "decoders", \
	  "Cameras that are shown and voices that are heard. Nothing to do.") \
	X("tessera_ticks_total", "ticks", \
	  "The base of the two that follow: room.fps a second for each room, 50 for its " \
	  "sound.") \
	X("tessera_ticks_skipped_total", "ticks", \
	  "Over 1 % of the ticks: the machine cannot keep up. Fewer rooms, a lower " \
	  "room.fps, more cores.") \
	X("tessera_ticks_delayed_total", "ticks", \
	  "The early sign of skipped ones; look at tessera_queue_depth of that pool and " \
	  "at other programs.") \
	X("tessera_keyframes_total", "keyframes", \
	  "Many sent: receivers lose packets, or come and go. Many asked: senders' " \
	  "packets are lost.") \
	X("tessera_step_changes_total", "changes", \
	  "network: receivers behind thin or lossy links; of many at once: our own link is " \
	  "full. keyframes: receivers that request them without end. Many up and down: a link " \
	  "that swings.") \
	X("tessera_step_changes_abandoned_total", "changes", \
	  "Encoders that cannot be opened or are far too slow; see " \
	  "tessera_encoders_failed_total.") \
	X("tessera_packets_total", "packets", "Load of the network. Nothing to do.") \
	X("tessera_bytes_total", "bytes", \
	  "Load of the network: beside the link's rate, 80 % is the time to act.") \
	X("tessera_nacks_total", "sequence numbers", \
	  "Loss on the way, in: to receivers, out: from senders. Look at the network if " \
	  "it is for many.") \
	X("tessera_retransmissions_total", "packets", \
	  "Far fewer than tessera_nacks_total: resent packets come too late, or are lost " \
	  "as well.") \
	X("tessera_packets_dropped_total", "packets", \
	  "late, duplicate, stale: the network. queue_full, jitter_buffer_full, " \
	  "no_buffer, send_failed: this machine is short of time, memory or socket " \
	  "buffers. srtp_auth, srtp_replay, unknown, no_keys, dtls, source: strangers or " \
	  "broken peers; a steady flood is an attack. *_malformed, rtp_*: a peer that " \
	  "breaks the rules; its room and participant rows tell whose. paced: receivers behind " \
	  "networks that take less than they are sent; a few at each change. feedback: a peer's " \
	  "transport-cc feedback that makes no sense.") \
	X("tessera_dtls_restarts_total", "handshakes", \
	  "Many: strangers on the host of a peer, or an attack by forged addresses; the call " \
	  "goes on while its peer gets through within 30 s.") \
	X("tessera_ice_moves_total", "participants", \
	  "Many of few participants: a network whose addresses change all the time.") \
	X("tessera_probes_total", "probes", \
	  "One in some seconds for a receiver who could be sent a better picture. Nothing to do.") \
	X("tessera_padding_bytes_total", "bytes", \
	  "Over 5 % of the bytes sent: networks of receivers that change all the time.") \
	X("tessera_withheld_bytes_total", "bytes", \
	  "Grows with phones that never send: they must send RTCP. In a burst: somebody " \
	  "aims us at a third host.") \
	X("tessera_media_moved_total", "streams", \
	  "NATs that bind anew. Many for one call: its peer sends from several addresses.") \
	X("tessera_pictures_dropped_total", "pictures", \
	  "Pictures wait for late sound longer than the queue is, or ticks are late.") \
	X("tessera_ice_tcp_connections", "connections", \
	  "Participants whose networks let no UDP through. Nothing to do.") \
	X("tessera_ice_tcp_connections_cut_total", "connections", \
	  "slow, stranger: scanners. full, descriptors: raise the limit of open files " \
	  "(LimitNOFILE).") \
	X("tessera_telephone_events_total", "keys", "Nothing to do.") \
	X("tessera_digits_total", "keys", \
	  "Fewer than telephone events and INFO together: phones that send both count once.") \
	X("tessera_decode_errors_total", "units", \
	  "Some with loss. Steady for one participant: their encoder is broken; " \
	  "sources[].error says more.") \
	X("tessera_audio_packets_skipped_total", "packets", \
	  "A few after each stall of a network. Steadily: senders whose clocks are over 0.5 % " \
	  "fast.") \
	X("tessera_audio_frames_concealed_total", "frames of 20 ms", \
	  "Over 1 % of what talkers send is heard: look at the jitter and loss of " \
	  "participants.") \
	X("tessera_red_frames_total", "frames", \
	  "Loss on the way, in: from senders, out: to receivers that take RED. Nothing to " \
	  "do unless it is for many.") \
	X("tessera_picture_memory_bytes", "bytes", \
	  "Near media.picture_memory_mb further pictures are not shown: raise it, or " \
	  "lower media.max_picture.") \
	X("tessera_sources_refused_total", "sources", \
	  "sources[].error of the participant says why; media.max_picture sets what is " \
	  "too large.") \
	X("tessera_decode_budget_exceeded_total", "times", \
	  "One: an odd camera. Many participants: the machine is too small for what is " \
	  "sent to it.") \
	X("tessera_simulcast_switches_total", "times", \
	  "Some for each change of layout. Without any: a sender's way carries its larger layers " \
	  "only now and then.") \
	X("tessera_worker_turns_long_total", "turns", \
	  "With skipped ticks: cores are too slow for the pictures, or other programs " \
	  "take them.") \
	X("tessera_encoders_failed_total", "times", \
	  "Memory is short, or libavcodec lacks an encoder; the log says which. Act at " \
	  "once: receivers see nothing.") \
	X("tessera_announcements_total", "sounds", \
	  "docs/ANNOUNCEMENTS.md: tones of a room whose people come and go all the time.") \
	X("tessera_inputs", "inputs", \
	  "docs/INPUTS.md; at inputs.max more are refused. waiting for long: reason of the input " \
	  "says what is wrong.") \
	X("tessera_inputs_ended_total", "inputs", \
	  "failed: reason of the input says why.") \
	X("tessera_input_retries_total", "times", \
	  "A camera or encoder that comes and goes, or the way to it.") \
	X("tessera_input_refused_total", "URLs", \
	  "inputs.allow lacks a host, or somebody tries what they may not.") \
	X("tessera_input_pictures_late_total", "pictures", \
	  "The machine is too slow for what the input sends: a smaller size, or another codec.") \
	X("tessera_machines", "connections", \
	  "docs/MACHINES.md; at machines.max more are refused.") \
	X("tessera_machines_refused_total", "requests", \
	  "The answer said why; many: a program that tries again without a pause.") \
	X("tessera_machines_cut_total", "connections", \
	  "slow: the program does not read what it hears. flood, bad: what it sends is no use.") \
	X("tessera_machine_frames_dropped_total", "frames", \
	  "in: more than 30 s were sent to be spoken. out: the program or its way is slow.") \
	X("tessera_push_connections", "connections", \
	  "docs/INPUTS.md; at ingest.max_connections more are refused.") \
	X("tessera_pushes_refused_total", "publishers", \
	  "Wrong stream keys; many from one address: a guesser (event=\"secret refused\").") \
	X("tessera_push_connections_cut_total", "connections", \
	  "limit, silent, bad: scanners, or somebody tries what they may not. rate: " \
	  "ingest.max_kbps. slow: the machine cannot take apart what comes.") \
	X("tessera_push_bytes_total", "bytes", "Trends.") \
	X("tessera_images", "images", \
	  "Near images.max: remove those that nothing shows") \
	X("tessera_image_uploads_total", "images", \
	  "Refused ones: the answer said why, docs/BRANDING.md") \
	X("tessera_images_not_drawn_total", "images", \
	  "Over 0: fewer images at one time, or smaller canvases") \
	X("tessera_recordings", "recordings", \
	  "docs/RECORDING.md; at recording.max_running more are refused.") \
	X("tessera_recordings_total", "recordings", \
	  "disk: make room, or see recording.quota_mb. failed: the log says why.") \
	X("tessera_recording_bytes_total", "bytes", \
	  "Its rate says how long the disk will last.") \
	X("tessera_recording_parts_total", "files", \
	  "Many for one recording: its room changes size or encoder again and again.") \
	X("tessera_recording_tracks_total", "files", \
	  "One for each camera, slides, voice of mix+participants, and one more by each unmute.") \
	X("tessera_sink_units_dropped_total", "pictures and frames of sound", \
	  "The disk of recordings is too slow, or others keep it busy: they have holes. Or the " \
	  "peer of a stream is: dropped of the output says so.") \
	X("tessera_outputs", "streams", \
	  "docs/STREAMING.md; at outputs.max_running more are refused.") \
	X("tessera_output_bytes_total", "bytes", \
	  "Its rate is what streams take of the line.") \
	X("tessera_output_connections_lost_total", "connections", \
	  "GET the outputs of the rooms: reason says what is wrong with which.") \
	X("tessera_webhook_events_total", "events", \
	  "dead or dropped rise: GET /v1/webhooks tells which, and why.") \
	X("tessera_webhook_requests_total", "requests", \
	  "failed rises: the receiver is down, or refuses; error in GET /v1/webhooks.") \
	X("tessera_webhook_events_queued", "events", \
	  "Grows: the receiver is too slow, or down.") \
	X("tessera_webhook_oldest_seconds", "seconds", \
	  "Over some minutes: the receiver is down; after webhooks.retry_hours its events are " \
	  "given up.") \
	X("tessera_cdr_lines_total", "lines", \
	  "dropped: the disk of cdr.file is full or too slow; the log says which.") \
	X("tessera_recording_hooks_failed_total", "runs", \
	  "The log has the code that recording.hook ended with; run it again by hand.") \
	X("tessera_hls_streams", "rooms", \
	  "docs/HLS.md; at hls.max_streams more are refused.") \
	X("tessera_hls_requests_waiting", "requests", \
	  "About one for each player of low latency; at hls.max_waiting more are refused (503).") \
	X("tessera_hls_held_bytes", "bytes", \
	  "Some 30 s of each room: hls.max_mb is the limit of one.") \
	X("tessera_hls_requests_total", "requests", \
	  "refused: old links, or somebody guesses. unserved: more players than this server is " \
	  "for; put a cache before it.") \
	X("tessera_hls_bytes_total", "bytes", \
	  "Its rate is what players take from this server.") \
	X("tessera_hls_parts_total", "parts", \
	  "Between 2 and 3 a second for each room with somebody in it.") \
	X("tessera_hls_parts_lost_total", "parts", \
	  "Memory is short, or the control thread is stuck: players see a gap.") \
	X("tessera_flv_streams", "rooms", \
	  "docs/FLV.md; at flv.max_streams more are refused.") \
	X("tessera_flv_viewers", "viewers", \
	  "At flv.max_viewers more are refused (503).") \
	X("tessera_flv_requests_total", "requests", \
	  "refused: old links, or somebody guesses. full: more players than this server is for.") \
	X("tessera_flv_bytes_total", "bytes", \
	  "Its rate is what players take from this server.") \
	X("tessera_flv_tags_skipped_total", "tags", \
	  "Single viewers on slow networks; of many at once: the network of this server is full.") \
	X("tessera_flv_viewers_stalled_total", "viewers", \
	  "Networks that broke, or players that were put to sleep.") \
	X("tessera_draining", "1 or 0", \
	  "1: as somebody asked for; GET /v1/node has the deadline, docs/OPERATING.md says more.") \
	X("tessera_overload_level", "level, 0 to 6", \
	  "docs/OVERLOAD.md has the levels. Above 0 for long: fewer rooms on this machine, or " \
	  "more cores.") \
	X("tessera_overload_steps_total", "steps", \
	  "Many: the machine is at its limit. The log line \"overload\" names the signal.") \
	X("tessera_encode_skipped_total", "pictures", \
	  "Encoders are behind: fewer rooms, a lower room.fps or room.width and height, " \
	  "more cores.") \
	X("tessera_joins_total", "joins", \
	  "Many refused: limits, PINs or a wrong http.allowed_origins; the log at level " \
	  "debug says why.") \
	X("tessera_half_open_joins", "joins", \
	  "Steadily high: clients cannot reach the media ports (firewall, " \
	  "media.advertise, TURN).") \
	X("tessera_half_open_joins_ended_total", "joins", \
	  "A flood of joins that never connect. fail2ban or a lower " "limits.joins_per_second.") \
	X("tessera_secrets_refused_total", "tries", \
	  "Somebody guesses. The log line \"secret refused\" has the address for fail2ban " \
	  "(README.md).") \
	X("tessera_credentials_accepted_total", "requests", \
	  "How much services ask. GET /v1/keys has when each key was used last.") \
	X("tessera_credentials_refused_total", "requests", \
	  "A service has an old token (void), or one that may do too little: the log lines " \
	  "\"audit\" and \"credential refused\" say which.") \
	X("tessera_session_requests_refused_total", "requests", \
	  "A page that asks in a loop. Nothing to do unless it is yours.") \
	X("tessera_sip_calls", "calls", "At sip.max_calls further ones are answered 503.") \
	X("tessera_ivr_callers", "calls", \
	  "At 200 further ones are answered 503.") \
	X("tessera_ivr_calls_total", "calls", \
	  "Dismissed much more often than admitted: PINs are guessed, or told wrongly.") \
	X("tessera_waiting_participants", "participants", \
	  "Many for long: hosts do not find in. At ivr.waiting_max of a room further ones are " \
	  "answered 409.") \
	X("tessera_sip_calls_refused_total", "calls", \
	  "Room full or locked, wrong PIN, sip.numbers that lead nowhere; the log says " \
	  "which.") \
	X("tessera_sip_trunks", "trunks", \
	  "failed: GET /v1/sip/trunks says why, and when it is tried again. refused: the " \
	  "password is wrong; PATCH it.") \
	X("tessera_sip_trunk_failures_total", "failures", \
	  "Rising: a registrar is not there, or refuses us.") \
	X("tessera_sip_registrations", "phones", "At 2000 further ones are answered 503.") \
	X("tessera_sip_connections", "connections", \
	  "At sip.max_connections the longest idle gives way.") \
	X("tessera_sip_connections_cut_total", "connections", \
	  "network, framing, rate: strangers. slow: phones behind dead NATs. full, " \
	  "descriptors: raise sip.max_connections, LimitNOFILE.") \
	X("tessera_sip_messages_refused_total", "messages", \
	  "Scanners: a steady trickle is normal on a public address. rate of a known PBX: " \
	  "raise sip.invites_per_second.") \
	X("tessera_floor_requests_total", "requests", \
	  "Many revoked: people present over each other; content.takeover says who may.") \
	X("tessera_floor_silent_total", "floors", \
	  "Rooms that took the floor and sent nothing: their video ports do not reach us.") \
	X("tessera_bfcp_users", "calls", "Rooms that can present. Nothing to do.") \
	X("tessera_bfcp_connections", "connections", "Nothing to do.") \
	X("tessera_bfcp_messages_total", "messages", "Load. Nothing to do.") \
	X("tessera_bfcp_errors_total", "messages", \
	  "Rooms that ask for what there is not; the trace of their network says what.") \
	X("tessera_bfcp_unacknowledged_total", "messages", \
	  "Rooms that cannot be reached by UDP, or older than RFC 8855.") \
	X("tessera_bfcp_refused_total", "messages", \
	  "stranger: scanners, or rooms whose BFCP comes from another address than their calls.") \
	X("tessera_http_requests_total", "requests", "Load. Nothing to do.") \
	X("tessera_http_connections", "connections", \
	  "Near a quarter of the open files allowed: raise LimitNOFILE, or let a proxy " \
	  "keep them.") \
	X("tessera_websockets", "connections", \
	  "Browsers that are connected for SIP. Bounded by http.max_connections and " \
	  "sip.max_connections.") \
	X("tessera_websocket_messages_total", "messages", \
	  "Load. What SIP refuses of them counts in tessera_sip_messages_refused_total.") \
	X("tessera_http_connections_cut_total", "connections", \
	  "slow: clients that hold connections, a few are normal. full: a crowd or an " \
	  "attack.") \
	X("tessera_http_requests_malformed_total", "requests", \
	  "Scanners. From your own proxy: it forwards what two readers read differently; " \
	  "update it.") \
	X("tessera_messages_total", "messages", \
	  "docs/TEXT.md: by the page, REST, SIP and real-time text.") \
	X("tessera_messages_refused_total", "messages", \
	  "A participant or page that sends far too much. Others are not hindered.") \
	X("tessera_rtt_calls", "calls", "docs/TEXT.md, real-time text; sip.text.") \
	X("tessera_rtt_packets_in_total", "packets", \
	  "Three a second and caller, and none while nothing is typed.") \
	X("tessera_rtt_packets_out_total", "packets", "Likewise.") \
	X("tessera_rtt_packets_failed_total", "packets", "The network of the server.") \
	X("tessera_rtt_packets_repaired_total", "packets", \
	  "The way to callers loses packets: nothing is missing of the text.") \
	X("tessera_rtt_packets_missing_total", "packets", \
	  "More than three in a row are lost, or the caller repeats nothing.") \
	X("tessera_rtt_dropped_total", "letters", \
	  "Callers take 30 letters a second where they say nothing else.") \
	X("tessera_rtt_packets_refused_total", "datagrams", \
	  "stranger: from another host than the caller's. rate: a caller sends far too many.") \
	X("tessera_captions_total", "captions", \
	  "docs/TEXT.md. None where there should be some: the service that writes them is down.") \
	X("tessera_captions_refused_total", "captions", \
	  "A service that sends interim captions for each sound: ten a second are enough.") \
	X("tessera_event_readers", "readers", "At 500 further ones are refused.") \
	X("tessera_event_readers_cut_total", "readers", \
	  "A reader that does not read: your service is too slow for its events.")
/* clang-format on */

/* Names that misled, for those who look at them still: X(family, old name) */
#define TS_COUNTER_ALIASES(X) X("tessera_ticks_skipped_total", "tessera_ticks_late_total")

enum ts_counter {
#define X(id, type, family, labels, help) TS_C_##id,
	TS_COUNTERS(X)
#undef X
		TS_COUNTER_COUNT
};

void ts_count_add(enum ts_counter id, int64_t n); /* a gauge may go down: n < 0 */
int64_t ts_count_get(enum ts_counter id);
static inline void ts_count(enum ts_counter id)
{
	ts_count_add(id, 1);
}

/* Writes the whole table in Prometheus text format (HELP, TYPE, rows) into buf and returns the
 * length it needs, as snprintf does. */
size_t ts_count_print(char *buf, size_t cap);

#endif
