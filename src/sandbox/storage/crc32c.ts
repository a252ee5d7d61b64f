/** CRC-32C (Castagnoli), which node does not bring: eight tables, eight bytes a step. */
const TABLES = makeTables();

/** Continues `before` (0 to begin) over `bytes`; an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~before;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      of(t7, low) ^
      of(t6, low >>> 8) ^
      of(t5, low >>> 16) ^
      of(t4, low >>> 24) ^
      of(t3, high) ^
      of(t2, high >>> 8) ^
      of(t1, high >>> 16) ^
      of(t0, high >>> 24);
  }
  for (; at < bytes.length; at += 1) crc = of(t0, crc ^ view.getUint8(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function of(table: Int32Array | undefined, value: number): number {
  return table?.[value & 0xff] ?? 0;
}

function makeTables(): Int32Array[] {
  const polynomial = 0x82f63b78;
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let index = 1; index < 8; index += 1) {
    const before = tables[index - 1];
    tables.push(first.map((_, byte) => of(first, of(before, byte)) ^ (of(before, byte) >>> 8)));
  }
  return tables;
}
