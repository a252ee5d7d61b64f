import { describe, expect, it } from "vitest";
import { blocksCode, itermCode, kittyCode, sixelCode } from "../../src/cli/output/picture-codes.ts";
import { choosePictureProtocol } from "../../src/cli/output/picture-protocol.ts";

const width = 50;
const height = 13;
/** Red grows to the right, green downwards, blue is on in every other column. */
const rgb = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
  const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
  return (
    [Math.round((x / (width - 1)) * 255), Math.round((y / (height - 1)) * 255), x % 2 ? 255 : 0][at % 3] ?? 0
  );
});
const pixels = { width, rgb };

describe("the way a terminal shows pictures", () => {
  it.each([
    [{ TERM: "xterm-kitty" }, "kitty"],
    [{ TERM: "xterm-256color", KITTY_WINDOW_ID: "1" }, "kitty"],
    [{ TERM: "xterm-ghostty" }, "kitty"],
    [{ TERM_PROGRAM: "iTerm.app" }, "iterm"],
    [{ TERM_PROGRAM: "WezTerm", TERM: "xterm-256color" }, "iterm"],
    [{ LC_TERMINAL: "iTerm2" }, "iterm"],
    [{ TERM: "foot" }, "sixel"],
    [{ TERM: "xterm-sixel" }, "sixel"],
    [{ TERM: "xterm-256color" }, "blocks"],
    [{}, "blocks"],
    [{ TERM: "tmux-256color", KITTY_WINDOW_ID: "1", TMUX: "/tmp/x" }, "blocks"],
    [{ TERM: "screen", TERM_PROGRAM: "iTerm.app" }, "blocks"],
    [{ TERM: "dumb", SGMEDIA_PICTURE: "sixel" }, "sixel"],
    [{ TERM: "foot", SGMEDIA_PICTURE: "nonsense" }, "sixel"],
  ])("%o: %s", (env, protocol) => {
    expect(choosePictureProtocol(env as Record<string, string>)).toBe(protocol);
  });
});

describe("what is drawn", () => {
  it("by kitty's protocol is the pixels themselves", () => {
    const messages = [...kittyCode(pixels).matchAll(/\u001b_G([^;]*);([^\u001b]*)\u001b\\/g)];
    expect(messages[0]?.[1]).toBe(`a=T,f=24,s=${width},v=${height},q=2,m=${messages.length > 1 ? 1 : 0}`);
    expect(messages.at(-1)?.[1]).toMatch(/m=0$/);
    for (const message of messages) expect(message[2]?.length).toBeLessThanOrEqual(4096);
    expect(Buffer.from(messages.map((message) => message[2]).join(""), "base64").equals(rgb)).toBe(true);
  });

  it("by iTerm2's protocol is a picture file with the same pixels", () => {
    const match =
      /^\u001b\]1337;File=inline=1;size=(\d+);width=50px;height=13px:([A-Za-z0-9+/=]+)\u0007\n$/.exec(
        itermCode(pixels),
      );
    const file = Buffer.from(match?.[2] ?? "", "base64");
    expect([file.length, file.toString("latin1", 0, 2), file.readInt32LE(18), file.readInt32LE(22)]).toEqual([
      Number(match?.[1]),
      "BM",
      width,
      height,
    ]);
    const rowBytes = (file.length - file.readUInt32LE(10)) / height;
    for (const [x, y] of [
      [0, 0],
      [49, 0],
      [7, 12],
      [20, 5],
    ] as const) {
      const at = file.readUInt32LE(10) + (height - 1 - y) * rowBytes + x * 3;
      expect([file[at + 2], file[at + 1], file[at]]).toEqual([
        ...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
      ]);
    }
  });

  it("by sixel has every pixel, in about its colour", () => {
    const shown = decodeSixel(sixelCode(pixels));
    expect([shown.width, shown.height]).toEqual([width, height]);
    for (let at = 0; at < rgb.length; at += 1)
      expect(Math.abs((shown.rgb[at] ?? -999) - (rgb[at] ?? 0))).toBeLessThanOrEqual(27);
  });

  it("by blocks is two rows a line, each line ending in a reset", () => {
    const lines = blocksCode(pixels).trimEnd().split("\n");
    expect(lines).toHaveLength(Math.ceil(height / 2));
    for (const line of lines)
      expect([line.split("▀").length - 1, line.endsWith("\u001b[0m")]).toEqual([width, true]);
  });
});

/** Reads sixel as a terminal does. */
function decodeSixel(code: string): { width: number; height: number; rgb: Int16Array } {
  const body = /^\u001bP[\d;]*q([\s\S]*)\u001b\\\n$/.exec(code)?.[1] ?? "";
  const size = /^"1;1;(\d+);(\d+)/.exec(body);
  const [wide, high] = [Number(size?.[1]), Number(size?.[2])];
  const shown = new Int16Array(wide * high * 3).fill(-999);
  const palette = new Map<number, number[]>();
  let [x, band, colour] = [0, 0, 0];
  for (const token of body
    .slice(size?.[0].length)
    .matchAll(/#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)/g)) {
    if (token[1])
      palette.set(
        Number(token[1]),
        [token[2], token[3], token[4]].map((share) => Math.round(Number(share) * 2.55)),
      );
    else if (token[5]) colour = Number(token[5]);
    else if (token[9]) x = 0;
    else if (token[10]) [x, band] = [0, band + 6];
    else {
      const bits = (token[7] ?? token[8] ?? "?").charCodeAt(0) - 63;
      for (let n = Number(token[6] ?? 1); n > 0; n -= 1, x += 1) {
        for (let y = 0; y < 6; y += 1)
          if (bits & (1 << y)) shown.set(palette.get(colour) ?? [], ((band + y) * wide + x) * 3);
      }
    }
  }
  return { width: wide, height: high, rgb: shown };
}
