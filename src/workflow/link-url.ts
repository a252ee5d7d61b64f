import { SgmediaError } from "../shared/errors.ts";
import { formatRef } from "../shared/records.ts";
import { defaultLinkField, requireFileField } from "./media-field.ts";
import { resolveRecord } from "./resolve-record.ts";
import type { LinkUrlInput, LinkUrlRow, Work } from "./types.ts";

/** `sgmedia link-url`: a web link in a File/Link field, read back after writing. Any scheme is taken (`rvlink://`). */
export async function linkUrl(work: Work, input: LinkUrlInput): Promise<LinkUrlRow[]> {
  checkUrl(input.url);
  const record = await resolveRecord(work, input.record);
  const field = input.field ?? defaultLinkField(record.type);
  if (field === undefined) {
    throw new SgmediaError("E_USAGE", `A ${record.type} has no usual field for a link.`, {
      fix: `Say which: --field <name>. They are listed by: sgmedia fields ${record.type} --type url`,
    });
  }
  const info = await requireFileField(work, record.type, field);
  if (info.dataType !== "url") {
    throw new SgmediaError(
      "E_FIELD_TAKES_NO_FILE",
      `${record.type}.${field} takes no link: it is an ${info.dataType} field.`,
      {
        fix: `sgmedia fields ${record.type} --type url`,
      },
    );
  }
  const name = input.name ?? nameOf(input.url);
  const row = { ok: true as const, entity: record, field, url: input.url, name };
  if (work.dryRun) return [{ ...row, planned: true }];
  await work.site.update(record, { [field]: { url: input.url, name } }, work.signal);
  const now = await work.site.media(record, field, work.signal);
  if (now.kind !== "web" || now.url !== input.url) {
    throw new SgmediaError(
      "E_MISMATCH",
      `${formatRef(record)}.${field} does not hold the link after writing it.`,
      {
        why: `It holds ${now.kind === "empty" ? "nothing" : `a link of kind ${now.kind}`}.`,
        fix: `sgmedia info --entity ${formatRef(record)}`,
      },
    );
  }
  return [{ ...row, ...(now.attachment ? { attachment: now.attachment } : {}) }];
}

function checkUrl(url: string): void {
  if (/\s/.test(url)) {
    throw new SgmediaError("E_USAGE", "A link has no spaces in it.", {
      fix: `Write each as %20: ${url.trim().replace(/\s/g, "%20")}`,
    });
  }
  if (URL.canParse(url) && /^[a-z][a-z0-9+.-]+:/i.test(url)) return;
  throw new SgmediaError("E_USAGE", `"${url}" is no URL.`, {
    why: "It needs a scheme.",
    fix: `For example https://${url.replace(/^\/+/, "")}`,
  });
}

function nameOf(url: string): string {
  const parsed = new URL(url);
  const last = parsed.pathname.split("/").filter(Boolean).at(-1);
  try {
    return last ? decodeURIComponent(last) : parsed.host || url;
  } catch {
    return last ?? url;
  }
}
