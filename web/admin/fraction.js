/* fraction - exact places on a canvas, as layouts have them: "2/3", or 0.25. Pure.
 *
 * {n, d}, reduced, d > 0. A layout takes denominators of at most a million; what does not fit is rounded to six decimals.
 */

/** @typedef {{n: number, d: number}} Fraction */

const DEN_MAX = 1000000;

const divisor = (a, b) => { while (b) [a, b] = [b, a % b]; return a; };

/** @returns {Fraction} */
export function fraction(n, d = 1) {
	const by = divisor(Math.abs(n), d) || 1;
	return d / by > DEN_MAX ? fraction(Math.round(n / d * DEN_MAX), DEN_MAX) : {n: n / by, d: d / by};
}

/** What stands in a document; null: it is no fraction. @param {unknown} value @returns {Fraction | null} */
export function read(value) {
	if (typeof value === 'number') return Number.isFinite(value) && value >= 0 && value <= 1000 ? fraction(Math.round(value * DEN_MAX), DEN_MAX) : null;
	const [, n, d, decimals] = /^(\d{1,7})(?:\/(\d{1,7})|\.(\d{1,6}))?$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
	if (n === undefined || Number(d) === 0 || Number(d) > DEN_MAX) return null;
	return decimals ? fraction(Number(n + decimals), 10 ** decimals.length) : fraction(Number(n), Number(d ?? 1));
}

/** As it is written into a document. @param {Fraction} f */
export const write = (f) => f.d === 1 ? f.n : `${f.n}/${f.d}`;

export const value = (f) => f.n / f.d;
export const add = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const sub = (a, b) => fraction(a.n * b.d - b.n * a.d, a.d * b.d);
export const mul = (a, n, d = 1) => fraction(a.n * n, a.d * d);
export const less = (a, b) => a.n * b.d < b.n * a.d;
export const same = (a, b) => a.n * b.d === b.n * a.d;
export const min = (a, b) => less(b, a) ? b : a;
export const max = (a, b) => less(a, b) ? b : a;
export const ZERO = fraction(0), ONE = fraction(1);
