/** Binary frames of the WebSocket; the layout stands in varcolor/app/frames.py. */

const MAGIC = 0x31464356; // "VCF1", little endian

/**
 * @param {ArrayBuffer} buffer
 * @returns {{facts: any, pixels: Uint8ClampedArray<ArrayBuffer>}} RGBA
 */
export function unpacked(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw new Error("no frame");
  const length = view.getUint32(4, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const pixels = new Uint8ClampedArray(buffer, 8 + length);
  if (pixels.length !== facts.width * facts.height * 4) throw new Error("a frame of another size");
  return { facts, pixels };
}
