/* offers - what real endpoints offer, cut down to what matters; line ends are LF. Taken from
 * Chromium 156, Firefox 153, aiortc 1.4.0 and GStreamer 1.22 on this project's machines; addresses,
 * keys and ids are invented. */
#ifndef TS_TESTS_UNIT_CONTROL_OFFERS_H
#define TS_TESTS_UNIT_CONTROL_OFFERS_H

#define OFFER_FP "3A:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:" \
	"99:" \
	"AA:BB:CC:DD:EE"
#define OFFER_ICE "a=ice-ufrag:hDKY\na=ice-pwd:kmd9OfkTchNRPcpOEq3etPYK\n"
#define OFFER_SECURE OFFER_ICE "a=fingerprint:sha-256 " OFFER_FP "\na=setup:actpass\n"
#define OFFER_HEAD "v=0\no=- 8519145273177583319 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n"
#define OFFER_FB(pt) \
	"a=rtcp-fb:" pt " goog-remb\na=rtcp-fb:" pt " transport-cc\na=rtcp-fb:" pt \
	" ccm fir\na=rtcp-fb:" pt \
	" nack\na=rtcp-fb:" pt " nack pli\n"
#define OFFER_RTX(pt, apt) "a=rtpmap:" pt " rtx/90000\na=fmtp:" pt " apt=" apt "\n"
#define OFFER_H264(pt, mode, level) \
	"a=rtpmap:" pt " H264/90000\n" OFFER_FB(pt) "a=fmtp:" pt " level-asymmetry-allowed=1;" \
	"packetization-mode=" mode \
						    ";profile-level-id=" level "\n"

#define CHROMIUM_AUDIO(dir) \
	"m=audio 56226 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\nc=IN IP4 192.0.2.2\n" \
	"a=candidate:2149714113 1 udp 2122194687 192.0.2.2 56226 typ host generation 0 " \
	"network-id 1\n" \
	"a=candidate:2270192753 1 udp 2122265343 3e7b.local 53870 typ host generation 0\n" \
	"a=candidate:4277004889 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation " \
	"0\n" OFFER_SECURE \
	"a=mid:0\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n" \
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n" \
	"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\n" \
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\na=" dir "\na=rtcp-mux\na=rtcp-rsize\n" \
	"a=rtpmap:111 opus/48000/2\na=rtcp-fb:111 transport-cc\na=fmtp:111 " \
	"minptime=10;useinbandfec=1\n" \
	"a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\na=rtpmap:9 G722/8000\na=rtpmap:0 PCMU/8000\n" \
	"a=rtpmap:8 PCMA/8000\na=rtpmap:13 CN/8000\na=rtpmap:110 telephone-event/48000\n" \
	"a=rtpmap:126 telephone-event/8000\na=ssrc:2580214609 cname:gOj8\n" \
	"a=ssrc:2580214609 msid:s a\n"

#define CHROMIUM_VIDEO_HEAD(mid, dir, formats) \
	"m=video 9 UDP/TLS/RTP/SAVPF " formats "\nc=IN IP4 " \
	"0.0.0.0\n" OFFER_SECURE "a=mid:" mid "\n" \
	"a=extmap:14 urn:ietf:params:rtp-hdrext:toffset\n" \
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n" \
	"a=extmap:13 urn:3gpp:video-orientation\n" \
	"a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\n" \
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n" \
	"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\na=" dir "\na=rtcp-mux\n" \
		"a=rtcp-rsize\n"
#define CHROMIUM_VP8 "a=rtpmap:96 VP8/90000\n" OFFER_FB("96") OFFER_RTX("97", "96")
#define CHROMIUM_H264                                                                             \
	OFFER_H264("102", "1", "42001f")                                                          \
	OFFER_RTX("103", "102")                                                                   \
	OFFER_H264("104", "0", "42001f") OFFER_RTX("107", "104") OFFER_H264("108", "1", "42e01f") \
		OFFER_RTX("109", "108") OFFER_H264("114", "0", "42e01f") OFFER_RTX("115", "114")  \
			OFFER_H264("116", "1", "4d001f") OFFER_RTX("117", "116")
#define CHROMIUM_REST                                                                  \
	"a=rtpmap:45 AV1/90000\n" OFFER_FB("45")                                       \
		OFFER_RTX("46", "45") "a=rtpmap:98 VP9/90000\n" OFFER_FB("98")         \
			OFFER_RTX("99", "98") "a=rtpmap:118 red/90000\n" OFFER_RTX(    \
				"119", "118") "a=rtpmap:120 ulpfec/90000\n"            \
					      "a=ssrc-group:FID 796784879 137031850\n" \
					      "a=ssrc:796784879 cname:gOj8\n"          \
					      "a=ssrc:137031850 cname:gOj8\n"
#define CHROMIUM_VIDEO(mid, dir) \
	CHROMIUM_VIDEO_HEAD(mid, dir, \
		"96 97 102 103 104 107 108 109 114 115 116 117 45 46 98 99 118 119 120") \
	CHROMIUM_VP8 CHROMIUM_H264 CHROMIUM_REST
#define CHROMIUM_DATA \
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\n" OFFER_SECURE \
	"a=mid:3\na=sctp-port:5000\na=max-message-size:262144\n"

#define CHROMIUM \
	OFFER_HEAD "a=group:BUNDLE 0 1\na=extmap-allow-mixed\n" CHROMIUM_AUDIO("sendrecv") \
	CHROMIUM_VIDEO("1", "sendrecv")
#define CHROMIUM_RECVONLY \
	OFFER_HEAD "a=group:BUNDLE 0 1\n" CHROMIUM_AUDIO("recvonly") \
	CHROMIUM_VIDEO("1", "recvonly")
#define CHROMIUM_ALL \
	OFFER_HEAD "a=group:BUNDLE 0 1 2 3\n" CHROMIUM_AUDIO("sendrecv") CHROMIUM_VIDEO("1", \
		"sendrecv") \
	CHROMIUM_VIDEO("2", "sendonly") CHROMIUM_DATA

/* session-level fingerprint and direction, a bundle-only line with port 0, no H.264 */
#define FIREFOX \
	"v=0\no=mozilla...THIS_IS_SDPARTA-99.0 1042960170239119204 0 IN IP4 0.0.0.0\ns=-\nt=0 " \
	"0\na=sendrecv\n" \
	"a=fingerprint:sha-256 " OFFER_FP "\na=group:BUNDLE 0 " \
	"1\na=ice-options:trickle\na=msid-semantic:WMS *\n" \
	"m=audio 52141 UDP/TLS/RTP/SAVPF 109 9 0 8 101\nc=IN IP4 192.0.2.2\n" \
	"a=candidate:0 1 UDP 2122187007 192.0.2.2 52141 typ host\n" \
	"a=candidate:0 2 UDP 2122187006 192.0.2.2 40614 typ " \
	"host\na=sendrecv\na=end-of-candidates\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n" \
	"a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level\n" \
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n" \
	"a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\na=fmtp:101 0-15\n" OFFER_ICE \
	"a=mid:0\na=msid:{s} {a}\na=rtcp-mux\na=rtpmap:109 opus/48000/2\na=rtpmap:9 G722/8000/1\n" \
	"a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:101 " \
	"telephone-event/8000\na=setup:actpass\n" \
	"m=video 0 UDP/TLS/RTP/SAVPF 120 124 121 125 123 122 119\nc=IN IP4 " \
	"0.0.0.0\na=bundle-only\na=sendrecv\n" \
	"a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n" \
	"a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n" \
	"a=fmtp:120 max-fs=12288;max-fr=60\na=fmtp:124 apt=120\na=fmtp:121 " \
	"max-fs=12288;max-fr=60\n" \
	"a=fmtp:125 apt=121\na=fmtp:119 " \
	"apt=122\n" OFFER_ICE "a=mid:1\n" OFFER_FB("120") OFFER_FB("121") \
		OFFER_FB("123") "a=rtcp-mux\na=rtcp-rsize\na=rtpmap:120 VP8/90000\na=rtpmap:124 " \
			"rtx/90000\n" \
				"a=rtpmap:121 VP9/90000\na=rtpmap:125 rtx/90000\na=rtpmap:123 " \
				"ulpfec/90000\n" \
				"a=rtpmap:122 red/90000\na=rtpmap:119 " \
				"rtx/90000\na=setup:actpass\n" \
				"a=ssrc:647108821 cname:{c}\na=ssrc:3563677209 cname:{c}\n" \
				"a=ssrc-group:FID 647108821 3563677209\n"

/* id 2 is two things in one bundle; ICE differs by line; no fir */
#define AIORTC_FB(pt) "a=rtcp-fb:" pt " nack\na=rtcp-fb:" pt " nack pli\na=rtcp-fb:" pt \
	" goog-remb\n"
#define AIORTC \
	"v=0\no=- 4004361959 4004361959 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE 0 " \
	"1\na=msid-semantic:WMS *\n" \
	"m=audio 58385 UDP/TLS/RTP/SAVPF 96 0 8\nc=IN IP4 192.0.2.2\na=sendrecv\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\n" \
	"a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\na=mid:0\na=rtcp:9 IN IP4 " \
	"0.0.0.0\na=rtcp-mux\n" \
	"a=ssrc:3046008118 cname:ba23\na=rtpmap:96 opus/48000/2\na=rtpmap:0 " \
	"PCMU/8000\na=rtpmap:8 PCMA/8000\n" \
	"a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp 2130706431 192.0.2.2 58385 typ host\n" \
	"a=end-of-candidates\na=ice-ufrag:SXAp\na=ice-pwd:I1k3I7KodooqmnjZcdlMzD\n" \
	"a=fingerprint:sha-256 " OFFER_FP "\na=setup:actpass\n" \
	"m=video 44401 UDP/TLS/RTP/SAVPF 97 98 99 100 101 102\nc=IN IP4 192.0.2.2\na=sendrecv\n" \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\n" \
	"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\na=mid:1\n" \
	"a=rtcp:9 IN IP4 0.0.0.0\na=rtcp-mux\na=ssrc-group:FID 2266933747 763366430\n" \
	"a=ssrc:2266933747 cname:ba23\na=ssrc:763366430 cname:ba23\na=rtpmap:97 " \
	"VP8/90000\n" AIORTC_FB("97") \
		OFFER_RTX("98", "97") "a=rtpmap:99 H264/90000\n" AIORTC_FB("99") \
			"a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;" \
			"profile-level-id=42001f\n" \
			OFFER_RTX("100", "99") "a=rtpmap:101 H264/90000\n" AIORTC_FB("101") \
				"a=fmtp:101 " \
				"level-asymmetry-allowed=1;packetization-mode=1;" \
				"profile-level-id=42e01f\n" \
				OFFER_RTX("102", "101") \
					"a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp " \
					"2130706431 192.0.2.2 44401 typ host\n" \
					"a=end-of-candidates\na=ice-ufrag:lNbq\n" \
					"a=ice-pwd:RpOyp2dguDp5nAfuSkqAe6\n" \
					"a=fingerprint:sha-256 " OFFER_FP "\na=setup:actpass\n"

/* sends only; opus in capitals; no nack and so no RTX */
#define GSTREAMER \
	"v=0\no=- 4319576179514491724 0 IN IP4 0.0.0.0\ns=-\nt=0 0\na=ice-options:trickle\n" \
	"a=group:BUNDLE audio0 video1\nm=audio 9 UDP/TLS/RTP/SAVPF 100\nc=IN IP4 " \
	"0.0.0.0\n" OFFER_SECURE \
	"a=rtcp-mux\na=rtcp-rsize\na=sendonly\na=rtpmap:100 OPUS/48000/2\na=rtcp-fb:100 " \
	"transport-cc\n" \
	"a=fmtp:100 sprop-stereo=0;sprop-maxcapturerate=48000\na=ssrc:2675098872 " \
	"cname:user\na=mid:audio0\n" \
	"a=rtcp-mux-only\na=candidate:1 1 UDP 2015363327 192.0.2.2 43720 typ host\n" \
	"a=candidate:2 1 TCP 1015021823 192.0.2.2 9 typ host tcptype " \
	"active\na=end-of-candidates\n" \
	"m=video 0 UDP/TLS/RTP/SAVPF 96\nc=IN IP4 " \
	"0.0.0.0\n" OFFER_SECURE "a=bundle-only\na=rtcp-mux\n" \
	"a=rtcp-rsize\na=sendonly\na=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli\na=rtcp-fb:96 " \
	"ccm fir\n" \
	"a=rtcp-fb:96 transport-cc\na=ssrc:3774700072 cname:user\na=mid:video1\na=rtcp-mux-only\n"

/* pieces for offers of one line */
#define ONE_AUDIO(port, proto, attrs) \
	OFFER_HEAD "m=audio " port " " proto " 111\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n" attrs
#define ONE_VIDEO(formats, attrs) OFFER_HEAD "m=video 9 UDP/TLS/RTP/SAVPF " formats \
	"\na=rtcp-mux\n" OFFER_SECURE attrs

#endif
