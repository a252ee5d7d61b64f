/** What a site sends is hostile until cleaned: text that goes into a message loses what could drive a terminal. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;
const MOST_CHARACTERS = 300;

/** One line without control or direction characters, at most 300 characters. */
export function cleanText(text: string): string {
  const clean = text.replace(CONTROL, " ").replace(/ {2,}/g, " ").trim();
  return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS - 1)}…` : clean;
}
