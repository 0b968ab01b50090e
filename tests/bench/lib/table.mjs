// table - rows of numbers as text, and statistics of a few values.

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
export const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
export const sum = (values) => values.reduce((a, b) => a + b, 0);

// "1.23 (1.20 - 1.31)"; "-" where there is nothing.
export function spread(values, digits = 2) {
	const known = values.filter(Number.isFinite);
	if (!known.length) return '-';
	const text = median(known).toFixed(digits);
	return known.length < 2 ? text : `${text} (${Math.min(...known).toFixed(digits)} - ${Math.max(...known).toFixed(digits)})`;
}

// Less was done than should have been: the server's figures are no price then.
export const doubtful = (row) => (row.units < 0.98 || row.failed > 0 ? ' !' : '');

export const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
export const percent = (value, digits = 1) => (Number.isFinite(value) ? `${(100 * value).toFixed(digits)} %` : '-');

// columns: [[heading, row => text, width]]; prints the heading, then each row as it comes.
export function printer(title, columns) {
	const line = (cells) => console.log(cells.map((cell, i) => (i ? String(cell).padStart(columns[i][2]) : String(cell).padEnd(columns[i][2]))).join('  '));
	console.log(`\n== ${title}`);
	line(columns.map(([heading]) => heading));
	return (row) => { line(columns.map(([, text]) => text(row))); };
}
