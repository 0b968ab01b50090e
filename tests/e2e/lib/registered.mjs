// registered - a Phone that registers at the server.
//
//   await phone.register('alice', 'secret');      the final answer
//   await phone.again({expires: 0});              with the same nonce

import {Phone} from './sip.mjs';
import {digestOf, fieldsOf} from './trunks.mjs';

export class Registered extends Phone {
	// The final answer.
	async register(user, password, {expires = 60, contact = `<${this.uri}>`, id = `r-${this.port}`, algorithm = 'SHA-256', to = user} = {}) {
		const uri = `sip:127.0.0.1:${this.server}`;
		this.cseq = (this.cseq ?? 0) + 1;
		const ask = (more) => {
			this.got.length = 0;
			const text = this.request('REGISTER', {id, branch: `${id}-${this.cseq}-${more.length}`, cseq: this.cseq, more: [`Expires: ${expires}`, ...more]});
			this.send(text.replace(/^REGISTER \S+/, `REGISTER ${uri}`).replace(/^To: .*\r$/m, `To: <sip:${to}@127.0.0.1>\r`)
				.replace(/^Contact: .*\r$/m, contact ? `Contact: ${contact}\r` : 'X: x\r'));
			return this.heard(/^SIP\/2\.0 \d/);
		};
		const offered = await ask([]);
		const challenge = fieldsOf([...offered.matchAll(/^WWW-Authenticate: (.*)\r$/mg)].map(([, text]) => text).find((text) => text.includes(`algorithm=${algorithm}`)));
		this.cseq++;
		let count = 0;
		this.again = (other = {}) => { // with the same nonce
			({expires, contact} = {expires, contact, ...other});
			const nc = String(++count).padStart(8, '0'), fields = {username: user, realm: challenge.realm, nonce: challenge.nonce, uri, nc, cnonce: 'c'};
			const answer = digestOf({algorithm, ...fields, password, method: 'REGISTER'});
			if (count > 1) this.cseq++;
			return ask([`Authorization: Digest username="${user}", realm="${fields.realm}", nonce="${fields.nonce}", uri="${uri}", response="${answer}", ` +
				`algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="c"`]);
		};
		return this.again();
	}
}
