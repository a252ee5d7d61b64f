import type { SiteRecord } from "../shared/records.ts";

/** A storage URL lives 646 s and more (contract/rest.md 7); younger than this it need not be asked for again. */
const FRESH_MS = 5 * 60_000;

/**
 * Signed URLs that a search of Attachments brought along (contract/rest.md 7), each good for one try within minutes: many files are then
 * fetched without asking the site for each. In memory only. What is scanned or locked away is asked for by its own call, which says so.
 */
export class HandedUrls {
  readonly #siteOrigin: string;
  readonly #nowMs: () => number;
  readonly #urls = new Map<number, { url: string; readAtMs: number }>();

  constructor(siteOrigin: string, nowMs: () => number) {
    this.#siteOrigin = siteOrigin;
    this.#nowMs = nowMs;
  }

  note(attachments: readonly SiteRecord[]): void {
    const readAtMs = this.#nowMs();
    for (const { id, fields } of attachments) {
      const url = uploadedUrl(fields["this_file"]);
      const status = fields["processing_status"];
      const open = status === null || status === undefined || status === "clean";
      // A URL of the site's own is a page that wants a cookie, or a placeholder.
      const plain = url?.protocol === "http:" && this.#siteOrigin.startsWith("https:");
      if (url && open && !plain && url.origin !== this.#siteOrigin)
        this.#urls.set(id, { url: url.href, readAtMs });
      else this.#urls.delete(id);
    }
  }

  take(attachmentId: number): string | undefined {
    const handed = this.#urls.get(attachmentId);
    this.#urls.delete(attachmentId);
    return handed && this.#nowMs() - handed.readAtMs < FRESH_MS ? handed.url : undefined;
  }
}

function uploadedUrl(file: unknown): URL | undefined {
  if (typeof file !== "object" || file === null) return undefined;
  const { url, link_type: linkType } = file as { url?: unknown; link_type?: unknown };
  if (linkType !== "upload" || typeof url !== "string" || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed : undefined;
}
