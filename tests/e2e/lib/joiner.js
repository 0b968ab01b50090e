// joiner - joins by RTCPeerConnection and fetch alone, as a program that knows RFC 9725 would; runs in a page.

window.joiner = {
	// A moving picture and a tone, for pages that get no camera.
	media(width = 320, height = 180) {
		const canvas = Object.assign(document.createElement('canvas'), {width, height});
		const paint = canvas.getContext('2d');
		let at = 0;
		setInterval(() => {
			paint.fillStyle = 'rgb(0, 90, 200)';
			paint.fillRect(0, 0, width, height);
			paint.fillStyle = 'white';
			paint.fillRect(at++ % width, height / 2, 40, 40);
		}, 50);
		const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
		tone.connect(out);
		tone.start();
		return [out.stream.getAudioTracks()[0], canvas.captureStream(20).getVideoTracks()[0]];
	},

	fragment(pc, candidates) {
		const sdp = pc.localDescription.sdp, line = (name) => new RegExp(`a=${name}:.*`).exec(sdp)[0];
		return [line('ice-ufrag'), line('ice-pwd'), 'm=audio 9 UDP/TLS/RTP/SAVPF 0', line('mid'), ...candidates.map((c) => `a=${c}`), ''].join('\r\n');
	},

	// trickle: the offer goes without candidates, which follow one by one. tracks: what to send, [] for what media() makes.
	// only: 'tcp' or 'udp': neither side is told of candidates of another protocol. encodings: of the picture (simulcast, scalabilityMode).
	// codec: 'vp8'; fmtp: what its parameters must hold, as 'profile-id=2'; direction: of all lines.
	async join(place, {headers = {}, trickle = false, config = {}, slides = false, tracks = this.media(), only, encodings, codec, fmtp = '',
		direction = 'sendrecv'} = {}) {
		const pc = new RTCPeerConnection(config), me = {pc, patches: [], candidates: [], stream: new MediaStream()};
		pc.ontrack = ({track}) => me.stream.addTrack(track);
		for (const track of tracks) {
			const video = track.kind === 'video';
			const line = pc.addTransceiver(track, {direction, ...(video && encodings && {sendEncodings: encodings})});
			const is = ({mimeType, sdpFmtpLine}) => mimeType.toLowerCase() === `video/${codec}` && (sdpFmtpLine ?? '').includes(fmtp);
			if (video && codec) line.setCodecPreferences(RTCRtpReceiver.getCapabilities('video').codecs.filter((c) => is(c) ||
				c.mimeType.toLowerCase() === 'video/rtx'));
		}
		if (slides) me.slides = pc.addTransceiver('video', {direction: 'sendonly'});
		let answered;
		const ready = new Promise((resolve) => { answered = resolve; });
		pc.onicecandidate = async ({candidate}) => {
			if (!candidate?.candidate) return;
			me.candidates.push(candidate.candidate);
			if (!trickle) return;
			await ready;
			me.patches.push(await this.patch(me, this.fragment(pc, [candidate.candidate]), me.etag).then((r) => r.status));
		};
		await pc.setLocalDescription();
		if (!trickle) await this.gathered(pc);
		let offer = pc.localDescription.sdp;
		if (trickle) offer = offer.replace(/a=candidate:.*\r\n/g, '');
		if (only) offer = this.candidatesBy(only, offer);
		const query = slides ? `&slides=${me.slides.mid}` : '';
		const response = await fetch(place + query, {method: 'POST', body: offer, headers: {'Content-Type': 'application/sdp', ...headers}});
		me.status = response.status;
		me.answer = await response.text();
		if (!response.ok) return me;
		if (only) me.answer = this.candidatesBy(only, me.answer);
		me.etag = response.headers.get('ETag');
		me.link = response.headers.get('Link');
		me.session = new URL(response.headers.get('Location'), response.url).href;
		await pc.setRemoteDescription({type: 'answer', sdp: me.answer});
		answered();
		return me;
	},

	candidatesBy(protocol, sdp) {
		return sdp.replace(/a=candidate:\S+ \d+ (\w+) .*\r\n/g, (line, by) => by.toLowerCase() === protocol ? line : '');
	},

	gathered(pc) {
		return new Promise((resolve) => {
			const look = () => { if (pc.iceGatheringState === 'complete') resolve(); };
			pc.addEventListener('icegatheringstatechange', look);
			setTimeout(resolve, 500);
			look();
		});
	},

	// A change of the network cuts what is under way: again then.
	async patch(me, body, etag, attempts = 10) {
		try {
			return await fetch(me.session, {
				method: 'PATCH', body, signal: AbortSignal.timeout(1500), headers: {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': etag}});
		} catch (error) {
			if (!attempts) throw error;
			await new Promise((resolve) => setTimeout(resolve, 300));
			return this.patch(me, body, etag, attempts - 1);
		}
	},

	async restart(me) {
		me.candidates = [];
		await me.pc.setLocalDescription(await me.pc.createOffer({iceRestart: true}));
		await this.gathered(me.pc);
		const response = await this.patch(me, this.fragment(me.pc, me.candidates), '*');
		const text = await response.text();
		if (response.status !== 200) return {status: response.status, text};
		me.etag = response.headers.get('ETag');
		const of = (name) => new RegExp(`a=${name}:.*`).exec(text)[0], found = text.match(/a=candidate:.*/g) ?? [];
		me.answer = me.answer.replace(/a=(candidate:|end-of-candidates).*\r\n/g, '').replace(/a=ice-pwd:.*\r\n/g, '')
			.replace(/a=ice-ufrag:.*/g, [of('ice-ufrag'), of('ice-pwd'), ...found].join('\r\n'));
		await me.pc.setRemoteDescription({type: 'answer', sdp: me.answer});
		return {status: response.status, text};
	},

	async stats(me) {
		const all = [...(await me.pc.getStats()).values()], of = (type, kind) => all.find((s) => s.type === type && (!kind || s.kind === kind));
		const transport = of('transport'), pair = all.find((s) => s.id === transport?.selectedCandidatePairId);
		return {
			state: me.pc.connectionState,
			decoded: of('inbound-rtp', 'video')?.framesDecoded ?? 0,
			out: of('outbound-rtp', 'video'),
			local: all.find((s) => s.id === pair?.localCandidateId),
			remote: all.find((s) => s.id === pair?.remoteCandidateId),
		};
	},
};
