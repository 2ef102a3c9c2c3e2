/** Zip archives of stored (not compressed) files; pictures are compressed already. */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const UTF8_NAMES = 0x0800;
const OLDEST_DAY = 0x0021; // the 1st of January 1980: the same files make the same archive

/** Return the CRC-32 of bytes. */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ CRC_TABLE[(value ^ byte) & 0xff];
  return (value ^ 0xffffffff) >>> 0;
}

/** Return a zip archive as a Blob. Files: [path, Uint8Array] pairs, paths with "/" between folders. */
export function zip(files) {
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [path, bytes] of files) {
    const name = new TextEncoder().encode(path);
    const about = [20, UTF8_NAMES, 0, 0, OLDEST_DAY];
    const sizes = [crc32(bytes), bytes.length, bytes.length];
    const head = record(0x04034b50, about, sizes, [name.length, 0]);
    parts.push(head, name, bytes);
    directory.push(record(0x02014b50, [20, ...about], sizes, [name.length, 0, 0, 0, 0], [0, offset]), name);
    offset += head.length + name.length + bytes.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record(0x06054b50, [0, 0, files.length, files.length], [length, offset], [0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Return a signature and groups of numbers as bytes: groups at even places are of 16 bits, those at odd of 32. */
function record(signature, ...groups) {
  const length = groups.reduce((sum, group, place) => sum + group.length * (place % 2 ? 4 : 2), 4);
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, signature, true);
  let at = 4;
  groups.forEach((group, place) => {
    for (const number of group) {
      if (place % 2) view.setUint32(at, number, true);
      else view.setUint16(at, number, true);
      at += place % 2 ? 4 : 2;
    }
  });
  return new Uint8Array(view.buffer);
}
