/** A decoded picture: rows of `width` pixels, three bytes each. */
export interface Pixels {
  readonly width: number;
  readonly rgb: Uint8Array;
}

const ESC = "\u001b";
/** The kitty protocol takes at most so many characters of base64 in one message. */
const KITTY_CHUNK = 4096;

export function heightOf({ width, rgb }: Pixels): number {
  return Math.floor(rgb.length / 3 / width);
}

/** Kitty's graphics protocol: raw RGB in base64, in messages of which the last says so. */
export function kittyCode(pixels: Pixels): string {
  const height = heightOf(pixels);
  const payload = Buffer.from(pixels.rgb.subarray(0, pixels.width * height * 3)).toString("base64");
  let text = "";
  for (let at = 0; at < payload.length; at += KITTY_CHUNK) {
    const more = at + KITTY_CHUNK < payload.length ? 1 : 0;
    const first = at === 0 ? `a=T,f=24,s=${pixels.width},v=${height},q=2,` : "";
    text += `${ESC}_G${first}m=${more};${payload.slice(at, at + KITTY_CHUNK)}${ESC}\\`;
  }
  return `${text}\n`;
}

/** iTerm2's inline image: a file in base64. It gets a BMP, which is pixels behind a header. */
export function itermCode(pixels: Pixels): string {
  const file = bmpOf(pixels);
  return `${ESC}]1337;File=inline=1;size=${file.length};width=${pixels.width}px;height=${heightOf(pixels)}px:${file.toString("base64")}\u0007\n`;
}

function bmpOf(pixels: Pixels): Buffer {
  const { width, rgb } = pixels;
  const height = heightOf(pixels);
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1) {
    // Rows stand from the bottom up, and a pixel is blue, green, red.
    const row = 54 + (height - 1 - y) * rowBytes;
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1)
        file[row + x * 3 + channel] = rgb[from + 2 - channel] ?? 0;
    }
  }
  return file;
}

/** Levels of red, green and blue: 252 colours, as many as most sixel terminals keep. */
const LEVELS = [6, 7, 6] as const;

/** Sixel: bands of six rows, and in each band one line of characters for every colour that occurs in it. */
export function sixelCode(pixels: Pixels): string {
  const { width } = pixels;
  const height = heightOf(pixels);
  const indices = indexed(pixels, height);
  const used = [...new Set(indices)].sort((a, b) => a - b);
  let text = `${ESC}P0;1;0q"1;1;${width};${height}`;
  for (const index of used) text += `#${index};2;${percentages(index).join(";")}`;
  for (let top = 0; top < height; top += 6) {
    const rows = Math.min(6, height - top);
    const inBand = new Set(indices.subarray(top * width, (top + rows) * width));
    for (const index of inBand) text += `#${index}${bandLine(indices, index, { width, top, rows })}$`;
    text += "-";
  }
  return `${text}${ESC}\\\n`;
}

function bandLine(
  indices: Uint8Array,
  index: number,
  band: { width: number; top: number; rows: number },
): string {
  let line = "";
  let run = 0;
  let last = -1;
  const flush = (): void => {
    if (run > 0)
      line +=
        run > 3 ? `!${run}${String.fromCharCode(63 + last)}` : String.fromCharCode(63 + last).repeat(run);
  };
  for (let x = 0; x < band.width; x += 1) {
    let bits = 0;
    for (let y = 0; y < band.rows; y += 1)
      if (indices[(band.top + y) * band.width + x] === index) bits |= 1 << y;
    if (bits === last) run += 1;
    else {
      flush();
      last = bits;
      run = 1;
    }
  }
  flush();
  return line;
}

function indexed({ width, rgb }: Pixels, height: number): Uint8Array {
  const indices = new Uint8Array(width * height);
  const [reds, greens, blues] = LEVELS;
  const level = (value: number, levels: number): number => Math.round((value / 255) * (levels - 1));
  for (let at = 0; at < indices.length; at += 1) {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(at * 3, at * 3 + 3);
    indices[at] = (level(red, reds) * greens + level(green, greens)) * blues + level(blue, blues);
  }
  return indices;
}

function percentages(index: number): number[] {
  const [reds, greens, blues] = LEVELS;
  const blue = index % blues;
  const green = Math.floor(index / blues) % greens;
  const red = Math.floor(index / blues / greens);
  return [red / (reds - 1), green / (greens - 1), blue / (blues - 1)].map((share) => Math.round(share * 100));
}

/** Two pixels in each character cell: an upper half block in the colour of the one above on the colour of the one below. */
export function blocksCode(pixels: Pixels): string {
  const { width, rgb } = pixels;
  const rows = heightOf(pixels);
  const color = (x: number, y: number): string =>
    rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).join(";");
  let text = "";
  for (let y = 0; y < rows; y += 2) {
    for (let x = 0; x < width; x += 1) {
      text += `${ESC}[38;2;${color(x, y)}m${y + 1 < rows ? `${ESC}[48;2;${color(x, y + 1)}m` : `${ESC}[49m`}▀`;
    }
    text += `${ESC}[0m\n`;
  }
  return text;
}
