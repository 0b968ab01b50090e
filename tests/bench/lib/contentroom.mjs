// contentroom - a room system by SIP with floor control, light enough that one process is sixteen of them: its pictures are a clip that was
// coded before, and what it is sent is counted and not decoded.

import {BfcpRoom} from '../../e2e/lib/bfcproom.mjs';
import {Rtp} from '../../e2e/lib/sip.mjs';

const TYPE = 97;

class Counter {
	constructor(socket) {
		this.packets = this.bytes = this.pictures = this.lost = 0;
		socket.on('message', (packet) => {
			if (packet[1] >= 192 && packet[1] < 224) return;
			const seq = packet.readUInt16BE(2);
			if (this.seq !== undefined) this.lost += Math.max(0, (seq - this.seq - 1 << 16 >> 16));
			this.seq = seq;
			this.packets++;
			this.bytes += packet.length;
			this.pictures += packet[1] >> 7;
		});
	}

	mark() { Object.assign(this, {packets: 0, bytes: 0, pictures: 0, lost: 0}); }
}

export class ContentRoom extends BfcpRoom {
	async open() {
		await super.open();
		for (const socket of [this.main, this.content]) {
			socket.setRecvBufferSize(1 << 21);
			socket.setSendBufferSize(1 << 20);
		}
		this.mix = new Counter(this.main);
		this.second = new Counter(this.content);
		return this;
	}

	async watch() {} // no decoder

	// pictures: of h264.mjs; from: the one to begin with; talks: loud, else silent.
	live(pictures, from, talks) {
		this.sound.talk(this.soundTo, talks ? Rtp.loud : Rtp.silent);
		this.camera = this.play(this.main, () => this.mainTo, pictures, 30, from);
	}

	show(pictures, fps) { this.slide = this.play(this.content, () => this.contentTo, pictures, fps, 0); }

	// Each picture when it is due by the clock, however late the one before was.
	play(socket, to, pictures, fps, from) {
		const header = Buffer.alloc(12), began = performance.now() + 1000 * Math.random() / fps;
		let seq = 0, n = 0;
		header.writeUInt32BE(1 + Math.floor(Math.random() * 0xfffffffe), 8);
		header[0] = 0x80;
		return setInterval(() => {
			for (; performance.now() >= began + 1000 * n / fps; n++) {
				const payloads = pictures[(from + n) % pictures.length];
				header.writeUInt32BE(Math.round(90000 * n / fps) >>> 0, 4);
				payloads.forEach((payload, i) => {
					header[1] = TYPE | (i === payloads.length - 1 ? 0x80 : 0);
					header.writeUInt16BE(seq++ & 0xffff, 2);
					socket.send([Buffer.from(header), payload], to(), '127.0.0.1');
				});
			}
		}, 5).unref();
	}

	async leave() {
		clearInterval(this.camera);
		clearInterval(this.slide);
		await super.leave();
	}
}
