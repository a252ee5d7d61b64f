/** Stands in for the site client, the engine and the sandbox: nothing here opens a connection. */
export function openSite(options: { readonly site: string }) {
  return { origin: options.site, close: async () => {} };
}

export function createEngine() {
  return { close: async () => {} };
}

export async function startSandbox() {
  const ready = { site: "http://127.0.0.1:1", scriptName: "sandbox", scriptKey: "sandbox-key" };
  const alive = setInterval(() => {}, 1000);
  return { ready, close: async () => clearInterval(alive) };
}
