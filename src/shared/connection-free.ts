/**
 * Awaited after an answer's last byte: undici lends its connection out again a turn of the event loop later, and whoever asks sooner
 * gets a new one, with its round trips and a slow start.
 */
export function connectionFree(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
