/** The id right before one, so that a range from there on begins with it. */
export function idBefore(id: string): string {
  const number = BigInt(`0x${id.replaceAll('-', '')}`);
  return idFromHex((number === 0n ? 0n : number - 1n).toString(16));
}

/** Sorts before every UUIDv7 of that millisecond and later, https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
export const oldestIdOf = (atMs: number): string =>
  idFromHex(`${Math.max(0, Math.floor(atMs)).toString(16)}${'0'.repeat(20)}`);

function idFromHex(hex: string): string {
  const digits = hex.padStart(32, '0');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}
